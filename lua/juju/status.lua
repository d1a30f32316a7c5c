-- SPDX-License-Identifier: Apache-2.0
-- Statuses of the unit and, for the leader, of the application (status-get,
-- status-set). Set at once, even if the event fails later.
local tool = require "juju.tool"

local M = {}

---@class juju.StatusSide
---@field app? boolean the application's rather than the unit's

---@class juju.Status
---@field status string "active", "blocked", ...
---@field message string
---@field data table
---@field units? table<string, juju.Status> of an application

local function whose(side)
  return side and side.app and "application" or "unit"
end

local function status_of(found)
  return {
    status = found.status or "unknown",
    message = found.message or "",
    data = found["status-data"] or {},
  }
end

---@param side? juju.StatusSide
---@return juju.Status?
---@return std.Error? err
function M.get(side)
  local app = whose(side) == "application"
  local found, err = tool.read("status-get", { "--include-data",
    "--format=json", "--application=" .. tostring(app) }, "table",
    ("read the status of the %s"):format(whose(side)))
  if err then
    return nil, err
  end
  found = found or {}
  found = found["application-status"] or found
  local status = status_of(found)
  if app then
    status.units = {}
    for name, unit in pairs(found.units or {}) do
      status.units[name] = status_of(unit)
    end
  end
  return status
end

---@param name string "maintenance", "blocked", "waiting" or "active"
---@param message string
---@param side? juju.StatusSide
---@return true?
---@return std.Error? err
function M.set(name, message, side)
  local app = whose(side) == "application" and "True" or "False"
  local out, err = tool.call("status-set",
    { "--application=" .. app, name, "--", message },
    { tried = ("set the status of the %s to %s"):format(whose(side), name) })
  return out and true, err
end

return M
