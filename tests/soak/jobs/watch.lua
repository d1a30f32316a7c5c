-- SPDX-License-Identifier: Apache-2.0
-- Watchers of the soak test: of all notices, as a unit's agent does, and of
-- the services' logs, kept and to come.
local logs = require "pebble.logs"
local notices = require "pebble.notices"
local system = require "pebble.system"

local M = {}

local LINES <const> = 50

local function follow(worker)
  local seen = 0
  local stopped = assert(logs.follow(worker.client, {
    services = { "talks" },
    timeout = 20,
  }, function(entry)
    seen = seen + 1
    assert(entry.service == "talks" and entry.message:find "^%d+$")
    return seen == LINES
  end))
  assert(stopped, "the service that talks said nothing")
end

function M.round(worker)
  local list = assert(notices.wait(worker.client,
    { after = worker.after, users = "all" }, 5))
  if #list > 0 then
    worker.after = list[#list]["last-repeated"]
  end
  assert(#assert(logs.get(worker.client, { count = 100 })) <= 100)
  follow(worker)
  -- a new connection each round
  worker.client:close()
  assert(system.info(worker.client))
end

return M
