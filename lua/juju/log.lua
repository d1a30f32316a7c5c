-- SPDX-License-Identifier: Apache-2.0
-- The unit's log (juju-log). Written at once. A text that is too long for one
-- argument of a program becomes several lines of the log.
local tool = require "juju.tool"

local M = {}

-- Steps back from `last` to where a character ends.
local function character_end(text, last)
  for i = last, math.max(last - 3, 1), -1 do
    local next_byte = text:byte(i + 1)
    if not next_byte or next_byte < 0x80 or next_byte > 0xBF then
      return i
    end
  end
  return last
end

local function pieces(text, limit)
  if not limit or #text <= limit then
    return { text }
  end
  local list, from = {}, 1
  while from <= #text do
    local last = character_end(text, math.min(from + limit - 1, #text))
    list[#list + 1] = text:sub(from, last)
    from = last + 1
  end
  return list
end

---@param level string "TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"
---@param text string
---@return true?
---@return std.Error? err
function M.write(level, text)
  text = text:gsub("\0", "\\0")
  for _, piece in ipairs(pieces(text, tool.max_argument())) do
    local out, err = tool.call("juju-log",
      { "--log-level", level, "--", piece }, { tried = "write to the log" })
    if not out then
      return nil, err
    end
  end
  return true
end

return M
