-- SPDX-License-Identifier: Apache-2.0
-- The Temporal admin tools: sets up the schema of the databases that related
-- servers hand over, and tells them when it is ready. The leader does it all.
local ops = require "ops"
local setup = require "admin.setup"
local temporal_admin = require "relations.temporal_admin"

local CONTAINER <const> = "temporal-admin"
local NOT_CONNECTED <const> = "waiting for pebble in the container " .. CONTAINER

local Admin = ops.charm "temporal-admin-k8s"

function Admin:init()
  self.admin = temporal_admin.provider(self, "admin")
  self:observe(self.on.install, self.on_install)
  self:observe(self.on.temporal_admin_pebble_ready, self.update)
  self:observe(self.on.config_changed, self.update)
  self:observe(self.on.leader_elected, self.update)
  self:observe(self.on.update_status, self.update)
  self:observe(self.on.setup_schema_action, self.on_setup_schema_action)
  self:observe(self.admin.on.connections_changed, self.on_connections_changed)
end

function Admin:on_install()
  self.unit.status = ops.MaintenanceStatus "installing temporal admin tools"
end

function Admin:on_connections_changed()
  self.unit.status = ops.WaitingStatus "handling admin change"
  self:update()
end

local STATUS_OF <const> = {
  blocked = ops.BlockedStatus,
  waiting = ops.WaitingStatus,
}

-- One server: its schema is ready, or a status says why not.
function Admin:serve(container, client)
  if not client.connections then
    self.admin:set_not_ready(client)
    return ops.BlockedStatus("admin:temporal relation: " .. (client.fault
      or "database connections info not available"))
  elseif not container:can_connect() then
    return ops.WaitingStatus(NOT_CONNECTED)
  end
  local verbose = self.config["log-level"] == "debug"
  local verdict = setup.run(container, client.connections, verbose)
  if verdict then
    -- What was said of these databases stands: an outage undoes no schema, and
    -- the answer names the databases that it is for.
    return STATUS_OF[verdict.kind](verdict.message)
  end
  self.admin:set_ready(client)
end

-- Every server gets its turn; the first difficulty is the status.
function Admin:run()
  local clients = self.admin:clients()
  if #clients == 0 then
    return ops.BlockedStatus "admin:temporal relation: not available"
  end
  local container = self.unit:get_container(CONTAINER)
  local status
  for _, client in ipairs(clients) do
    local trouble = self:serve(container, client)
    status = status or trouble
  end
  return status or ops.ActiveStatus()
end

--- Settles the unit on what the related servers ask for now.
function Admin:update()
  if self.unit:is_leader() then
    self.unit.status = self:run()
  else
    self.unit.status = ops.ActiveStatus()
  end
end

function Admin:on_setup_schema_action(event)
  if not self.unit:is_leader() then
    return event:fail("only the leader sets up schemas: run it there")
  elseif not self.unit:get_container(CONTAINER):can_connect() then
    return event:fail("cannot connect to container")
  end
  local status = self:run()
  self.unit.status = status
  if status.name == "active" then
    event:set_results { result = "schema is ready" }
  else
    event:fail("cannot set up the schema: " .. status.message)
  end
end

return Admin
