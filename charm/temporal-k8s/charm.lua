-- SPDX-License-Identifier: Apache-2.0
-- The Temporal server on Kubernetes: waits for a database and its schema, then
-- keeps the server running on them.
local database = require "temporal.database"
local deployments = require "temporal.deployment"
local frontend = require "temporal.frontend"
local ops = require "ops"
local pgsql = require "relations.pgsql"
local server_config = require "temporal.server_config"
local temporal_admin = require "relations.temporal_admin"
local workload = require "temporal.workload"

local CONTAINER <const> = "temporal"
-- Seconds within a hook. A restart soon after the last run stalls for up to
-- 23 s, until the old members' heartbeats are stale.
local ANSWER_TIMEOUT <const> = 30
local DATABASE_PATIENCE <const> = 20
local WAITING_FOR_ANSWER <const> = "waiting for the temporal server to answer "
  .. "(after a restart this may take 25 s)"

local Temporal = ops.charm "temporal-k8s"

function Temporal:init()
  self.state = ops.state(self, { lifetime = "app" })
  self.state:set_default { schema_ready = false }
  self.db = pgsql.client(self, "db")
  self.admin = temporal_admin.requirer(self, "admin", function()
    return self.db:master()
  end)

  self:observe(self.on.install, self.on_install)
  self:observe(self.on.temporal_pebble_ready, self.on_temporal_pebble_ready)
  self:observe(self.on.config_changed, self.on_config_changed)
  self:observe(self.on.update_status, self.update)
  self:observe(self.on.temporal_relation_changed, self.update)
  self:observe(self.on.restart_action, self.on_restart_action)
  self:observe(self.db.on.database_relation_joined,
    self.on_database_relation_joined)
  self:observe(self.db.on.master_changed, self.on_master_changed)
  self:observe(self.admin.on.schema_changed, self.on_schema_changed)
end

function Temporal:on_install()
  self.unit.status = ops.MaintenanceStatus "installing temporal"
end

function Temporal:on_temporal_pebble_ready()
  self:update()
end

function Temporal:on_config_changed()
  self.unit.status = ops.WaitingStatus "configuring temporal"
  self:update()
end

function Temporal:on_database_relation_joined(event)
  if self.unit:is_leader() then
    self.unit.status = ops.WaitingStatus "initializing database connection"
    event.database = self.app.name
  end
end

function Temporal:on_master_changed()
  self.unit.status = ops.WaitingStatus "handling database change"
  -- Hands the new connection to the admin charm; on_schema_changed follows. A
  -- unit that leaves loses its own, and the others go on with theirs.
  if self.db:is_leaving() or not self.admin:publish() then
    self:update()
  end
end

function Temporal:on_schema_changed(event)
  if self.unit:is_leader() then
    self.state.schema_ready = event.schema_ready
  end
  self.unit.status = ops.WaitingStatus "handling schema ready change"
  self:update()
end

function Temporal:check()
  return deployments.check {
    config = self.config,
    connection = self.db:master(),
    schema_ready = self.state.schema_ready,
    served = self.state.served,
  }
end

-- The database's word, as a status.
local function ask_database(deployment, patience)
  local problem, message = database.problem(deployment.connection, patience)
  if problem == "schema" then
    ops.log.warning("the admin charm reports the schema ready, but %s", message)
    return ops.BlockedStatus "admin:temporal relation: schema is not ready"
  elseif problem == "blocked" then
    return ops.BlockedStatus("db:pgsql relation: " .. message)
  elseif problem then
    return ops.WaitingStatus("db:pgsql relation: " .. message)
  end
end

-- A server that is to be started may have come up together with its database,
-- which then is given some time; one that runs finds it again by itself.
function Temporal:database_status(deployment, container)
  local status = ask_database(deployment)
  if status and status.name == "waiting"
    and not workload.is_running(container) then
    self.unit.status = status
    status = ask_database(deployment, DATABASE_PATIENCE)
  end
  return status
end

-- A deployment with its address and the container to place it in, or a status.
function Temporal:placed()
  local deployment, refusal = self:check()
  local container = self.unit:get_container(CONTAINER)
  local reachable = container:can_connect()
  if refusal then
    if refusal.stop and reachable then
      workload.stop(container)
    end
    return nil, ops.BlockedStatus(refusal.message)
  elseif not reachable then
    return nil, ops.WaitingStatus("waiting for pebble in the container "
      .. CONTAINER)
  end
  deployment.address =
    self.model:get_binding("temporal").network.bind_address
  if not deployment.address then
    return nil, ops.WaitingStatus "waiting for an address of the unit"
  end
  return deployment, container
end

-- Without a frontend of its own a unit has no call to answer.
local function has_frontend(deployment)
  for _, service in ipairs(deployment.settings.services) do
    if service == "frontend" then
      return true
    end
  end
  return false
end

-- Whether all is as it should be. A server that answers has read the database,
-- which then need not be asked as well.
local function serves(container, deployment)
  return has_frontend(deployment) and workload.stands(container, deployment)
    and frontend.answers(deployment.address, server_config.PORTS.frontend.grpc)
end

-- Whether the server answers; a fresh one is given time, and says so.
function Temporal:answers(deployment, restarted)
  local port = server_config.PORTS.frontend.grpc
  if not has_frontend(deployment)
    or not restarted and frontend.answers(deployment.address, port) then
    return true
  end
  self.unit.status = ops.WaitingStatus(WAITING_FOR_ANSWER)
  local answers, err = frontend.wait(deployment.address, port, ANSWER_TIMEOUT)
  if not answers then
    ops.log.warning("%s", err)
  end
  return answers
end

function Temporal:active_status(deployment)
  if self.unit:is_leader() then
    self.state.served = {
      place = deployments.place(deployment.connection),
      shards = deployment.settings.shards,
    }
  end
  return ops.ActiveStatus()
end

function Temporal:served_status(deployment, restarted)
  if not self:answers(deployment, restarted) then
    return ops.WaitingStatus(WAITING_FOR_ANSWER)
  end
  return self:active_status(deployment)
end

-- Runs a step on the workload; a server that does not start is a status.
local function attempt(step, ...)
  local ok, result = pcall(step, ...)
  if ok then
    return result
  elseif not ops.errors.is(result, "pebble-change") then
    error(result, 0)
  end
  ops.log.error("%s", result)
  return nil, ops.BlockedStatus "temporal server does not start: see the log"
end

-- Makes the server run on the deployment; what the unit's status is then.
function Temporal:start(container, deployment)
  local status = self:database_status(deployment, container)
  if status then
    return status
  end
  local started, failed = attempt(workload.ensure, container, deployment)
  return failed or self:served_status(deployment, started)
end

--- Settles the unit on what config, relations and the database say now.
function Temporal:update()
  local deployment, other = self:placed()
  if not deployment then
    self.unit.status = other
  elseif serves(other, deployment) then
    self.unit.status = self:active_status(deployment)
  else
    self.unit.status = self:start(other, deployment)
  end
end

function Temporal:on_restart_action(event)
  if not self.unit:get_container(CONTAINER):can_connect() then
    return event:fail("cannot connect to the container " .. CONTAINER)
  end
  local deployment, other = self:placed()
  local status = not deployment and other
    or self:database_status(deployment, other)
  if status then
    self.unit.status = status
    return event:fail("cannot restart temporal: " .. status.message)
  end
  self.unit.status = ops.MaintenanceStatus "restarting temporal"
  local _, failed = attempt(workload.restart, other, deployment)
  self.unit.status = failed or self:served_status(deployment, true)
  if self.unit.status.name == "active" then
    event:set_results { result = "temporal restarted" }
  else
    event:fail(self.unit.status.message)
  end
end

return Temporal
