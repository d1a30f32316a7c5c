-- SPDX-License-Identifier: Apache-2.0
-- Juju's model as the charm sees it in one dispatch. An entity, a relation or
-- a container is one object however often it is asked for, and it remembers
-- what it has read.
local lazy = require "std.lazy"
local app = require "ops.app"
local binding = lazy "ops.binding"
local config = require "ops.config"
local errors = require "std.error"
local filled = require "ops.filled"
local juju_cloud = lazy "juju.cloud"
local juju_relation = lazy "juju.relation"
local juju_resource = lazy "juju.resource"
local must = require "ops.must"
local names = require "ops.names"
local relation = lazy "ops.relation"
local resolve = lazy "ops.resolve"
local secret = lazy "ops.secret"
local storage = lazy "ops.storage"
local unit = require "ops.unit"
local version = lazy "ops.version"

local M = {}

---@class ops.Model
---@field name string
---@field uuid string
---@field unit ops.Unit this charm's
---@field app ops.App this charm's
---@field config table
---@field relations table<string, ops.Relation[]> by endpoint
---@field containers table<string, ops.Container>
---@field meta ops.Meta
---@field context juju.Context
---@field refs table<any, {kind: string, value: any}>
---@field juju_version ops.JujuVersion
---@field storages table<string, ops.Storage[]>
---@field resources {fetch: fun(self, name: string): string}
local Model = {}

-- Fields made at first use.
local on_demand = {}

function on_demand.juju_version(self)
  return version.parse(self.context.version or "0.0")
end

function on_demand.storages(self)
  return storage.map(self)
end

function Model.__index(self, key)
  if on_demand[key] then
    rawset(self, key, on_demand[key](self))
    return rawget(self, key)
  end
  return Model[key]
end

local function unknown(what, name, known)
  errors.raise {
    kind = "unknown-" .. what,
    tried = ("use the %s '%s'"):format(what, tostring(name)),
    happened = "metadata.yaml does not declare it",
    hint = "it declares: " .. names.listed(known),
  }
end

---@param name string "postgresql"
---@return ops.App
function Model:get_app(name)
  if not self.apps[name] then
    self.apps[name] = app.new(self, name, name == self.context.app_name)
    self.refs[self.apps[name]] = { kind = "app", value = name }
  end
  return self.apps[name]
end

---@param name string "postgresql/0"
---@return ops.Unit
function Model:get_unit(name)
  if not self.units[name] then
    local owner = self:get_app(name:match("^(.*)/%d+$") or name)
    self.units[name] = unit.new(self, name, owner,
      name == self.context.unit_name)
    self.refs[self.units[name]] = { kind = "unit", value = name }
  end
  return self.units[name]
end

---@param value any
---@return boolean
function Model:is_entity(value)
  local ref = value ~= nil and self.refs[value]
  return ref and (ref.kind == "unit" or ref.kind == "app") or false
end

-- In relation-broken the relation is there no more, but for its data.
local function is_breaking(context, id)
  local hook = context.hook_name or context.dispatch_path or ""
  return context.relation_id == id and hook:find("relation%-broken$") ~= nil
end

---@param name string the endpoint
---@param id integer
---@return ops.Relation relation also one that is gone
function Model:relation_by_id(name, id)
  if not self.by_id[id] then
    local declared = self.meta.relations[name]
      or unknown("endpoint", name, self.meta.relations)
    self.by_id[id] = relation.new(self, name, id, {
      is_peer = declared.role == "peer",
      active = not is_breaking(self.context, id),
    })
    self.refs[self.by_id[id]] = { kind = "relation", value = name .. ":" .. id }
  end
  return self.by_id[id]
end

local function relations_of(self, name)
  if not self.meta.relations[name] then
    unknown("endpoint", name, self.meta.relations)
  end
  local list = {}
  for _, id in ipairs(must(juju_relation.ids(name))) do
    local one = self:relation_by_id(name, id)
    if one.active then
      list[#list + 1] = one
    end
  end
  return list
end

---The one relation of an endpoint, nil when there is none.
---@param name string
---@param id? integer
---@return ops.Relation?
function Model:get_relation(name, id)
  if id then
    return self:relation_by_id(name, id)
  end
  local list = self.relations[name]
  if #list > 1 then
    errors.raise {
      kind = "too-many-related-apps",
      tried = ("get the one relation of '%s'"):format(name),
      happened = ("there are %d"):format(#list),
      hint = "go over self.model.relations[name]",
    }
  end
  return list[1]
end

---@param endpoint string|ops.Relation
---@return ops.Binding
function Model:get_binding(endpoint)
  local key = type(endpoint) == "string" and endpoint or endpoint:label()
  if not self.bindings[key] then
    self.bindings[key] = type(endpoint) == "string"
      and binding.new(endpoint) or binding.new(endpoint.name, endpoint.id)
  end
  return self.bindings[key]
end

---@param name string
---@return string path of the resource's file
function Model:fetch_resource(name)
  if not self.meta.resources[name] then
    unknown("resource", name, self.meta.resources)
  end
  return must(juju_resource.get(name))
end

---@param name string
---@param index integer
---@param location? string where it is known already
---@return ops.Storage
function Model:storage_by_id(name, index, location)
  local id = ("%s/%d"):format(name, index)
  if not self.storage_by_full_id[id] then
    local one = storage.new(name, index, location)
    self.storage_by_full_id[id] = one
    self.refs[one] = { kind = "storage", value = storage.snapshot(one) }
  end
  return self.storage_by_full_id[id]
end

---@param name string|{id?: string, label?: string} both: the secret gets that label
---@return ops.Secret
function Model:get_secret(name)
  return secret.get(self, name)
end

---The cloud that the model is in, with its credential. The charm needs trust.
---@return juju.CloudSpec
function Model.get_cloud_spec()
  return must(juju_cloud.spec())
end

---The object a snapshot named.
---@param kind string
---@param value any
---@return any
function Model:resolve(kind, value)
  return resolve[kind](self, value)
end

local function containers_of(self, options)
  return filled.by(function(name)
    local declared = self.meta.containers[name]
      or unknown("container", name, self.meta.containers)
    local container = options.new_container {
      name = name,
      socket = ("/charm/containers/%s/pebble.socket"):format(name),
      meta = declared,
      charm_dir = options.charm_dir,
    }
    self.refs[container] = { kind = "container", value = name }
    return container
  end)
end

---@class ops.ModelOptions
---@field context juju.Context
---@field meta ops.Meta
---@field new_container fun(options: table): ops.Container
---@field charm_dir string

---@param options ops.ModelOptions
---@return ops.Model
function M.new(options)
  local context = options.context
  local self = setmetatable({
    context = context,
    meta = options.meta,
    name = context.model_name,
    uuid = context.model_uuid,
    apps = {},
    units = {},
    by_id = {},
    bindings = {},
    storage_by_full_id = {},
    refs = setmetatable({}, { __mode = "k" }),
    config = config.new(options.meta.config),
  }, Model)
  self.app = self:get_app(context.app_name)
  self.unit = self:get_unit(context.unit_name)
  self.relations = filled.by(function(name)
    return relations_of(self, name)
  end)
  self.containers = containers_of(self, options)
  self.resources = {
    fetch = function(_, name)
      return self:fetch_resource(name)
    end,
  }
  return self
end

---Sends the databag writes, by endpoint and number of the relation.
function Model:commit()
  local list = {}
  for _, one in pairs(self.by_id) do
    list[#list + 1] = one
  end
  table.sort(list, function(a, b)
    if a.name ~= b.name then
      return a.name < b.name
    end
    return a.id < b.id
  end)
  for _, one in ipairs(list) do
    relation.commit(one)
  end
end

return M
