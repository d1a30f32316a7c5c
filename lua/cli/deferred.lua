-- SPDX-License-Identifier: Apache-2.0
-- `charmhost deferred`: the queue of deferred events of a unit, read by a hook
-- tool, so it runs where those are: `juju exec --unit APP/0 -- ./dispatch
-- deferred`. Changes nothing.
local deferral = require "ops.deferral"
local json = require "std.json"
local queue_text = require "ops.queue_text"
local stores = require "ops.store"
local sys = require "host.sys"

local M = {}

M.usage = [[
usage: charmhost deferred [--json]
Lists what waits to be given to the charm again: how long, how many times it
was deferred, which event, for which handler, and the reason that was given.
On a unit: juju exec --unit APP/0 -- ./dispatch deferred]]

local function as_json(notices, now)
  local list = json.array {}
  for i, notice in ipairs(notices) do
    list[i] = {
      event = notice.event,
      number = notice.number,
      observer = notice.observer,
      method = notice.method,
      age = notice.since and math.floor(now - notice.since) or json.null,
      count = notice.count,
      reason = notice.reason or json.null,
    }
  end
  return json.encode(list) .. "\n"
end

---@param argv string[] the words after `deferred`
---@return integer exit code
function M.main(argv)
  local wants_json = argv[1] == "--json"
  if #argv > (wants_json and 1 or 0) then
    io.stderr:write(M.usage, "\n")
    return 2
  end
  local ok, notices = pcall(deferral.read, stores.new())
  if not ok then
    io.stderr:write(tostring(notices), "\n")
    if not sys.getenv "JUJU_CONTEXT_ID" then
      io.stderr:write("Hook tools answer inside a unit alone: ",
        "juju exec --unit APP/0 -- ./dispatch deferred\n")
    end
    return 1
  elseif wants_json then
    io.stdout:write(as_json(notices, sys.time()))
  elseif #notices == 0 then
    io.stdout:write("No event is deferred.\n")
  else
    io.stdout:write(queue_text.table(queue_text.rows(notices, sys.time())))
  end
  return 0
end

return M
