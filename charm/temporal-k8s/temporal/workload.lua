-- SPDX-License-Identifier: Apache-2.0
-- The container with the server: its files, its layer, starting and stopping.
-- Only what differs is sent, and a hook killed between two steps is made good
-- by the next: files come before the layer that names their digest.
local layer = require "temporal.layer"
local ops = require "ops"
local server_config = require "temporal.server_config"

local M = {}

-- The configuration holds the database's password.
local CONFIG_MODE <const> = "600"
local DYNAMIC_CONFIG <const> = "{}\n"

--- The server's configuration file for a deployment.
---@param deployment temporal.Deployment
---@return string yaml
function M.config_text(deployment)
  return ops.yaml.encode(server_config.build(deployment))
end

-- The layer names the digest of the configuration that belongs to it.
local function wanted(deployment)
  local text = M.config_text(deployment)
  local digest = ops.digest(text)
  return layer.build(deployment, digest), text, digest
end

--- Whether there is nothing to do: the server runs on this very deployment.
---@param container ops.Container
---@param deployment temporal.Deployment
---@return boolean
function M.stands(container, deployment)
  return container:is_ensured(layer.LABEL, (wanted(deployment)))
end

local function pushed_digest(container)
  local service = container:get_plan().services[layer.SERVICE]
  return service and (service.environment or {}).CONFIG_SHA256
end

--- Brings files and layer up to date and the server to run on them.
---@param container ops.Container
---@param deployment temporal.Deployment
---@return boolean started whether the server was (re)started
function M.ensure(container, deployment)
  local new, text, digest = wanted(deployment)
  if pushed_digest(container) ~= digest then
    container:push(server_config.PATH, text,
      { make_dirs = true, permissions = CONFIG_MODE })
    container:push(server_config.DYNAMIC_PATH, DYNAMIC_CONFIG,
      { make_dirs = true })
  end
  return container:ensure(layer.LABEL, new)
end

local function state_of(container)
  local service = container:get_services(layer.SERVICE)[layer.SERVICE]
  return service and service.current or "inactive"
end

--- Whether the server's process is there.
---@param container ops.Container
---@return boolean
function M.is_running(container)
  return state_of(container) == "active"
end

--- Stops the server, also one that Pebble would start again.
---@param container ops.Container
function M.stop(container)
  if state_of(container) ~= "inactive" then
    container:stop(layer.SERVICE)
  end
end

--- Restarts the server, with what has changed meanwhile.
---@param container ops.Container
---@param deployment temporal.Deployment
function M.restart(container, deployment)
  if not M.ensure(container, deployment) then
    container:restart(layer.SERVICE)
  end
end

return M
