-- SPDX-License-Identifier: Apache-2.0
-- Names and values inside SQL text, for the statements that take no
-- parameters (CREATE ROLE, GRANT). Anything else goes as a parameter.
local M = {}

local function check(text)
  if type(text) ~= "string" then
    error(("string expected, got %s"):format(type(text)), 3)
  elseif text:find("\0", 1, true) or not utf8.len(text) then
    error("a string with a NUL byte, or not UTF-8, has no place in SQL", 3)
  end
end

---@param name string
---@return string "\"name\""
function M.ident(name)
  check(name)
  return '"' .. name:gsub('"', '""') .. '"'
end

---@param text string
---@return string "'text'", right whatever standard_conforming_strings says
function M.literal(text)
  check(text)
  local quoted = "'" .. text:gsub("['\\]", "%0%0") .. "'"
  return quoted:find("\\", 1, true) and " E" .. quoted or quoted
end

return M
