-- SPDX-License-Identifier: Apache-2.0
-- One task of the loop: a coroutine, how it ended, and who waits for that.
-- Made by loop:spawn(). A failed task nobody joined goes to loop.on_error.
local event = require "lab.loop.event"
local waits = require "lab.loop.wait"

local M = {}
M.__index = M

---@class lab.Task
---@field loop lab.Loop
---@field name string? for error reports
---@field done boolean
---@field ok boolean? set when done: it returned rather than raised
---@field results table? packed results, or the error as the only one
---@field trace string? a traceback, when it raised

-- A failed body's traceback is taken where it failed; to-be-closed variables
-- close inside the coroutine, so that they may wait.
local function body(task, fn, ...)
  return xpcall(fn, function(err)
    if err ~= waits.cancelled then
      task.trace = debug.traceback(tostring(err), 2)
    end
    return err
  end, ...)
end

---@param loop lab.Loop
---@return lab.Task
function M.new(loop, fn, ...)
  local task <const> = setmetatable({
    loop = loop,
    done = false,
    finished = event.new(loop),
    co = coroutine.create(body),
  }, M)
  loop:make_ready(task, task, fn, ...)
  return task
end

local function finish(task, ok, ...)
  task.done, task.ok, task.results = true, ok, table.pack(...)
  task.co = nil
  local joined <const> = next(task.finished.waits) ~= nil
  task.finished:set()
  local err <const> = (...)
  if not ok and err ~= waits.cancelled and not joined then
    task.loop.on_error(task, task.trace or tostring(err), err)
  end
end

local function resumed(task, alive, ...)
  if not alive then
    finish(task, false, ...)
  elseif coroutine.status(task.co) == "dead" then
    finish(task, ...)
  end
end

---One turn of the task; called by the loop only.
---@param args table packed
function M:resume(args)
  if self.done then
    return
  end
  self.started = true
  self.loop.current = self
  resumed(self, coroutine.resume(self.co, table.unpack(args, 1, args.n)))
  self.loop.current = nil
end

---Waits for the task's end.
---@param timeout number? seconds
---@return boolean? ok as pcall's; nil after the timeout
---@return any ... results, the error, or message and code
function M:join(timeout)
  if not self.done then
    local ok, message, code = self.finished:wait(timeout)
    if not ok then
      return nil, message, code
    end
  end
  return self.ok, table.unpack(self.results, 1, self.results.n)
end

---Makes the task's wait (the next one if it runs now) raise loop.cancelled;
---a task that has not started yet never does.
function M:cancel()
  if self.done then
    return
  end
  if not self.started then
    finish(self, false, waits.cancelled)
  elseif self.wait then
    waits.wake(self.loop, self.wait, waits.cancelled)
  else
    self.cancel_pending = true
  end
end

return M
