-- SPDX-License-Identifier: Apache-2.0
-- Leaving a dispatch early: raised through the handlers to ops.dispatch, which
-- commits nothing and ends with the exit code. What was said at once (status,
-- log, an action's results) stays.
local M = {}

local Abort = {}
Abort.__name = "ops.Abort"

---@return string
function Abort:__tostring()
  return "the dispatch ends early: " .. self.why
end

---@param code integer exit code; with 0 Juju takes the event for handled
---@param why string
function M.raise(code, why)
  error(setmetatable({ code = code, why = why }, Abort), 0)
end

---@param value any what was raised
---@return integer? code nil when it is no early end
---@return string? why
function M.read(value)
  if getmetatable(value) == Abort then
    return value.code, value.why
  end
end

return M
