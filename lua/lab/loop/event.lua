-- SPDX-License-Identifier: Apache-2.0
-- Something that tasks wait for and another task says. Made by loop:event().
local waits = require "lab.loop.wait"

local M = {}
M.__index = M

---@class lab.Event
---@field loop lab.Loop
---@field on boolean it was set
---@field waits table<lab.Wait, true>

---@param loop lab.Loop
---@return lab.Event an event that is not set
function M.new(loop)
  return setmetatable({ loop = loop, on = false, waits = {} }, M)
end

---Wakes all who wait; later waits return at once until clear().
function M:set()
  self.on = true
  self:pulse()
end

function M:clear()
  self.on = false
end

---Wakes all who wait now, and nobody later.
function M:pulse()
  local woken <const> = self.waits
  self.waits = {}
  for wait in pairs(woken) do
    waits.wake(self.loop, wait, true)
  end
end

---@param timeout number? seconds
---@return true? set
---@return string? message
---@return string? code "timeout"
function M:wait(timeout)
  if self.on then
    return true
  end
  return waits.suspend(self.loop, { event = self }, timeout)
end

return M
