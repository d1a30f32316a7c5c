-- SPDX-License-Identifier: Apache-2.0
-- JSON text to Lua values and back. Objects become tables, arrays tables with
-- the array mark, null `std.null`; integers and floats stay what they are.
-- Writing is deterministic: sorted keys, and 1.0 stays 1.0.
local host_json = require "host.json"
local null = require "std.null"
local shape = require "std.shape"

local M = { null = null }

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
  return setmetatable(items or {}, shape.ARRAY)
end

---Does it carry the array mark? Decoded arrays do.
---@param value any
---@return boolean
function M.is_array(value)
  return getmetatable(value) == shape.ARRAY
end

---@param text string
---@param options? {max_depth?: integer, max_size?: integer}
---@return any value nil when it cannot be read
---@return string? message with line and column
---@return string? code "syntax", "too-deep", "too-large"
function M.decode(text, options)
  return host_json.decode(text, options)
end

local function escape(char)
  return ESCAPES[char] or ("\\u%04x"):format(char:byte())
end

local function encode_string(text, path)
  shape.check_text("JSON", text, path)
  return '"' .. text:gsub('[%c"\\]', escape) .. '"'
end

local function encode_number(number, path)
  if math.type(number) == "integer" then
    return ("%d"):format(number)
  elseif number ~= number or number == math.huge or number == -math.huge then
    shape.refuse("JSON", path, "infinity and NaN have no JSON form")
  end
  return shape.float_text(number)
end

local encode_value

local function encode_array(items, length, path, state)
  local parts = {}
  for i = 1, length do
    parts[i] = encode_value(items[i], shape.below(path, i), state)
  end
  return parts, "[", "]"
end

local function encode_object(object, path, state)
  local parts = {}
  local colon = state.indent and ": " or ":"
  for i, key in ipairs(shape.sorted_keys(object)) do
    local inner = shape.below(path, key)
    parts[i] = encode_string(key, inner) .. colon
      .. encode_value(object[key], inner, state)
  end
  return parts, "{", "}"
end

local function encode_table(value, path, state)
  state.depth = state.depth + 1
  shape.check_depth("JSON", state.depth)
  local length = shape.array_length("JSON", value, path)
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
  return shape.refuse("JSON", path, "a " .. kind .. " has no JSON form")
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
