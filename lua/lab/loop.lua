-- SPDX-License-Identifier: Apache-2.0
-- The lab's event loop: tasks (coroutines) that wait for file descriptors,
-- timers and events on one host.poll. One task runs at a time and only gives
-- way where it waits. Owns no descriptor: who opened one closes it, when no
-- task waits for it any more.
local event = require "lab.loop.event"
local poll = require "host.poll"
local sys = require "host.sys"
local task = require "lab.loop.task"
local timers = require "lab.loop.timers"
local waits = require "lab.loop.wait"

local M = {}
M.__index = M

---What a cancelled task's wait raises. Let it through, or raise it again.
M.cancelled = waits.cancelled

---@class lab.Loop
---@field current lab.Task? the task that runs now
---@field on_error fun(task: lab.Task, trace: string, err: any)
---@field timers lab.Timers
---@field polled table<table, lab.Wait>

local function report_to_stderr(failed, trace)
  io.stderr:write(("%s: %s\n"):format(failed.name or "task", trace))
end

---@param options { on_error: fun(task: lab.Task, trace: string, err: any)? }?
---@return lab.Loop
function M.new(options)
  return setmetatable({
    on_error = options and options.on_error or report_to_stderr,
    ready = {},
    timers = timers.new(),
    polled = {},
    stopped = false,
  }, M)
end

---Starts fn in its own task at the next turn of the loop.
---@param fn function
---@param ... any its arguments
---@return lab.Task
function M:spawn(fn, ...)
  return task.new(self, fn, ...)
end

---Queues a turn of a task; for the loop's own parts.
function M:make_ready(who, ...)
  self.ready[#self.ready + 1] = { task = who, args = table.pack(...) }
end

---@return lab.Event an event that is not set
function M:event()
  return event.new(self)
end

---@param seconds number 0 lets the other tasks run first
function M:sleep(seconds)
  waits.suspend(self, {}, math.max(seconds, 0))
end

---Waits until fd can be read (or is at its end).
---@param fd integer
---@param timeout number? seconds
---@return true? ready
---@return string? message
---@return string? code "timeout"
function M:readable(fd, timeout)
  return waits.suspend(self, { entry = { fd = fd, read = true } }, timeout)
end

---Waits until fd can be written to (or its peer is gone).
---@param fd integer
---@param timeout number? seconds
---@return true? ready
---@return string? message
---@return string? code "timeout"
function M:writable(fd, timeout)
  return waits.suspend(self, { entry = { fd = fd, write = true } }, timeout)
end

---Waits for a host.proc process to end.
---@param process table
---@param timeout number? seconds
---@return { code: integer?, signal: string? }? how
---@return string? message
---@return string? code
function M:wait_process(process, timeout)
  local ok, message, code = self:readable(process:pidfd(), timeout)
  if not ok then
    return nil, message, code
  end
  return process:wait(0)
end

local function run_ready(loop)
  local ready <const> = loop.ready
  loop.ready = {}
  for index, item in ipairs(ready) do
    if loop.stopped then
      local later <const> = table.move(ready, index, #ready, 1, {})
      loop.ready = table.move(loop.ready, 1, #loop.ready, #later + 1, later)
      return
    end
    item.task:resume(item.args)
  end
end

local function poll_timeout(loop)
  if #loop.ready > 0 then
    return 0
  end
  local first <const> = loop.timers:first()
  return first and math.max(first.at - sys.monotonic(), 0)
end

local function wake_expired(loop)
  local first = loop.timers:first()
  local now <const> = first and sys.monotonic()
  while first and first.at <= now do
    if first.entry or first.event then
      waits.wake(loop, first, nil, "timed out", "timeout")
    else
      waits.wake(loop, first, true)
    end
    first = loop.timers:first()
  end
end

local function wake_polled(loop, entries, timeout)
  for _, entry in ipairs(assert(poll.wait(entries, timeout))) do
    local wait <const> = loop.polled[entry]
    if wait then
      waits.wake(loop, wait, true)
    end
  end
end

---Runs the tasks until stop(), or until none can ever run again.
function M:run()
  self.stopped = false
  while not self.stopped do
    run_ready(self)
    local timeout <const> = poll_timeout(self)
    local entries <const> = {}
    for entry in pairs(self.polled) do
      entries[#entries + 1] = entry
    end
    if self.stopped or not timeout and #entries == 0 then
      return
    end
    wake_polled(self, entries, timeout)
    wake_expired(self)
  end
end

---Makes run() return after the current task's turn; run() may follow again.
function M:stop()
  self.stopped = true
end

---Runs fn as a task, and the loop until it ends; for programs and specs.
---@param fn function
---@param ... any its arguments
---@return any ... its results; its error is raised
function M:main(fn, ...)
  local main <const> = self:spawn(fn, ...)
  self:spawn(function()
    main:join()
    self:stop()
  end)
  self:run()
  if not main.done then
    error("cannot go on: the main task waits for nothing that can come", 2)
  end
  if not main.ok then
    local err <const> = main.results[1]
    error(type(err) == "string" and main.trace or err, 0)
  end
  return table.unpack(main.results, 1, main.results.n)
end

return M
