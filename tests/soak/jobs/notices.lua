-- SPDX-License-Identifier: Apache-2.0
-- Notices of the soak test: new ones, repeated ones, polls that find nothing,
-- and polls whose client leaves.
local changes = require "pebble.changes"
local notices = require "pebble.notices"

local M = {}

local STEADY <const> = "soak.test/steady"

-- The client's deadline comes before the end of the poll.
local function leave(worker, path)
  local _, err = worker.client:get {
    tried = "leave a poll",
    path = path,
    query = { keys = "soak.test/never", timeout = "1h" },
    timeout = 0.1,
  }
  assert(not err or err.kind == "pebble-timeout", tostring(err))
end

function M.round(worker)
  local client, key = worker.client, "soak.test/round-" .. worker.round
  assert(notices.notify(client, STEADY, { repeat_after = "1s" }))
  local id = assert(notices.notify(client, key, { data = { round = key } }))
  local list = assert(notices.list(client, { keys = { key } }))
  assert(#list == 1 and list[1].id == id and list[1]["last-data"].round == key)
  local none = assert(notices.wait(client,
    { keys = { key }, after = list[1]["last-repeated"] }, 0.2))
  assert(#none == 0)
  assert(notices.get(client, id))
  leave(worker, "/v1/notices")
  local running = assert(changes.list(client))[1] -- of a check
  if running then
    leave(worker, ("/v1/changes/%s/wait"):format(running.id))
  end
end

return M
