-- SPDX-License-Identifier: Apache-2.0
-- Splits a command line into words as Pebble does: blanks part words, quotes
-- and backslashes keep blanks, `#` before a word begins a comment. Nothing is
-- expanded; `[ default args ]` is the caller's business.
local M = {}

-- Reads the quoted part that begins at `at`; returns its text and what follows.
local function read_quoted(text, at)
  local quote = text:sub(at, at)
  local out = {}
  at = at + 1
  while at <= #text do
    local char = text:sub(at, at)
    if char == quote then
      return table.concat(out), at + 1
    elseif char == "\\" and quote == '"' then
      at = at + 1
      char = text:sub(at, at)
    end
    out[#out + 1] = char
    at = at + 1
  end
  return nil, "EOF found when expecting closing quote"
end

-- Reads the word that begins at `at`; returns it and what follows.
local function read_word(text, at)
  local out = {}
  while at <= #text do
    local char = text:sub(at, at)
    if char:find("[ \t\r\n]") then
      break
    elseif char == '"' or char == "'" then
      local part, next_at = read_quoted(text, at)
      if not part then
        return nil, next_at
      end
      out[#out + 1], at = part, next_at
    elseif char == "\\" then
      if at == #text then
        return nil, "EOF found after escape character"
      end
      out[#out + 1], at = text:sub(at + 1, at + 1), at + 2
    else
      out[#out + 1], at = char, at + 1
    end
  end
  return table.concat(out), at
end

---@param text string
---@return string[]? words nil when a quote or an escape is not complete
---@return string? message
function M.split(text)
  local words = {}
  local at = 1
  while true do
    at = text:match("^[ \t\r\n]*()", at)
    if at > #text then
      return words
    elseif text:sub(at, at) == "#" then
      at = text:match("^[^\n]*()", at)
    else
      local word, next_at = read_word(text, at)
      if not word then
        return nil, next_at
      end
      words[#words + 1], at = word, next_at
    end
  end
end

local function quote(word)
  if word:find("^[%w%%+,./:=@_-]+$") then
    return word
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

---The opposite: a command line that `split`, or a shell, parts into `words`.
---@param words string[]
---@return string
function M.join(words)
  local out = {}
  for i, word in ipairs(words) do
    out[i] = quote(word)
  end
  return table.concat(out, " ")
end

return M
