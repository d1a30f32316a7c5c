-- SPDX-License-Identifier: Apache-2.0
-- Go's gob encoding as pure functions over strings: the agent's side of hook
-- tools uses it (lab.hooktools.server). Values are tables keyed by field name;
-- zero values are left out, as Go does. Reading is lab.gob.decoder.
local decoder = require "lab.gob.decoder"

local M = {}

M.decoder = decoder.new
M.MAX_MESSAGE = decoder.MAX_MESSAGE

-- Ids that every gob stream starts with.
local BASIC <const> = { bool = 1, int = 2, uint = 3, bytes = 5, string = 6 }

---@param n integer taken as unsigned
---@return string
function M.uint(n)
  if n >= 0 and n < 128 then return string.char(n) end
  local big = string.pack(">I8", n):gsub("^\0+", "")
  return string.char(256 - #big) .. big
end

---@param i integer
---@return string
function M.int(i)
  return M.uint(i < 0 and (~i << 1 | 1) or i << 1)
end

local function counted(s)
  return M.uint(#s) .. s
end

--- One message: its length, then its bytes.
---@param body string
---@return string
function M.message(body)
  return counted(body)
end

-- Each returns the value's bytes, or nil for a zero value (never sent).
local put <const> = {
  bool = function(v) return v and "\1" or nil end,
  int = function(v) return v ~= 0 and M.int(v) or nil end,
  uint = function(v) return v ~= 0 and M.uint(v) or nil end,
  bytes = function(v) return v ~= "" and counted(v) or nil end,
  string = function(v) return v ~= "" and counted(v) or nil end,
}

local function put_strings(list)
  if #list == 0 then return nil end
  local out = { M.uint(#list) }
  for i, item in ipairs(list) do out[i + 1] = counted(item) end
  return table.concat(out)
end

---@class gob.Field
---@field [1] string name
---@field [2] string|gob.Type "bool", "int", "uint", "bytes", "string" or a type

---@class gob.Type
---@field id integer 64 or more, unique in its stream
---@field name string "" for an unnamed struct
---@field fields gob.Field[]? of a struct
---@field strings boolean? this is []string instead

local function common_type(t)
  return (t.name ~= "" and "\1" .. counted(t.name) .. "\1" or "\2") ..
    M.int(t.id) .. "\0"
end

local function type_id(t)
  return type(t) == "table" and t.id or BASIC[t]
end

local function struct_type(t)
  local out = { "\3\1", common_type(t) }
  if #t.fields > 0 then
    out[#out + 1] = "\1" .. M.uint(#t.fields)
    for _, field in ipairs(t.fields) do
      out[#out + 1] = "\1" .. counted(field[1]) .. "\1" ..
        M.int(type_id(field[2])) .. "\0"
    end
  end
  return table.concat(out) .. "\0\0"
end

--- The message that defines a type. Types it mentions have their own.
---@param t gob.Type
---@return string
function M.definition(t)
  local body = t.strings
    and "\2\1" .. common_type(t) .. "\1" .. M.int(BASIC.string) .. "\0\0"
    or struct_type(t)
  return M.message(M.int(-t.id) .. body)
end

--- The message of one struct value.
---@param t gob.Type
---@param value table<string, any> keyed by field name
---@return string
function M.value(t, value)
  local out, last = { M.int(t.id) }, 0
  for number, field in ipairs(t.fields) do
    local v, kind = value[field[1]], field[2]
    local bytes
    if v ~= nil then
      bytes = type(kind) == "table" and put_strings(v)
      if type(kind) == "string" then bytes = put[kind](v) end
    end
    if bytes then
      out[#out + 1] = M.uint(number - last) .. bytes
      last = number
    end
  end
  return M.message(table.concat(out) .. "\0")
end

return M
