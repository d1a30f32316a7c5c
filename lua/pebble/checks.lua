-- SPDX-License-Identifier: Apache-2.0
-- Health checks: their states, starting and stopping them.
local null = require "std.null"

local M = {}

---@class pebble.CheckInfo
---@field name string
---@field level? string
---@field startup? string
---@field status string "up", "down", "inactive"
---@field successes integer
---@field failures integer
---@field threshold integer
---@field change_id? string

---@param client pebble.Client
---@param options? {level?: string, names?: string[]}
---@return pebble.CheckInfo[]?
---@return std.Error? err
function M.list(client, options)
  options = options or {}
  local list, err = client:get {
    tried = "list the checks",
    path = "/v1/checks",
    query = {
      level = options.level,
      names = options.names and table.concat(options.names, ","),
    },
  }
  if not list then
    return nil, err
  end
  local checks = {}
  for i, item in ipairs(list) do
    checks[i] = {
      name = item.name,
      level = item.level,
      startup = item.startup,
      status = item.status,
      successes = item.successes or 0,
      failures = item.failures or 0,
      threshold = item.threshold or 0,
      change_id = item["change-id"],
    }
  end
  return checks
end

---@param client pebble.Client
---@param action "start"|"stop"
---@param names string[]
---@return string[]? changed the names whose state changed
---@return std.Error? err
function M.act(client, action, names)
  local result, err = client:post {
    tried = ("%s checks %s"):format(action, table.concat(names, ", ")),
    path = "/v1/checks",
    body = { action = action, checks = names },
  }
  if not result then
    return nil, err
  end
  local changed = type(result) == "table" and result.changed
  return changed and changed ~= null and changed or {}
end

return M
