-- SPDX-License-Identifier: Apache-2.0
-- Moments as the supervisor keeps them: integer nanoseconds since 1970, never
-- twice the same, and their RFC 3339 text (UTC, trailing zeros dropped).
local sys = require "host.sys"
local time = require "std.time"

local M = {}

local SECOND <const> = 1000000000
local last = 0

---@return integer moment later than every one before
function M.now()
  local now <const> = math.floor(sys.time() * 1e6) * 1000
  last = math.max(now, last + 1)
  return last
end

local function with_fraction(moment, fraction)
  return (time.rfc3339(moment // SECOND):gsub("Z$", fraction .. "Z"))
end

---@param moment integer
---@return string text "2026-01-02T03:04:05.000000006Z"
function M.format(moment)
  local digits <const> = ("%09d"):format(moment % SECOND):gsub("0+$", "")
  return with_fraction(moment, digits == "" and "" or "." .. digits)
end

---@param moment integer
---@return string text whole seconds, for task logs
function M.format_seconds(moment)
  return with_fraction(moment, "")
end

---@param moment integer
---@return string text milliseconds kept, as service logs have them
function M.format_milliseconds(moment)
  return with_fraction(moment, (".%03d"):format(moment % SECOND // 1000000))
end

---@param text string RFC 3339
---@return integer? moment nil when it is none
function M.parse(text)
  local head, digits, zone = text:match("^(.-)%.(%d+)([Zz+-].*)$")
  if not head then
    head, digits, zone = text, "0", ""
  end
  local seconds <const> = time.parse_rfc3339(head .. zone)
  if not seconds or #digits > 9 then
    return nil
  end
  local nanoseconds <const> = digits .. ("0"):rep(9 - #digits)
  return math.tointeger(seconds * SECOND + tonumber(nanoseconds))
end

return M
