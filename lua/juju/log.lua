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

local function lines_of(level, text)
  local lines = {}
  for i, piece in ipairs(pieces((text:gsub("\0", "\\0")), tool.max_argument()))
  do
    lines[i] = { "--log-level", level, "--", piece }
  end
  return lines
end

local TRIED <const> = "write to the log"

---@param level string "TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"
---@param text string
---@return true?
---@return std.Error? err
function M.write(level, text)
  for _, args in ipairs(lines_of(level, text)) do
    local out, err = tool.call("juju-log", args, { tried = TRIED })
    if not out then
      return nil, err
    end
  end
  return true
end

---Writes without waiting for the agent's answer.
---@param level string
---@param text string
---@param failed fun(err: std.Error) called when it could not be written, at
---the latest with the next hook tool
function M.tell(level, text, failed)
  for _, args in ipairs(lines_of(level, text)) do
    tool.tell("juju-log", args, TRIED, failed)
  end
end

return M
