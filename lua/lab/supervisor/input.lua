-- SPDX-License-Identifier: Apache-2.0
-- Reads what a request says, strictly enough to answer 400 with the reason:
-- JSON bodies, fields with a type, query lists, durations. Used by resources.
local duration = require "std.duration"
local json = require "std.json"
local reply = require "lab.supervisor.reply"

local M = {}

local BODY_MAX <const> = 16 << 20
local UNREADABLE <const> = "cannot decode data from request body: "

-- null means unset, everywhere but in the map of this name.
local function without_nulls(value, map)
  if type(value) ~= "table" then
    return value
  end
  for key, item in pairs(value) do
    if item == json.null and not json.is_array(value) then
      value[key] = nil
    elseif key == map and type(item) == "table" then
      for _, inner in pairs(item) do
        without_nulls(inner)
      end
    else
      without_nulls(item)
    end
  end
  return value
end

-- Where the object at the start of a text ends.
local function end_of_object(text)
  local depth, at = 0, 1
  repeat
    local char
    at, char = text:match('()(["{}])', at)
    if char == '"' then
      at = text:match('^"[^"\\]*()', at)
      while text:sub(at, at) == "\\" do
        at = text:match('^[^"\\]*()', at + 2)
      end
    elseif char then
      depth = depth + (char == "{" and 1 or -1)
    end
    at = at and at + 1
  until not at or depth == 0
  return at and at - 1
end

---The first JSON value of a text, which is an object; what follows it is of no
---interest.
---@param text string
---@param map string? name of a field whose nulls mean something
---@return table object
function M.decode(text, map)
  local value, message = json.decode(text)
  if value == nil then
    value = json.decode(text:sub(1, end_of_object(text)))
  end
  if value == nil then
    reply.refuse(400, UNREADABLE .. tostring(message))
  elseif type(value) ~= "table" or json.is_array(value) then
    reply.refuse(400, UNREADABLE .. "not an object")
  end
  return without_nulls(value, map)
end

---@param request lab.http.Request
---@param map string? name of a field whose nulls mean something
---@return table object
function M.body(request, map)
  local text, message, code = request.body:read_all(BODY_MAX)
  if not text then
    reply.refuse(code == "too-large" and 413 or 400,
      UNREADABLE .. message)
  end
  return M.decode(text, map)
end

---A field of a decoded object, checked; nil when absent.
---@param object table
---@param name string
---@param kind "string"|"boolean"|"integer"|"strings"|"map"|"object"|"array"
---@return any
function M.field(object, name, kind)
  local value <const> = object[name]
  local good
  if value == nil then
    return nil
  elseif kind == "integer" then
    good = math.type(value) == "integer"
  elseif kind == "object" or kind == "map" then
    good = type(value) == "table" and not json.is_array(value)
  elseif kind == "array" or kind == "strings" then
    good = json.is_array(value)
  else
    good = type(value) == kind
  end
  if good and (kind == "strings" or kind == "map") then
    for _, item in pairs(value) do
      good = good and type(item) == "string"
    end
  end
  if not good then
    reply.refuse(400, UNREADABLE
      .. ("field %q has the wrong type"):format(name))
  end
  return value
end

---@param text string
---@param what string
---@return number seconds
function M.duration(text, what)
  local seconds <const> = duration.parse(text)
  if not seconds then
    reply.refuse(400, ("invalid %s: %q is no duration"):format(what, text))
  end
  return seconds
end

---@param request lab.http.Request
---@param name string
---@return boolean
function M.flag(request, name)
  local text <const> = request.query[name]
  if text and text ~= "" and text ~= "true" and text ~= "false" then
    reply.refuse(400, ('%s parameter must be "true" or "false"'):format(name))
  end
  return text == "true"
end

---A list in the query: repeated, with commas, or both.
---@param request lab.http.Request
---@param name string
---@return string[] items
function M.list(request, name)
  local items <const> = {}
  for _, text in ipairs(request.queries[name] or {}) do
    for item in text:gmatch("[^,]+") do
      items[#items + 1] = item:match("^%s*(.-)%s*$")
    end
  end
  return items
end

---@param items string[]
---@return table<string, true>
function M.set(items)
  local set <const> = {}
  for _, item in ipairs(items) do
    set[item] = true
  end
  return set
end

return M
