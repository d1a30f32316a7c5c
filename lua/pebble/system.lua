-- SPDX-License-Identifier: Apache-2.0
-- Is Pebble there, which one is it, and how does it say it is.
local M = {}

---@param client pebble.Client
---@param timeout? number
---@return {["boot-id"]: string, version: string}?
---@return std.Error? err
function M.info(client, timeout)
  return client:get {
    tried = "ask for Pebble's version",
    path = "/v1/system-info",
    timeout = timeout,
  }
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
