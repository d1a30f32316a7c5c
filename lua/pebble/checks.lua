-- SPDX-License-Identifier: Apache-2.0
-- Health checks: their states, starting and stopping them, running one now.
local fields = require "pebble.fields"
local null = require "std.null"

local M = {}

---@class pebble.CheckInfo what newer versions add comes along
---@field name string
---@field level? string
---@field startup? string since Pebble 1.19
---@field status string "up", "down", "inactive"
---@field successes integer since Pebble 1.23; before: 0
---@field failures integer
---@field threshold integer
---@field change_id? string since Pebble 1.11; none while inactive
---@field prev_change_id? string since Pebble 1.29

local DEFAULTS <const> = { successes = 0, failures = 0, threshold = 0 }

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
    checks[i] = fields(item, DEFAULTS)
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
    since = "1.19",
  }
  if not result then
    return nil, err
  end
  local changed = type(result) == "table" and result.changed
  return changed and changed ~= null and changed or {}
end

---Runs a check now, and waits for what it finds. One that is inactive is run
---without being counted.
---@param client pebble.Client
---@param name string
---@param options? {timeout?: number} above the check's own
---@return pebble.CheckInfo? info
---@return string|std.Error|nil failure what the check found wrong; or the error
function M.refresh(client, name, options)
  local result, err = client:post {
    tried = "run check " .. name,
    path = "/v1/checks/refresh",
    body = { name = name },
    since = "1.20",
    timeout = options and options.timeout,
  }
  if not result then
    return nil, err
  end
  local failure = result.error
  return fields(result.info, DEFAULTS), failure ~= "" and failure or nil
end

return M
