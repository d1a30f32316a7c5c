-- SPDX-License-Identifier: Apache-2.0
-- Points in time, seconds since 1970 in UTC, to and from RFC 3339 text.
local M = {}

---@param seconds number
---@param digits? integer of the fraction, default 0; cut, not rounded
---@return string "2024-02-29T12:00:00Z", "2024-02-29T12:00:00.250Z"
function M.rfc3339(seconds, digits)
  local whole = math.floor(seconds)
  local text = os.date("!%Y-%m-%dT%H:%M:%S", whole)
  if digits and digits > 0 then
    -- A little is added so that 0.1 is not cut to 0.099.
    local rest = (seconds - whole) * 10 ^ digits + 1e-3
    rest = math.min(math.floor(rest), math.tointeger(10 ^ digits) - 1)
    text = ("%s.%0" .. digits .. "d"):format(text, rest)
  end
  return text .. "Z"
end

-- Days from 1970-01-01 to a date of the Gregorian calendar. The year begins
-- in March here, so that the leap day is its last.
local function days(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local leap_days = year // 4 - year // 100 + year // 400
  return 365 * year + leap_days + (153 * (month - 3) + 2) // 5 + day - 719469
end

-- The largest value of month, day, hour, minute, second.
local MOST <const> = { 12, 31, 23, 59, 60 }

local function in_range(...)
  for i, most in ipairs(MOST) do
    local value = tonumber((select(i, ...)))
    if value > most or i <= 2 and value == 0 then
      return false
    end
  end
  return true
end

local FORM <const> = "^(%d%d%d%d)%-(%d%d)%-(%d%d)[Tt ](%d%d):(%d%d):(%d%d)"
  .. "(%.?%d*)([Zz+-])(%d*):?(%d*)$"

---@param text string
---@return number? seconds nil when it is not RFC 3339
function M.parse_rfc3339(text)
  local year, month, day, hour, minute, second, fraction, zone, zh, zm =
    text:match(FORM)
  if not year or not in_range(month, day, hour, minute, second)
    or not (fraction == "" or fraction:find("^%.%d")) then
    return nil
  end
  local utc = zone == "Z" or zone == "z"
  if utc and zh .. zm ~= "" or not utc and (#zh ~= 2 or #zm ~= 2) then
    return nil
  end
  local seconds = days(tonumber(year), tonumber(month), tonumber(day)) * 86400
    + hour * 3600 + minute * 60 + second
  local offset = utc and 0 or zh * 3600 + zm * 60
  if zone == "-" then
    offset = -offset
  end
  seconds = math.tointeger(seconds) - math.tointeger(offset)
  return fraction == "" and seconds or seconds + tonumber("0" .. fraction)
end

return M
