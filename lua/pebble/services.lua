-- SPDX-License-Identifier: Apache-2.0
-- Services: their states, and the actions on them. An action waits for its
-- change; a failure holds the log of the tasks that failed.
local changes = require "pebble.changes"
local fields = require "pebble.fields"

local M = {}

---@class pebble.ServiceInfo what newer versions add comes along
---@field name string
---@field startup string "enabled", "disabled"
---@field current string "active", "inactive", "backoff", "error", ...
---@field since? string when it came into this state
---@field current_since? string the same

---@param client pebble.Client
---@param names? string[] all when absent
---@return pebble.ServiceInfo[]?
---@return std.Error? err
function M.list(client, names)
  local list, err = client:get {
    tried = "list the services",
    path = "/v1/services",
    query = { names = names and table.concat(names, ",") },
  }
  if not list then
    return nil, err
  end
  local services = {}
  for i, item in ipairs(list) do
    services[i] = fields(item)
    services[i].since = item["current-since"]
  end
  return services
end

---@param client pebble.Client
---@param action "start"|"stop"|"restart"|"replan"|"autostart"
---@param names? string[] not for replan and autostart
---@param timeout? number seconds, instead of the client's for changes; 0:
---don't wait
---@return pebble.Change|{id: string}|nil
---@return std.Error? err
function M.act(client, action, names, timeout)
  local whom = names and #names > 0 and " " .. table.concat(names, ", ")
    or " the services"
  local tried = action .. whom
  local result, err, id = client:post {
    tried = tried,
    path = "/v1/services",
    body = { action = action, services = names and #names > 0 and names },
  }
  if not result then
    return nil, err
  elseif not id then
    return nil, client:failure(tried, "the answer names no change", "protocol")
  elseif timeout == 0 then
    return { id = id }
  end
  return changes.finish(client, tried, id, timeout)
end

---Sends a signal to the main process of each service.
---@param client pebble.Client
---@param signal string "SIGHUP"
---@param names string[]
---@return true?
---@return std.Error? err
function M.signal(client, signal, names)
  return client:post {
    tried = ("send %s to %s"):format(signal, table.concat(names, ", ")),
    path = "/v1/signals",
    body = { signal = signal, services = names },
  }
end

return M
