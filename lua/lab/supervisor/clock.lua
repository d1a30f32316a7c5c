-- SPDX-License-Identifier: Apache-2.0
-- Moments as the supervisor keeps them: integer nanoseconds since 1970, never
-- twice the same, and their RFC 3339 text (UTC, trailing zeros dropped).
local sys = require "host.sys"

local M = {}

local SECOND <const> = 1000000000
local last = 0

---@return integer moment later than every one before
function M.now()
  local now <const> = math.floor(sys.time() * 1e6) * 1000
  last = math.max(now, last + 1)
  return last
end

---@param moment integer
---@return string text "2026-01-02T03:04:05.000000006Z"
function M.format(moment)
  local fraction = (".%09d"):format(moment % SECOND):gsub("0+$", "")
  if fraction == "." then
    fraction = ""
  end
  return os.date("!%Y-%m-%dT%H:%M:%S", moment // SECOND) .. fraction .. "Z"
end

---@param moment integer
---@return string text whole seconds, for task logs
function M.format_seconds(moment)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", moment // SECOND) --[[@as string]]
end

---@param moment integer
---@return string text milliseconds kept, as service logs have them
function M.format_milliseconds(moment)
  return ("%s.%03dZ"):format(os.date("!%Y-%m-%dT%H:%M:%S", moment // SECOND),
    moment % SECOND // 1000000)
end

-- Days since 1970 of a date in the Gregorian calendar.
local function days(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  return 365 * year + year // 4 - year // 100 + year // 400
    + (153 * (month - 3) + 2) // 5 + day - 1 - 719468
end

local function parse_offset(zone)
  if zone == "Z" or zone == "z" then
    return 0
  end
  local sign, hours, minutes = zone:match("^([+-])(%d%d):(%d%d)$")
  if not sign then
    return nil
  end
  local seconds <const> = tonumber(hours) * 3600 + tonumber(minutes) * 60
  return math.tointeger(sign == "-" and -seconds or seconds)
end

---@param text string RFC 3339
---@return integer? moment nil when it is none
function M.parse(text)
  local year, month, day, hour, minute, second, fraction, zone = text:match(
    "^(%d%d%d%d)-(%d%d)-(%d%d)[Tt](%d%d):(%d%d):(%d%d)%.?(%d*)(.+)$")
  local offset <const> = zone and parse_offset(zone)
  if not offset or #fraction > 9 then
    return nil
  end
  local seconds <const> = days(tonumber(year), tonumber(month),
    tonumber(day)) * 86400 + tonumber(hour) * 3600 + tonumber(minute) * 60
    + tonumber(second) - offset
  local nanoseconds <const> =
    tonumber((fraction .. ("0"):rep(9 - #fraction)))
  return math.tointeger(seconds * SECOND + nanoseconds)
end

return M
