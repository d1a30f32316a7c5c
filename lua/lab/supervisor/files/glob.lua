-- SPDX-License-Identifier: Apache-2.0
-- Patterns of names as Go's path.Match has them: * ? [a-z] [^a-z] \x. Pure.
local M = {}

local MAGIC <const> = "[%^%$%(%)%%%.%[%]%*%+%-%?]"

local function literal(char)
  return (char:gsub(MAGIC, "%%%0"))
end

-- Reads the class whose bracket stands before `at`.
local function read_class(pattern, at)
  local negated <const> = pattern:sub(at, at) == "^"
  local parts <const> = {}
  at = negated and at + 1 or at
  while pattern:sub(at, at) ~= "]" or #parts == 0 do
    local low, high, after = pattern:match("^\\?([^%]\\])%-\\?([^%]\\])()", at)
    if not low then
      low, after = pattern:match("^\\(.)()", at)
      if not low then
        low, after = pattern:match("^([^%]%-\\])()", at)
      end
    end
    if not low then
      return nil
    end
    parts[#parts + 1] = high and literal(low) .. "-" .. literal(high)
      or literal(low)
    at = after
  end
  return "[" .. (negated and "^" or "") .. table.concat(parts) .. "]", at + 1
end

local function translate(pattern)
  local out <const>, at = { "^" }, 1
  while at <= #pattern do
    local char <const> = pattern:sub(at, at)
    at = at + 1
    if char == "*" then
      out[#out + 1] = "[^/]*"
    elseif char == "?" then
      out[#out + 1] = "[^/]"
    elseif char == "[" then
      local class, after = read_class(pattern, at)
      if not class then
        return nil
      end
      out[#out + 1], at = class, after
    elseif char == "\\" then
      if at > #pattern then
        return nil
      end
      out[#out + 1], at = literal(pattern:sub(at, at)), at + 1
    else
      out[#out + 1] = literal(char)
    end
  end
  return table.concat(out) .. "$"
end

---@param pattern string
---@return boolean
function M.is_valid(pattern)
  return translate(pattern) ~= nil
end

---@param pattern string a valid one
---@param name string
---@return boolean
function M.matches(pattern, name)
  return name:find(translate(pattern)) ~= nil
end

return M
