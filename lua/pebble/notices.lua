-- SPDX-License-Identifier: Apache-2.0
-- Notices: what a workload tells its charm.
local client_module = require "pebble.client"

local M = {}

---@param client pebble.Client
---@param id string
---@return table? notice as Pebble sends it
---@return std.Error? err
function M.get(client, id)
  return client:get {
    tried = "read notice " .. id,
    path = "/v1/notices/" .. client_module.encode(id),
  }
end

---@param client pebble.Client
---@param options? {types?: string[], keys?: string[], users?: "all"}
---@return table[]? notices oldest first
---@return std.Error? err
function M.list(client, options)
  options = options or {}
  return client:get {
    tried = "list the notices",
    path = "/v1/notices",
    query = {
      types = options.types and table.concat(options.types, ","),
      keys = options.keys and table.concat(options.keys, ","),
      users = options.users,
    },
  }
end

---Records a custom notice.
---@param client pebble.Client
---@param key string "example.com/path"
---@param options? {data?: table<string, string>, repeat_after?: string}
---@return string? id
---@return std.Error? err
function M.notify(client, key, options)
  options = options or {}
  local result, err = client:post {
    tried = "record notice " .. key,
    path = "/v1/notices",
    body = {
      action = "add",
      type = "custom",
      key = key,
      data = options.data,
      ["repeat-after"] = options.repeat_after,
    },
  }
  if not result then
    return nil, err
  end
  return result.id
end

return M
