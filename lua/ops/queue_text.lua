-- SPDX-License-Identifier: Apache-2.0
-- The queue of deferred events in words: a warning for the log, a table for
-- people. Pure.
local time = require "std.time"

local M = {}

local SHOWN <const> = 5 -- in one warning

local function handler_of(notice)
  return ("%s:%s"):format(notice.observer, notice.method)
end

local function event_of(notice)
  return ("%s[%d]"):format(notice.event, notice.number)
end

---What is said of events that wait for ever.
---@param notices ops.Notice[]
---@return string
function M.warning(notices)
  local lines = {}
  for i = 1, math.min(#notices, SHOWN) do
    local notice = notices[i]
    lines[i] = ("%s for %s, deferred %d times%s%s"):format(event_of(notice),
      handler_of(notice), notice.count,
      notice.since and " since " .. time.rfc3339(notice.since) or "",
      notice.reason and ": " .. notice.reason or "")
  end
  if #notices > SHOWN then
    lines[#lines + 1] = ("and %d more; `./dispatch deferred` lists them")
      :format(#notices - SHOWN)
  end
  return "Deferred again and again: " .. table.concat(lines, "; ")
end

local UNITS <const> = {
  { "d", 86400 }, { "h", 3600 }, { "m", 60 }, { "s", 1 },
}

---Two units at most: "2d3h", "5m", "0s".
---@param seconds number
---@return string
function M.age(seconds)
  local rest = math.max(math.floor(seconds), 0)
  for i, unit in ipairs(UNITS) do
    if rest >= unit[2] or i == #UNITS then
      local smaller = UNITS[i + 1]
      local second = smaller and rest % unit[2] // smaller[2] or 0
      return ("%d%s%s"):format(rest // unit[2], unit[1],
        second > 0 and second .. smaller[1] or "")
    end
  end
end

---@param notices ops.Notice[]
---@param now number seconds since 1970
---@return string[][] rows a title first
function M.rows(notices, now)
  local rows = { { "AGE", "COUNT", "EVENT", "HANDLER", "REASON" } }
  for i, notice in ipairs(notices) do
    rows[i + 1] = {
      notice.since and M.age(now - notice.since) or "-",
      tostring(notice.count), event_of(notice), handler_of(notice),
      notice.reason or "-",
    }
  end
  return rows
end

---Rows below each other, each column as wide as it needs.
---@param rows string[][]
---@return string
function M.table(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, utf8.len(cell) or #cell)
    end
  end
  local lines = {}
  for i, row in ipairs(rows) do
    local cells = {}
    for j, cell in ipairs(row) do
      cells[j] = j < #row
        and cell .. (" "):rep(widths[j] - (utf8.len(cell) or #cell)) or cell
    end
    lines[i] = table.concat(cells, "  ") .. "\n"
  end
  return table.concat(lines)
end

return M
