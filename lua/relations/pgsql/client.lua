-- SPDX-License-Identifier: Apache-2.0
-- The client of `pgsql`. What the leader asks for is kept in the peer relation,
-- since other units may not read their application's databag. The connection
-- itself is copied nowhere: each unit reads it from the relation, and keeps a
-- digest of what it last saw.
local events = require "ops.event"
local ops = require "ops"
local protocol = require "relations.pgsql.protocol"

---@class pgsql.Client: ops.Object
---@field endpoint string
---@field on table the events below
local Client = ops.object "pgsql.Client"

-- What an event says about its relation, read when it is asked for; so a
-- deferred event tells the present, and no password is kept with it.
local function reader(get)
  return {
    get = function(event)
      return get(event.client, event.relation)
    end,
  }
end

local PROPERTIES <const> = {
  client = {
    get = function(event)
      return events.private(event).bound.emitter
    end,
  },
  master = reader(function(client, relation)
    return client:master(relation)
  end),
  standbys = reader(function(client, relation)
    return client:standbys(relation)
  end),
  version = reader(function(client, relation)
    return client:version(relation)
  end),
  database = {
    get = function(event)
      local request = event.client:request(event.relation)
      return request and request.database
    end,
    set = function(event, name)
      event.client:ask(event.relation, { database = name })
    end,
  },
}

local EVENTS <const> = {
  "database_relation_joined", "database_relation_broken",
  "database_available", "database_changed", "database_gone",
  "master_available", "master_changed", "master_gone",
  "standby_available", "standby_changed", "standby_gone",
}

Client.events = {}
for _, name in ipairs(EVENTS) do
  Client.events[name] = ops.event { properties = PROPERTIES }
end

function Client:init(endpoint)
  self.endpoint = endpoint
  self.seen = ops.state(self, { lifetime = "unit" })
  self.seen:set_default { relations = {}, leaving = false }
  self.asked = ops.state(self, { lifetime = "app" })
  self.asked:set_default { requests = {} }
  local on, charm_on = self.charm.on[endpoint], self.charm.on
  self:observe(on.relation_joined, self.on_relation_joined)
  self:observe(on.relation_changed, self.on_relation_changed)
  self:observe(on.relation_departed, self.on_relation_departed)
  self:observe(on.relation_broken, self.on_relation_broken)
  for peer in pairs(self.meta.peers) do
    self:observe(charm_on[peer].relation_changed, self.on_shared_change)
  end
  self:observe(charm_on.leader_elected, self.on_shared_change)
  self:observe(charm_on.upgrade_charm, self.on_shared_change)
end

local function key_of(relation)
  return tostring(relation.id)
end

--- What the leader asked of this relation.
---@param relation ops.Relation
---@return pgsql.Request?
function Client:request(relation)
  return self.asked.requests[key_of(relation)]
end

--- Asks for a database (and roles, extensions). Leader only.
---@param relation ops.Relation
---@param request { database: string, roles: string[]?, extensions: string[]? }
function Client:ask(relation, request)
  if not self.unit:is_leader() then
    error(("cannot ask %s for a database: this unit is not the leader")
      :format(relation:label()), 2)
  end
  self.asked.requests[key_of(relation)] = {
    database = request.database or "",
    roles = request.roles,
    extensions = request.extensions,
  }
  self:mirror(relation)
end

-- Servers look into both databags, of which a unit that does not lead may
-- write its own only.
function Client:mirror(relation)
  local request = self:request(relation)
  if not request then
    return
  end
  local keys = protocol.request_keys(request)
  relation:update(self.unit, keys)
  if self.unit:is_leader() then
    relation:update(self.app, keys)
  end
end

function Client:find(relation, key)
  local request = self:request(relation)
  if not request or not relation.active or not relation.app then
    return nil
  end
  local entities = {
    { name = relation.app.name, data = relation.data[relation.app] },
  }
  for _, unit in ipairs(relation.units) do
    table.insert(entities, { name = unit.name, data = relation.data[unit] })
  end
  local subnets = relation.data[self.unit]["egress-subnets"]
  return protocol.find(entities, request, subnets, key)
end

-- With no relation given: the first one that has an answer.
function Client:find_any(relation, key)
  for _, each in ipairs(relation and { relation }
    or self.model.relations[self.endpoint]) do
    local value, data = self:find(each, key)
    if value then
      return value, data
    end
  end
end

local function parse(text)
  local parsed, err = ops.pg.conninfo.parse(text)
  return parsed or error(err, 0)
end

--- The connection to the primary, or nil while there is none.
---@param relation ops.Relation?
---@return pg.Conninfo?
function Client:master(relation)
  local value = self:find_any(relation, "master")
  return value and parse(value)
end

--- The connections to standbys.
---@param relation ops.Relation?
---@return pg.Conninfo[]
function Client:standbys(relation)
  local list = {}
  for line in (self:find_any(relation, "standbys") or ""):gmatch("[^\n]+") do
    table.insert(list, parse(line))
  end
  return list
end

--- The server's version, such as "15.20".
---@param relation ops.Relation?
---@return string?
function Client:version(relation)
  local _, data = self:find_any(relation, "master")
  return data and data.version
end

local function look(client, relation)
  local now = {}
  for _, key in ipairs { "master", "standbys" } do
    local value = client:find(relation, key)
    now[key] = value and ops.digest(value)
  end
  return now
end

local function emit(client, names, event)
  for _, name in ipairs(names) do
    client.on[name]:emit {
      relation = event.relation,
      app = event.app,
      unit = event.unit,
    }
  end
end

-- What was seen is noted after the handlers: if one raises, nothing is
-- committed and the retried hook emits again.
local function refresh(client, event)
  local relation = event.relation
  client:mirror(relation)
  local key = key_of(relation)
  local now = look(client, relation)
  local before = client.seen.relations[key] or {}
  now.joined = before.joined
  emit(client, protocol.events(before, now), event)
  client.seen.relations[key] = now
end

function Client:on_relation_joined(event)
  self:mirror(event.relation)
  local key = key_of(event.relation)
  -- Leadership, or a databag, may have been looked at before anyone joined.
  local seen = self.seen.relations[key] or {}
  if not seen.joined then
    emit(self, { "database_relation_joined" }, event)
    seen.joined = true
    self.seen.relations[key] = seen
  end
end

function Client:on_relation_changed(event)
  refresh(self, event)
end

--- Whether this unit is being removed: then its relations end for it alone,
--- and what the application has is not its to take back.
---@return boolean
function Client:is_leaving()
  return self.seen.leaving
end

function Client:on_relation_departed(event)
  local departing = event.departing_unit
  if departing and departing.name == self.unit.name then
    self.seen.leaving = true
  end
end

function Client:on_relation_broken(event)
  local key = key_of(event.relation)
  local before = self.seen.relations[key] or {}
  emit(self, protocol.events(before, {}), event)
  emit(self, { "database_relation_broken" }, event)
  self.seen.relations[key] = nil
  if not self.seen.leaving and self.asked.requests[key]
    and self.unit:is_leader() then
    self.asked.requests[key] = nil
  end
end

-- A charm of Python that this one takes over from kept its state where no
-- other can read it; what it asked for stands in its databag, too.
local function adopt(client, relation)
  local ours = relation.data[client.unit]
  if (ours.database or "") ~= "" and not client:request(relation)
    and client.unit:is_leader() then
    client:ask(relation, {
      database = ours.database,
      roles = protocol.split(ours.roles),
      extensions = protocol.split(ours.extensions),
    })
  end
end

-- The request may have become known, or this unit the one that writes it.
function Client:on_shared_change()
  for _, relation in ipairs(self.model.relations[self.endpoint]) do
    adopt(self, relation)
    refresh(self, { relation = relation, app = relation.app })
  end
end

return { new = Client.new }
