-- SPDX-License-Identifier: Apache-2.0
-- Durations as Go writes them ("1h2m3.5s"), to and from seconds. Counts whole
-- nanoseconds inside, as Go does, so that what is written reads back.
local M = {}

local NANOSECONDS <const> = {
  ns = 1,
  us = 1000,
  ["\u{b5}s"] = 1000, -- micro sign
  ["\u{3bc}s"] = 1000, -- Greek mu
  ms = 1000000,
  s = 1000000000,
  m = 60 * 1000000000,
  h = 3600 * 1000000000,
}

local function invalid(text)
  return nil, ("time: invalid duration %q"):format(text)
end

-- Nanoseconds of one "12.5ms"; nil when they do not fit 64 bits.
local function span(whole, fraction, unit)
  local digits = math.tointeger(tonumber(whole == "" and "0" or whole))
  if not digits or digits > math.maxinteger // unit then
    return nil
  end
  local part = tonumber("0." .. (fraction == "" and "0" or fraction))
  return digits * unit + math.floor(part * unit)
end

---Reads a Go duration.
---@param text string "300ms", "-1.5h", "2h45m", "0"
---@return number? seconds
---@return string? message Go's own
function M.parse(text)
  local sign, rest = text:match("^([-+]?)(.*)$")
  if rest == "0" then
    return 0.0
  elseif rest == "" then
    return invalid(text)
  end
  local total = 0
  while rest ~= "" do
    local whole, dot, fraction, after = rest:match("^(%d*)(%.?)(%d*)(.*)$")
    local unit, next_rest = after:match("^([^%d.]*)(.*)$")
    if whole .. fraction == "" or (dot == "" and fraction ~= "") then
      return invalid(text)
    elseif unit == "" then
      return nil, ("time: missing unit in duration %q"):format(text)
    elseif not NANOSECONDS[unit] then
      return nil, ("time: unknown unit %q in duration %q"):format(unit, text)
    end
    local part = span(whole, fraction, NANOSECONDS[unit])
    if not part or total + part < 0 then
      return invalid(text)
    end
    total, rest = total + part, next_rest
  end
  return (sign == "-" and -total or total) / 1e9
end

-- "12.5" from 12500 thousandths, without needless zeros.
local function decimal(count, unit)
  local whole, rest = count // unit, count % unit
  if rest == 0 then
    return tostring(whole)
  end
  local digits = tostring(unit + rest):sub(2)
  return (("%d.%s"):format(whole, digits):gsub("0+$", ""))
end

---Writes seconds as Go does: "1h0m3.5s", "1.5ms", "0s".
---@param seconds number
---@return string
function M.format(seconds)
  local count = math.tointeger(math.floor(math.abs(seconds) * 1e9 + 0.5))
    or math.maxinteger
  local sign = seconds < 0 and count > 0 and "-" or ""
  if count == 0 then
    return "0s"
  elseif count < 1000 then
    return sign .. count .. "ns"
  elseif count < 1000000 then
    return sign .. decimal(count, 1000) .. "\u{b5}s"
  elseif count < 1000000000 then
    return sign .. decimal(count, 1000000) .. "ms"
  end
  local minutes = count // NANOSECONDS.m
  local text = decimal(count % NANOSECONDS.m, 1000000000) .. "s"
  if minutes > 0 then
    text = minutes % 60 .. "m" .. text
  end
  if minutes >= 60 then
    text = minutes // 60 .. "h" .. text
  end
  return sign .. text
end

return M
