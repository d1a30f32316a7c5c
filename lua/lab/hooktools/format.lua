-- SPDX-License-Identifier: Apache-2.0
-- How hook tools print a value: smart, yaml or json, as Juju's do. Pure.
local json = require "std.json"
local null = require "std.null"
local yaml = require "std.yaml"

local M = {}

local ESCAPES <const> =
  { ["<"] = "\\u003c", [">"] = "\\u003e", ["&"] = "\\u0026" }

-- Each byte that is no UTF-8 becomes U+FFFD, as Go has it.
local function readable(text)
  local parts <const> = {}
  local at = 1
  while at <= #text do
    local good <const>, bad <const> = utf8.len(text, at)
    local stop <const> = good and #text or bad - 1
    parts[#parts + 1] = text:sub(at, stop)
    if not good then
      parts[#parts + 1] = "\u{fffd}"
    end
    at = stop + (good and 1 or 2)
  end
  return table.concat(parts)
end

local function clean(value)
  if type(value) == "string" then
    return utf8.len(value) and value or readable(value)
  elseif type(value) ~= "table" then
    return value
  end
  local made <const> = setmetatable({}, getmetatable(value))
  for key, item in pairs(value) do
    made[clean(key)] = clean(item)
  end
  return made
end

---Go's compact JSON: sorted keys, <, > and & escaped.
---@param value any
---@return string
function M.json(value)
  return (json.encode(clean(value)):gsub("[<>&]", ESCAPES)) .. "\n"
end

---@param value any
---@return string
function M.yaml(value)
  if value == null then
    return ""
  end
  return (yaml.encode(clean(value)):gsub("\n+$", "")) .. "\n"
end

local function are_strings(value)
  for _, item in ipairs(value) do
    if type(item) ~= "string" then
      return false
    end
  end
  return true
end

---@param value any
---@return string
function M.smart(value)
  if value == null or value == "" then
    return ""
  elseif type(value) == "string" then
    return value .. "\n"
  elseif type(value) == "boolean" then
    return value and "True\n" or "False\n"
  elseif type(value) == "table" and json.is_array(value)
    and are_strings(value) then
    return #value > 0 and table.concat(value, "\n") .. "\n" or ""
  end
  return M.yaml(value)
end

return M
