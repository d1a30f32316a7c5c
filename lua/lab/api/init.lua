-- SPDX-License-Identifier: Apache-2.0
-- The controller's verbs by name. Each takes the controller and the client's
-- call (a table from JSON) and returns a result, or nil and a message for the
-- person at the command line.
local M = {}

---@alias lab.Verb fun(controller: lab.Controller, call: table): any, string?

---@type table<string, lab.Verb>
M.verbs = {}

---Verbs that need no room on the disk: they change nothing, or make room.
---@type table<string, true>
M.without_room = {
  actions = true, models = true, ping = true, shutdown = true, status = true,
  task = true, ["show-application"] = true, ["show-unit"] = true,
  ["remove-application"] = true, ["remove-unit"] = true,
}

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
