-- SPDX-License-Identifier: Apache-2.0
-- One task of a change: its status word, its log, and the work it stands for.
-- Made and run by lab.supervisor.changes.
local clock = require "lab.supervisor.clock"
local json = require "std.json"

local M = {}
M.__index = M

local LOG_MAX <const> = 10

local READY <const> =
  { Done = true, Undone = true, Hold = true, Error = true }

---@class lab.supervisor.TaskSpec
---@field kind string
---@field summary string
---@field run fun(task: lab.supervisor.Task): true?, string? true, or nil and why
---@field abort fun(task: lab.supervisor.Task)? asks a running one to end
---@field after lab.supervisor.TaskSpec[]? must be done first
---@field data table?

---@class lab.supervisor.Task: lab.supervisor.TaskSpec
---@field id string
---@field status string
---@field change lab.supervisor.Change
---@field log string[]

---@param spec lab.supervisor.TaskSpec
---@param id string
---@param change lab.supervisor.Change
---@return lab.supervisor.Task
function M.new(spec, id, change)
  return setmetatable({
    id = id,
    kind = spec.kind,
    summary = spec.summary,
    run = spec.run,
    abort = spec.abort,
    data = spec.data,
    change = change,
    status = "Do",
    log = {},
    spawned = clock.now(),
  }, M)
end

---@return boolean
function M:is_ready()
  return READY[self.status] ~= nil
end

---Adds to the log that the change shows; the last ten entries stay.
---@param level "INFO"|"ERROR"
---@param text string
function M:note(level, text)
  if #self.log >= LOG_MAX then
    table.remove(self.log, 1)
  end
  self.log[#self.log + 1] = ("%s %s %s"):format(
    clock.format_seconds(clock.now()), level, text)
  if level == "ERROR" then
    self.err = text
  end
end

---@return table shown as the API has it
function M:show()
  local ready <const> = self:is_ready()
  return {
    id = self.id,
    kind = self.kind,
    summary = self.summary,
    status = self.status,
    log = #self.log > 0 and json.array { table.unpack(self.log) } or nil,
    progress = { label = "", done = ready and 1 or 0, total = 1 },
    ["spawn-time"] = clock.format(self.spawned),
    ["ready-time"] = self.ended and clock.format(self.ended) or nil,
    data = self.data,
  }
end

return M
