-- SPDX-License-Identifier: Apache-2.0
-- When a secret is to be rotated next, by its policy. Pure.
local times = require "std.time"

local M = {}

-- Seconds, or months of the calendar.
local POLICIES <const> = {
  never = {},
  hourly = { seconds = 3600 },
  daily = { seconds = 86400 },
  weekly = { seconds = 7 * 86400 },
  monthly = { months = 1 },
  quarterly = { months = 3 },
  yearly = { months = 12 },
}

-- The same day and time some months on; the 31st of a shorter month is the
-- 1st of the next, as Go has it.
local function months_on(at, months)
  local whole <const> = math.floor(at)
  local date <const> = os.date("!*t", whole)
  local month <const> = date.year * 12 + date.month - 1 + months
  local first <const> = times.parse_rfc3339(("%04d-%02d-01T00:00:00Z")
    :format(month // 12, month % 12 + 1))
  return first + (date.day - 1) * 86400 + whole % 86400 + (at - whole)
end

---@param policy string
---@return boolean
function M.is_valid(policy)
  return POLICIES[policy] ~= nil
end

---@param policy string
---@param now number
---@return number? at
function M.next(policy, now)
  local step <const> = POLICIES[policy]
  if step.seconds then
    return now + step.seconds
  end
  return step.months and months_on(now, step.months) or nil
end

return M
