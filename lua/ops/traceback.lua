-- SPDX-License-Identifier: Apache-2.0
-- What is said about an error that no handler caught: the error, its causes,
-- and the calls that led to it with file and line.
local errors = require "std.error"

local M = {}

-- The dispatch's own last frames say nothing about the charm.
local function cut_dispatch(trace)
  local lines = {}
  for line in trace:gmatch("[^\n]+") do
    if line:find("[C]: in function 'xpcall'", 1, true) then
      break
    end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n")
end

---@class ops.Failure
---@field error any what was raised
---@field text string with the traceback

---Message handler for xpcall.
---@param err any
---@return ops.Failure
function M.handler(err)
  local lines = { tostring(err) }
  local cause = errors.is(err) and err.cause
  while cause do
    local text = tostring(cause)
    if not lines[1]:find(text, 1, true) then
      lines[#lines + 1] = "because: " .. text
    end
    cause = errors.is(cause) and cause.cause
  end
  lines[#lines + 1] = cut_dispatch(debug.traceback(nil, 2))
  return { error = err, text = table.concat(lines, "\n") }
end

return M
