-- SPDX-License-Identifier: Apache-2.0
-- The Pebble layer of the workload. Pure. It holds no password: whoever may
-- read the plan would read it too. The digest of the pushed configuration
-- stands in for it, so that any change of it makes a replan restart the server.
local server_config = require "temporal.server_config"

local M = {}

M.LABEL = "temporal"
M.SERVICE = "temporal"

local function command(services)
  local words = {
    "temporal-server", "--root", server_config.ROOT, "--env", "charm", "start",
  }
  for _, service in ipairs(services) do
    table.insert(words, "--service=" .. service)
  end
  return table.concat(words, " ")
end

--- The layer for a checked configuration.
---@param deployment temporal.Deployment
---@param digest string of the configuration files as pushed
---@return table
function M.build(deployment, digest)
  local connection = deployment.connection
  return {
    summary = "temporal server layer",
    services = {
      [M.SERVICE] = {
        summary = "temporal server",
        command = command(deployment.settings.services),
        startup = "enabled",
        override = "replace",
        environment = {
          LOG_LEVEL = deployment.settings.log_level,
          DB_NAME = connection.dbname,
          DB_HOST = connection.host,
          DB_PORT = connection.port,
          DB_USER = connection.user,
          CONFIG_SHA256 = digest,
        },
      },
    },
  }
end

return M
