-- SPDX-License-Identifier: Apache-2.0
-- The action that is run (action-get, -set, -fail, -log). Results and the
-- failure reach the user even if the program fails afterwards.
local tool = require "juju.tool"

local M = {}

--- The parameters.
---@return table<string, any>?
---@return std.Error? err
function M.get()
  local params, err = tool.read("action-get", { "--format=json" }, "table",
    "read the action's parameters")
  if err then
    return nil, err
  end
  return params or {}
end

--- Adds results: text by dotted key, as "db.host".
---@param results table<string, string>
---@return true?
---@return std.Error? err
function M.set(results)
  local args = {}
  for key, value in pairs(results) do
    args[#args + 1] = key .. "=" .. value
  end
  if #args == 0 then
    return true
  end
  table.sort(args)
  local out, err = tool.call("action-set", args,
    { tried = "set the action's results" })
  return out and true, err
end

---@param message string
---@return true?
---@return std.Error? err
function M.fail(message)
  local out, err = tool.call("action-fail", { "--", message },
    { tried = "fail the action" })
  return out and true, err
end

--- A line for the person who waits.
---@param message string
---@return true?
---@return std.Error? err
function M.log(message)
  local out, err = tool.call("action-log", { "--", message },
    { tried = "log the action's progress" })
  return out and true, err
end

return M
