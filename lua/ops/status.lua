-- SPDX-License-Identifier: Apache-2.0
-- Status values: ops.ActiveStatus(), ops.BlockedStatus("why"). They are equal
-- when name and message are.
local errors = require "std.error"

local M = {}

---@class ops.Status
---@field name string "active", "blocked", ...
---@field message string
local Status = {}
Status.__index = Status
Status.__name = "ops.Status"

function Status.__eq(a, b)
  return a.name == b.name and a.message == b.message
end

function Status:__tostring()
  return ("%s: %q"):format(self.name, self.message)
end

-- The highest wins when several are reported. Juju lets a charm set those
-- that are not marked.
local PRIORITY <const> = {
  error = 5,
  blocked = 4,
  maintenance = 3,
  waiting = 2,
  active = 1,
  unknown = 0,
}
local JUJU_ONLY <const> = { error = true, unknown = true }

---@param name string
---@param message? string
---@return ops.Status
function M.from_name(name, message)
  if not PRIORITY[name] then
    errors.raise {
      kind = "invalid-status",
      tried = ("make the status '%s'"):format(tostring(name)),
      happened = "there is no such status",
    }
  elseif message ~= nil and type(message) ~= "string" then
    errors.raise {
      kind = "invalid-status",
      tried = ("make a status '%s'"):format(name),
      happened = ("its message is a %s"):format(type(message)),
      hint = "convert it: tostring(message)",
    }
  end
  return setmetatable({ name = name, message = message or "" }, Status)
end

---What status-get says; a word of Juju's own counts as unknown.
---@param found {status: string, message?: string}
---@return ops.Status
function M.from_juju(found)
  local name = PRIORITY[found.status] and found.status or "unknown"
  return M.from_name(name, found.message)
end

local function maker(name)
  return function(message)
    return M.from_name(name, message)
  end
end

M.ActiveStatus = maker "active"
M.BlockedStatus = maker "blocked"
M.MaintenanceStatus = maker "maintenance"
M.WaitingStatus = maker "waiting"
M.ErrorStatus = maker "error"
M.UnknownStatus = maker "unknown"

---Refuses what is no status, and what only Juju sets.
---@param value any
---@param whose string for the message
---@return ops.Status
function M.check_settable(value, whose)
  local happened, hint
  if getmetatable(value) ~= Status then
    happened = ("it is a %s"):format(type(value))
    hint = 'a status is made by ops.ActiveStatus(), ops.BlockedStatus("why")'
  elseif JUJU_ONLY[value.name] then
    happened = ("only Juju sets '%s'"):format(value.name)
  else
    return value
  end
  return errors.raise {
    kind = "invalid-status",
    tried = "set the status of " .. whose,
    happened = happened,
    hint = hint,
  }
end

---@param statuses ops.Status[]
---@return ops.Status? highest the first of those with the highest priority
function M.highest(statuses)
  local best
  for _, status in ipairs(statuses) do
    if not best or PRIORITY[status.name] > PRIORITY[best.name] then
      best = status
    end
  end
  return best
end

return M
