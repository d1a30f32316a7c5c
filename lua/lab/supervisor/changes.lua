-- SPDX-License-Identifier: Apache-2.0
-- Changes and their tasks: starts tasks in order, side by side where nothing
-- orders them, holds what follows a failure, and keeps what has ended for a
-- while. Tells `on_status` of every change's status.
local clock = require "lab.supervisor.clock"
local json = require "std.json"
local tasks = require "lab.supervisor.task"

local M = {}
M.__index = M

local KEEP_MAX <const> = 1000
local KEEP_FOR <const> = 7 * 86400 * 1000000000

-- The worst first: a change's status is its worst task's.
local RANK <const> = { "Abort", "Undoing", "Undo", "Doing", "Do", "Wait",
  "Error", "Undone", "Done", "Hold" }

---@class lab.supervisor.Change
---@field id string
---@field kind string
---@field summary string
---@field status string
---@field tasks lab.supervisor.Task[]
---@field services string[]? the names the request named
---@field notice table? more for the data of its notices
---@field finished lab.Event

---@class lab.supervisor.Changes
---@field by_id table<string, lab.supervisor.Change>

---@param loop lab.Loop
---@param on_status fun(change: lab.supervisor.Change)
---@return lab.supervisor.Changes
function M.new(loop, on_status)
  return setmetatable({
    loop = loop,
    on_status = on_status,
    by_id = {},
    tasks = {},
    ended = {},
    last_change = 0,
    last_task = 0,
  }, M)
end

local function worst_status(change)
  local present <const> = {}
  for _, task in ipairs(change.tasks) do
    present[task.status] = true
  end
  for _, status in ipairs(RANK) do
    if present[status] then
      return status
    end
  end
  return "Done"
end

local function describe_errors(change)
  local lines <const> = {}
  for _, task in ipairs(change.tasks) do
    if task.status == "Error" then
      lines[#lines + 1] = ("- %s (%s)"):format(task.summary,
        task.err or "internal error")
    end
  end
  return #lines > 0
    and "cannot perform the following tasks:\n" .. table.concat(lines, "\n")
    or nil
end

local function forget(self, change)
  self.by_id[change.id] = nil
  for _, task in ipairs(change.tasks) do
    self.tasks[task.id] = nil
  end
end

local function prune(self)
  local horizon <const> = clock.now() - KEEP_FOR
  while self.ended[1] and (#self.ended > KEEP_MAX
    or self.ended[1].ended < horizon)
  do
    forget(self, table.remove(self.ended, 1))
  end
end

local function update(self, change)
  local status <const> = worst_status(change)
  if status == change.status then
    return
  end
  change.status = status
  for _, task in ipairs(change.tasks) do
    if not task:is_ready() then
      return self.on_status(change)
    end
  end
  change.ended = clock.now()
  change.err = describe_errors(change)
  self.ended[#self.ended + 1] = change
  prune(self)
  self.on_status(change)
  change.finished:set()
end

local function settle(task, status)
  task.status = status
  if task:is_ready() then
    task.ended = clock.now()
    task.run, task.abort = nil, nil -- with all that the work holds
  end
end

local function hold_followers(change, failed)
  for _, task in ipairs(change.tasks) do
    if task.status == "Do" and task.after[failed] then
      settle(task, "Hold")
      hold_followers(change, task)
    end
  end
end

local function may_start(task)
  for before in pairs(task.after) do
    if before.status ~= "Done" then
      return false
    end
  end
  return task.status == "Do"
end

local start_due

local function run_task(self, task)
  local ok, done, message = xpcall(task.run, debug.traceback, task)
  if not ok then
    self.loop.on_error(self.loop.current, done, done)
    done, message = nil, "internal error: " .. tostring(done):match("[^\n]*")
  end
  if not done then
    task:note("ERROR", message)
  end
  settle(task, done and "Done" or "Error")
  if not done then
    hold_followers(task.change, task)
  end
  start_due(self, task.change)
  update(self, task.change)
end

start_due = function(self, change)
  for _, task in ipairs(change.tasks) do
    if may_start(task) then
      task.status = "Doing"
      self.loop:spawn(run_task, self, task)
    end
  end
end

---Makes a change and starts it.
---@param spec { kind: string, summary: string, services: string[]?, data: table?, notice: table? }
---@param list lab.supervisor.TaskSpec[]
---@return lab.supervisor.Change
function M:add(spec, list)
  self.last_change = self.last_change + 1
  local change <const> = {
    id = tostring(self.last_change),
    kind = spec.kind,
    summary = spec.summary,
    services = spec.services,
    data = spec.data,
    notice = spec.notice,
    tasks = {},
    spawned = clock.now(),
    finished = self.loop:event(),
  }
  local by_spec <const> = {}
  for index, item in ipairs(list) do
    self.last_task = self.last_task + 1
    local task <const> = tasks.new(item, tostring(self.last_task), change)
    change.tasks[index], by_spec[item] = task, task
    self.tasks[task.id] = task
  end
  for index, item in ipairs(list) do
    local after <const> = {}
    for _, before in ipairs(item.after or {}) do
      after[by_spec[before]] = true
    end
    change.tasks[index].after = after
  end
  self.by_id[change.id] = change
  update(self, change)
  start_due(self, change)
  update(self, change)
  return change
end

---Holds what has not begun and asks the rest to end.
---@param change lab.supervisor.Change
function M:abort(change)
  for _, task in ipairs(change.tasks) do
    if task.status == "Do" then
      settle(task, "Hold")
    elseif task.status == "Doing" and task.abort then
      task.status = "Abort"
      task:abort()
    end
  end
  update(self, change)
end

---@param change lab.supervisor.Change
---@return boolean
function M.is_ready(change)
  return change.ended ~= nil
end

---@param change lab.supervisor.Change
---@return table shown as the API has it
function M.show(change)
  local list <const> = json.array()
  for index, task in ipairs(change.tasks) do
    list[index] = task:show()
  end
  return {
    id = change.id,
    kind = change.kind,
    summary = change.summary,
    status = change.status,
    tasks = #list > 0 and list or nil,
    ready = change.ended ~= nil,
    err = change.err,
    ["spawn-time"] = clock.format(change.spawned),
    ["ready-time"] = change.ended and clock.format(change.ended) or nil,
    data = change.data,
  }
end

return M
