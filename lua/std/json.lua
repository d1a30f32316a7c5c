-- SPDX-License-Identifier: Apache-2.0
-- JSON text to Lua values and back. Objects become tables, arrays tables with
-- the array mark, null `std.null`; integers and floats stay what they are.
-- Writing is deterministic: sorted keys, and 1.0 stays 1.0.
local errors = require "std.error"
local host_json = require "host.json"
local null = require "std.null"

local M = { null = null }

local ARRAY <const> = host_json.array
local MAX_DEPTH <const> = 200
local ESCAPES <const> = {
  ['"'] = '\\"',
  ["\\"] = "\\\\",
  ["\b"] = "\\b",
  ["\f"] = "\\f",
  ["\n"] = "\\n",
  ["\r"] = "\\r",
  ["\t"] = "\\t",
}

---Marks a table as an array, so that it is written as [] even when empty.
---@generic T: table
---@param items? T a new table when absent
---@return T items the same table
function M.array(items)
  return setmetatable(items or {}, ARRAY)
end

---Does it carry the array mark? Decoded arrays do.
---@param value any
---@return boolean
function M.is_array(value)
  return getmetatable(value) == ARRAY
end

---@param text string
---@param options? {max_depth?: integer, max_size?: integer}
---@return any value nil when it cannot be read
---@return string? message with line and column
---@return string? code "syntax", "too-deep", "too-large"
function M.decode(text, options)
  return host_json.decode(text, options)
end

local function refuse(path, why)
  local where = path == "" and "the value" or path
  errors.raise {
    kind = "json-encode",
    tried = "encode " .. where,
    happened = why,
  }
end

local function below(path, key)
  if math.type(key) == "integer" then
    return ("%s[%d]"):format(path, key)
  elseif key:find("^[%a_][%w_-]*$") then
    return path .. "." .. key
  end
  return ("%s[%q]"):format(path, key)
end

local function escape(char)
  return ESCAPES[char] or ("\\u%04x"):format(char:byte())
end

local function encode_string(text, path)
  if not utf8.len(text) then
    refuse(path, "a string that is not UTF-8; encode bytes as base64")
  end
  return '"' .. text:gsub('[%c"\\]', escape) .. '"'
end

local function encode_number(number, path)
  if math.type(number) == "integer" then
    return ("%d"):format(number)
  end
  if number ~= number or number == math.huge or number == -math.huge then
    refuse(path, ("%s has no JSON form"):format(number))
  end
  local text
  for digits = 15, 17 do
    text = ("%." .. digits .. "g"):format(number)
    if tonumber(text) == number then
      break
    end
  end
  return text:find("[.e]") and text or text .. ".0"
end

-- The length of an array, nil for an object; what is neither is refused.
local function array_length(value, path)
  local length, count = #value, 0
  local marked = M.is_array(value)
  for key in pairs(value) do
    if math.type(key) == "integer" and key >= 1 and key <= length then
      count = count + 1
    elseif type(key) ~= "string" then
      refuse(path, ("the key %s is neither a string nor part of a sequence")
        :format(tostring(key)))
    elseif marked or length > 0 then
      refuse(path, ("an array with the key %q"):format(key))
    end
  end
  if count ~= length then
    refuse(path, "an array with holes; use null for what is absent")
  end
  return (marked or length > 0) and length or nil
end

local encode_value

local function encode_array(items, length, path, state)
  local parts = {}
  for i = 1, length do
    parts[i] = encode_value(items[i], below(path, i), state)
  end
  return parts, "[", "]"
end

local function encode_object(object, path, state)
  local keys, parts = {}, {}
  for key in pairs(object) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  local colon = state.indent and ": " or ":"
  for i, key in ipairs(keys) do
    local inner = below(path, key)
    parts[i] = encode_string(key, inner) .. colon
      .. encode_value(object[key], inner, state)
  end
  return parts, "{", "}"
end

local function encode_table(value, path, state)
  if state.depth >= MAX_DEPTH then
    refuse("a value", ("nested deeper than %d levels; does it hold itself?")
      :format(MAX_DEPTH))
  end
  state.depth = state.depth + 1
  local length = array_length(value, path)
  local parts, open, close
  if length then
    parts, open, close = encode_array(value, length, path, state)
  else
    parts, open, close = encode_object(value, path, state)
  end
  state.depth = state.depth - 1
  if not state.indent or #parts == 0 then
    return open .. table.concat(parts, ",") .. close
  end
  local line = "\n" .. (" "):rep(state.indent * state.depth)
  local inner = line .. (" "):rep(state.indent)
  return open .. inner .. table.concat(parts, "," .. inner) .. line .. close
end

encode_value = function(value, path, state)
  local kind = type(value)
  if value == null then
    return "null"
  elseif kind == "table" then
    return encode_table(value, path, state)
  elseif kind == "string" then
    return encode_string(value, path)
  elseif kind == "number" then
    return encode_number(value, path)
  elseif kind == "boolean" then
    return tostring(value)
  end
  return refuse(path, "a " .. kind .. " has no JSON form")
end

---Writes a value as JSON. Raises an error of kind "json-encode" that names
---the path of what has no JSON form. An empty table without mark is {}.
---@param value any
---@param options? {indent?: integer} spaces a level, for people's eyes
---@return string
function M.encode(value, options)
  local indent = options and options.indent
  return encode_value(value, "", { depth = 0, indent = indent })
end

return M
