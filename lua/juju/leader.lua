-- SPDX-License-Identifier: Apache-2.0
-- Leadership (is-leader), and the leader's settings of Juju before 4
-- (leader-get, leader-set), which are written at once.
local lazy = require "std.lazy"
local failure = lazy "juju.failure"
local tool = require "juju.tool"

local M = {}

---@return boolean? is_leader
---@return std.Error? err
function M.is_leader()
  return tool.read("is-leader", { "--format=json" }, "boolean",
    "ask who leads the application")
end

---@return table<string, string>?
---@return std.Error? err
function M.settings()
  local found, err = tool.read("leader-get", { "--format=json" }, "table",
    "read the leader's settings")
  if err then
    return nil, err
  end
  return found or {}
end

-- The tool takes arguments alone, and trims them: what would not arrive as it
-- is, is not sent.
local function wrong_pair(key, value)
  if type(key) ~= "string" or key == "" or key:find "[=%s]" then
    return ("'%s' is no key"):format(tostring(key))
  elseif type(value) ~= "string" then
    return ("the value of '%s' is a %s, not a string"):format(key, type(value))
  elseif value:find "^%s" or value:find "%s$" then
    return ("the value of '%s' begins or ends with white space, which Juju "
      .. "cuts off"):format(key)
  end
end

--- "" deletes a key; other keys stay.
---@param changes table<string, string>
---@return true?
---@return std.Error? err
function M.set(changes)
  local tried <const> = "write the leader's settings"
  local args = {}
  for key, value in pairs(changes) do
    local wrong = wrong_pair(key, value)
    if wrong then
      return nil, failure.new("leader-set", tried, wrong, "usage")
    end
    args[#args + 1] = ("%s=%s"):format(key, value)
  end
  if #args == 0 then
    return true
  end
  table.sort(args)
  table.insert(args, 1, "--")
  local out, err = tool.call("leader-set", args, { tried = tried })
  return out and true, err
end

return M
