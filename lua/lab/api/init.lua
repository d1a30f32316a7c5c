-- SPDX-License-Identifier: Apache-2.0
-- The controller's verbs by name. Each takes the controller and the client's
-- call (a table from JSON) and returns a result, or nil and a message for the
-- person at the command line.
local M = {}

---@alias lab.Verb fun(controller: lab.Controller, call: table): any, string?

---@type table<string, lab.Verb>
M.verbs = {}

-- They change nothing, or make room.
local WITHOUT_ROOM <const> = {
  actions = true, models = true, ping = true, shutdown = true, status = true,
  task = true, ["show-application"] = true, ["show-unit"] = true,
  ["remove-application"] = true, ["remove-unit"] = true,
}
local ASKS_OR_SETS <const> = { config = true, ["model-config"] = true }

---May this call be begun only with room on the disk?
---@param call table
---@return boolean
function M.needs_room(call)
  if ASKS_OR_SETS[call.verb] then
    return next(call.set or {}) ~= nil or next(call.reset or {}) ~= nil
  end
  return not WITHOUT_ROOM[call.verb]
end

for _, family in ipairs {
  require "lab.api.actions",
  require "lab.api.applications",
  require "lab.api.models",
  require "lab.api.relations",
  require "lab.api.status",
  (require "lab.api.units").verbs,
} do
  for name, verb in pairs(family) do
    M.verbs[name] = verb
  end
end

return M
