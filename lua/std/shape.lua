-- SPDX-License-Identifier: Apache-2.0
-- What a Lua value is to a data format: array, object or neither; and where
-- in a larger value it stands. std.json and std.yaml write by these rules.
local errors = require "std.error"
local host_json = require "host.json"

local M = {}

M.ARRAY = host_json.array ---the array mark, a metatable
M.MAX_DEPTH = 100

---Raises: the value at `path` cannot be written.
---@param format string "JSON" or "YAML"
---@param path string "" for the whole value
---@param why string
function M.refuse(format, path, why)
  errors.raise {
    kind = format:lower() .. "-encode",
    tried = "encode " .. (path == "" and "the value" or path),
    happened = why,
  }
end

---The path of what is under `key`: ".a", "[2]", '["odd key"]'.
---@param path string
---@param key any
---@return string
function M.below(path, key)
  if math.type(key) == "integer" then
    return ("%s[%d]"):format(path, key)
  elseif key:find("^[%a_][%w_-]*$") then
    return path .. "." .. key
  end
  return ("%s[%q]"):format(path, key)
end

---A table that is marked or holds a sequence is an array, any other an
---object. What is neither (mixed keys, holes, odd keys) is refused.
---@param format string
---@param value table
---@param path string
---@return integer? length nil for an object
function M.array_length(format, value, path)
  local length, count = #value, 0
  local array = getmetatable(value) == M.ARRAY or length > 0
  for key in pairs(value) do
    if math.type(key) == "integer" and key >= 1 and key <= length then
      count = count + 1
    elseif type(key) ~= "string" then
      M.refuse(format, path, ("the key %s is neither a string nor part of a"
        .. " sequence"):format(tostring(key)))
    elseif array then
      M.refuse(format, path, ("an array with the key %q"):format(key))
    end
  end
  if count ~= length then
    M.refuse(format, path, "an array with holes; use null for what is absent")
  end
  return array and length or nil
end

---@param object table with string keys only
---@return string[]
function M.sorted_keys(object)
  local keys = {}
  for key in pairs(object) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

---Refuses what is nested too deep, a table that holds itself above all.
---@param format string
---@param depth integer
function M.check_depth(format, depth)
  if depth > M.MAX_DEPTH then
    M.refuse(format, "", ("nested deeper than %d levels; does it hold itself?")
      :format(M.MAX_DEPTH))
  end
end

---Refuses a string that is not UTF-8.
---@param format string
---@param text string
---@param path string
function M.check_text(format, text, path)
  if not utf8.len(text) then
    M.refuse(format, path, "a string that is not UTF-8; encode bytes as base64")
  end
end

---The shortest decimal text that reads back as this finite float.
---@param number number
---@return string always with a dot or an exponent
function M.float_text(number)
  local text
  for digits = 15, 17 do
    text = ("%." .. digits .. "g"):format(number)
    if tonumber(text) == number then
      break
    end
  end
  return text:find("[.e]") and text or text .. ".0"
end

return M
