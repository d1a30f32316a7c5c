-- SPDX-License-Identifier: Apache-2.0
-- The unit's store in Juju (state-get, state-set, state-delete): texts by key,
-- committed with the event. Juju's limits are checked before the call.
local lazy = require "std.lazy"
local document = lazy "juju.document"
local failure = lazy "juju.failure"
local tool = require "juju.tool"

local M = {}

M.MAX_KEY = 256 -- bytes
M.MAX_VALUE = 65536

local ALL <const> = { "--format=json" }

--- Lets the agent fetch everything while something else is done.
function M.get_ahead()
  tool.ask_ahead("state-get", ALL)
end

--- Everything.
---@return table<string, string>?
---@return std.Error? err
function M.get()
  local all, err = tool.read("state-get", ALL, "table",
    "read the unit's state")
  if err then
    return nil, err
  end
  return all or {}
end

--- One value.
---@param key string
---@return string? nil without error where there is none
---@return std.Error? err
function M.get_key(key)
  local value, err = tool.read("state-get",
    { "--format=json", "--strict", "--", key }, "string",
    ("read %s of the unit's state"):format(key))
  if err and err.data.reason == "not-found" then
    return nil
  end
  return value, err
end

local function oversized(map)
  for key, value in pairs(map) do
    if #key > M.MAX_KEY then
      return ("a key of %d bytes is too long, Juju allows %d")
        :format(#key, M.MAX_KEY)
    elseif #value > M.MAX_VALUE then
      return ("the value of '%s' has %d bytes, Juju allows %d")
        :format(key, #value, M.MAX_VALUE)
    end
  end
end

--- Stores these; other keys stay. "" is a value like others.
---@param map table<string, string>
---@return true?
---@return std.Error? err
function M.set(map)
  local tried <const> = "write the unit's state"
  local text, why = document.encode(map)
  why = why or oversized(map)
  if why then
    return nil, failure.new("state-set", tried, why, "usage")
  elseif text == "" then
    return true
  end
  local out, err = tool.call("state-set", { "--file", "-" },
    { stdin = text, tried = tried })
  return out and true, err
end

--- A key that is not there is no error.
---@param keys string[]
---@return true?
---@return std.Error? err
function M.delete(keys)
  local list = {}
  for i, key in ipairs(keys) do
    list[i] = { "--", key }
  end
  return tool.call_each("state-delete", list, ("delete %s of the unit's state")
    :format(#keys == 1 and keys[1] or #keys .. " keys"))
end

return M
