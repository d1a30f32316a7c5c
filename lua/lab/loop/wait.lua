-- SPDX-License-Identifier: Apache-2.0
-- A wait is one suspension of one task. Its sources (a timer, a descriptor,
-- an event) all lead to wake(), which takes it out of every one of them.
-- Used by lab.loop and its parts only.
local sys = require "host.sys"

local M = {}

---What a cancelled task's wait raises.
M.cancelled = setmetatable({}, {
  __name = "lab.loop.cancelled",
  __tostring = function() return "task cancelled" end,
})

---@class lab.Wait: lab.Timer
---@field task lab.Task
---@field entry table? what host.poll watches
---@field event lab.Event?
---@field woken boolean?

---Lets the wait's task go on with these values; only the first call counts.
---@param loop lab.Loop
---@param wait lab.Wait
function M.wake(loop, wait, ...)
  if wait.woken then
    return
  end
  wait.woken = true
  wait.task.wait = nil
  loop.timers:remove(wait)
  if wait.entry then
    loop.polled[wait.entry] = nil
  end
  if wait.event then
    wait.event.waits[wait] = nil
  end
  loop:make_ready(wait.task, ...)
end

local function resumed(signal, ...)
  if signal == M.cancelled then
    error(M.cancelled, 0)
  end
  return signal, ...
end

---Suspends the current task until the wait is woken.
---@param loop lab.Loop
---@param wait table a new one, with its `entry` or `event`
---@param timeout number? seconds
---@return any ... what wake() was given
function M.suspend(loop, wait, timeout)
  local task <const> = loop.current
  if not task or task.co ~= coroutine.running() then
    error("only a task can wait: use loop:spawn", 3)
  end
  if task.cancel_pending then
    task.cancel_pending = nil
    error(M.cancelled, 0)
  end
  wait.task, task.wait = task, wait
  if timeout then
    wait.at = sys.monotonic() + timeout
    loop.timers:add(wait)
  end
  if wait.entry then
    loop.polled[wait.entry] = wait
  end
  if wait.event then
    wait.event.waits[wait] = true
  end
  return resumed(coroutine.yield())
end

return M
