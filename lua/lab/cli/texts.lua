-- SPDX-License-Identifier: Apache-2.0
-- key=value words of the command line; the printing of results as YAML, JSON
-- or a table.
local json = require "std.json"
local yaml = require "std.yaml"

local M = {}

---@param words string[]
---@return table<string, string>? pairs
---@return string? message
function M.pairs(words)
  local found <const> = {}
  for _, word in ipairs(words) do
    local key, value = word:match("^([^=]+)=(.*)$")
    if not key then
      return nil, ('expected "key=value", got "%s"'):format(word)
    end
    found[key] = value
  end
  return found
end

local WRITERS <const> = {
  yaml = function(value) return yaml.encode(value) end,
  json = function(value) return json.encode(value) .. "\n" end,
}

---@param format string
---@param value any
---@return boolean? known
---@return string? message
function M.write(format, value)
  local writer <const> = WRITERS[format]
  if not writer then
    return nil, ('invalid value "%s" for option --format: unknown format '
      .. '"%s"'):format(format, format)
  end
  io.stdout:write(writer(value))
  return true
end

local function pad(text, width, right)
  local fill <const> = (" "):rep(width - (utf8.len(text) or #text))
  return right and fill .. text or text .. fill
end

---Columns two blanks apart, as wide as their widest cell.
---@param rows string[][]
---@param right table<integer, boolean>? columns that end together
---@return string
function M.table(rows, right)
  local widths <const>, lines <const> = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, utf8.len(cell) or #cell)
    end
  end
  for _, row in ipairs(rows) do
    local cells <const> = {}
    for i, cell in ipairs(row) do
      cells[i] = pad(cell, widths[i], right and right[i])
    end
    lines[#lines + 1] = table.concat(cells, "  "):gsub("%s+$", "")
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
