-- SPDX-License-Identifier: Apache-2.0
-- How hook tools print a value: smart, yaml or json, as Juju's do. Pure.
local json = require "std.json"
local null = require "std.null"
local yaml = require "std.yaml"

local M = {}

local ESCAPES <const> =
  { ["<"] = "\\u003c", [">"] = "\\u003e", ["&"] = "\\u0026" }

---Go's compact JSON: sorted keys, <, > and & escaped.
---@param value any
---@return string
function M.json(value)
  return (json.encode(value):gsub("[<>&]", ESCAPES)) .. "\n"
end

---@param value any
---@return string
function M.yaml(value)
  if value == null then
    return ""
  end
  return (yaml.encode(value):gsub("\n+$", "")) .. "\n"
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
