-- SPDX-License-Identifier: Apache-2.0
-- Is Pebble there, which one is it, and how does it say it is.
local M = {}

---@class pebble.SystemInfo
---@field version string "v1.26.0"
---@field ["boot-id"] string
---@field ["http-address"]? string since 1.21
---@field ["https-address"]? string since 1.22

---@param client pebble.Client
---@param options? {timeout?: number, once?: boolean}
---@return pebble.SystemInfo?
---@return std.Error? err
function M.info(client, options)
  options = options or {}
  return client:get {
    tried = "ask for Pebble's version",
    path = "/v1/system-info",
    timeout = options.timeout,
    once = options.once,
  }
end

---Is it there, at this moment? Unlike other reads this one waits for nobody.
---@param client pebble.Client
---@return boolean
function M.is_there(client)
  return M.info(client, { once = true }) ~= nil
end

---@param client pebble.Client
---@param options? {level?: "alive"|"ready", names?: string[]}
---@return boolean? healthy
---@return std.Error? err
function M.healthy(client, options)
  options = options or {}
  local health, err = client:get {
    tried = "read the health",
    path = "/v1/health",
    query = {
      level = options.level,
      names = options.names and table.concat(options.names, ","),
    },
  }
  if not health then
    return nil, err
  end
  return health.healthy
end

return M
