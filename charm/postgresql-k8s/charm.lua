-- SPDX-License-Identifier: Apache-2.0
-- PostgreSQL for the local model: one server, databases over `pgsql`. Whatever
-- the event, it settles server, roles and databags on what the relations ask.
local layer = require "postgresql.layer"
local ops = require "ops"
local pgsql = require "relations.pgsql"
local roles = require "postgresql.roles"
local server = require "postgresql.server"

local CONTAINER <const> = "postgresql"

local Postgresql = ops.charm "postgresql-k8s"

function Postgresql:init()
  self.db = pgsql.provider(self, "db")
  self.db_admin = pgsql.provider(self, "db-admin")
  self:observe(self.on.install, self.on_install)
  for _, event in ipairs { "postgresql_pebble_ready", "config_changed",
    "leader_elected", "upgrade_charm", "update_status" } do
    self:observe(self.on[event], self.update)
  end
  for _, provider in ipairs { self.db, self.db_admin } do
    self:observe(provider.on.database_requested, self.update)
    self:observe(provider.on.database_released, self.update)
  end
  self:observe(self.on.rotate_password_action, self.on_rotate_password_action)
end

function Postgresql:on_install()
  self.unit.status = ops.MaintenanceStatus "installing postgresql"
end

function Postgresql:address()
  return self.model:get_binding("db").network.bind_address
end

-- What cannot be served, in the words of the charm that this one stands for.
local function refusal(demand)
  if #demand.extensions > 0 then
    return "extensions requested through relation"
  elseif #demand.roles > 0 then
    return "roles requested through relation, use postgresql_client "
      .. "interface instead"
  end
end

-- Whether the role can log in with what its relation was told.
local function is_valid(target)
  if not target or not target.password then
    return false
  end
  local session, err = ops.pg.connect {
    host = target.host, port = target.port, user = target.user,
    password = target.password, dbname = target.dbname, timeout = 5,
  }
  if session then
    session:close()
  end
  return session ~= nil, err
end

function Postgresql:offer(provider, demand, password)
  provider:publish(demand, {
    conninfo = ops.pg.conninfo.new {
      host = self:address(),
      port = tostring(layer.PORT),
      dbname = demand.database,
      user = roles.user_of(demand.relation.id),
      password = password,
      fallback_application_name = self.app.name,
    },
    version = self.version,
  })
end

-- One relation. A password that was published is kept; a hook that failed
-- before it was published leaves a role whose password is set anew.
function Postgresql:serve(session, provider, demand)
  local published = provider:published(demand.relation)
  local password = published and published.password or ops.token()
  local target = published and {
    host = self:address(), port = tostring(layer.PORT),
    dbname = demand.database, user = roles.user_of(demand.relation.id),
    password = password,
  }
  if not is_valid(target) then
    roles.ensure(session, {
      relation_id = demand.relation.id,
      database = demand.database,
      admin = provider == self.db_admin,
      password = password,
    })
  end
  self:offer(provider, demand, password)
end

-- Roles of relations that are no more.
function Postgresql:drop_unused(session, container)
  local users = roles.list(session)
  for _, endpoint in ipairs { "db", "db-admin" } do
    for _, relation in ipairs(self.model.relations[endpoint]) do
      users[relation.id] = nil
    end
  end
  for _, user in pairs(users) do
    roles.drop(session, user, function(database)
      return server.connect(container, self:address(), database)
    end)
    ops.log.info("dropped the role %s: its relation is gone", user)
  end
end

function Postgresql:serve_all(session, container)
  self.version = roles.version(session)
  self.unit:set_workload_version(self.version)
  self:drop_unused(session, container)
  local status
  for _, provider in ipairs { self.db, self.db_admin } do
    for _, demand in ipairs(provider:requests()) do
      local why = refusal(demand)
      if why then
        status = ops.BlockedStatus(why)
      else
        self:serve(session, provider, demand)
      end
    end
  end
  return status or ops.ActiveStatus()
end

-- The server up and a session with it, or a status that says why not.
function Postgresql:session()
  if not self.unit:is_leader() then
    return nil, ops.BlockedStatus("a second unit would be a second server, "
      .. "with other data: scale to one")
  end
  local container = self.unit:get_container(CONTAINER)
  if not container:can_connect() then
    return nil, ops.WaitingStatus("waiting for pebble in the container "
      .. CONTAINER)
  end
  local max_connections = self.config["max-connections"]
  if max_connections < 10 then
    return nil, ops.BlockedStatus(
      "value of 'max-connections' config must be >= 10")
  end
  server.ensure(container, self:address(), max_connections)
  local session, err = server.wait(container, self:address())
  if not session then
    ops.log.warning("%s", err)
    return nil, ops.WaitingStatus "waiting for the postgresql server to start"
  end
  return session, container
end

--- Settles everything.
function Postgresql:update()
  local session, other = self:session()
  if not session then
    self.unit.status = other
    return
  end
  local there <close> = session
  self.unit.status = self:serve_all(there, other)
end

local function find_demand(self, id)
  for _, provider in ipairs { self.db, self.db_admin } do
    for _, demand in ipairs(provider:requests()) do
      if demand.relation.id == id then
        return provider, demand
      end
    end
  end
end

function Postgresql:on_rotate_password_action(event)
  local id = event.params["relation-id"]
  local provider, demand = find_demand(self, id)
  if not provider then
    return event:fail(("no relation %s has asked for a database"):format(id))
  end
  local session, status = self:session()
  if not session then
    return event:fail(status.message)
  end
  local there <close> = session
  local password = ops.token()
  self.version = roles.version(there)
  roles.set_password(there, roles.user_of(id), password)
  self:offer(provider, demand, password)
  event:set_results { result = "the relation has a new password" }
end

return Postgresql
