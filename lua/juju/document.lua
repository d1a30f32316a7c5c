-- SPDX-License-Identifier: Apache-2.0
-- The document that relation-set and state-set read from standard input: a
-- map of strings in the one YAML form that Juju's parser reads back byte for
-- byte, whatever the keys and values hold. Pure.
local M = {}

local NAMED <const> = { ['"'] = '\\"', ["\\"] = "\\\\" }

local function escape_byte(c)
  return NAMED[c] or ("\\u%04X"):format(c:byte())
end

local function escape_rune(bytes)
  return ("\\u%04X"):format(utf8.codepoint(bytes))
end

-- In valid UTF-8 a lead byte means nothing else, so byte patterns will do.
local function quote(text)
  local is_ascii = utf8.len(text) == #text
  text = text:gsub('[\0-\31"\\\127]', escape_byte)
  if not is_ascii then
    text = text:gsub("\xC2[\x80-\x9F]", escape_rune) -- C1 controls, U+0085
      :gsub("\xE2\x80[\xA8\xA9]", escape_rune) -- line, paragraph separators
      :gsub("\xEF\xBB\xBF", escape_rune) -- byte order mark
      :gsub("\xEF\xBF[\xBE\xBF]", escape_rune) -- no characters
  end
  return '"' .. text .. '"'
end

local function check(key, value)
  if type(key) ~= "string" then
    return ("the key %s is a %s"):format(tostring(key), type(key))
  elseif not utf8.len(key) then
    return ("the key '%s' is not valid UTF-8"):format(key:gsub("[^ -~]",
      function(c) return ("\\x%02x"):format(c:byte()) end))
  elseif type(value) ~= "string" then
    return ("the value of '%s' is a %s, not a string"):format(key, type(value))
  elseif not utf8.len(value) then
    return ("the value of '%s' is not valid UTF-8"):format(key)
  end
end

--- One document, keys sorted; "" for an empty map.
---@param map table<string, string>
---@return string? text
---@return string? why it cannot be written; it names the key, never the value
function M.encode(map)
  local keys = {}
  for key, value in pairs(map) do
    local wrong = check(key, value)
    if wrong then return nil, wrong end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  local lines = {}
  for i, key in ipairs(keys) do
    lines[i] = ("? %s\n: %s\n"):format(quote(key), quote(map[key]))
  end
  return table.concat(lines)
end

return M
