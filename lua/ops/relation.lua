-- SPDX-License-Identifier: Apache-2.0
-- One relation: relation.data[entity] are the databags, .app and .units the
-- other side. Nothing is asked of Juju before it is used.
local databag = require "ops.databag"
local errors = require "std.error"
local json = require "std.json"
local juju_relation = require "juju.relation"
local must = require "ops.must"
local null = require "std.null"

local M = {}

---@class ops.Relation
---@field name string the endpoint
---@field id integer
---@field app? ops.App the other side's; our own in a peer relation
---@field units ops.Unit[] the other side's, sorted
---@field data table<ops.Unit|ops.App, table<string, string>>
---@field active boolean false while it is being broken
---@field is_peer boolean
---@field remote_model {uuid: string} the model of the other side
---@field model ops.Model
local Relation = {}
Relation.__name = "ops.Relation"

local function tolerated(value, err)
  if errors.is(err, "hook-tool") and err.data.reason == "not-found" then
    return {}
  end
  return must(value, err)
end

-- Fields found out on first use.
local lazy = {}

function lazy.units(self)
  local units = {}
  for i, name in ipairs(tolerated(juju_relation.list(self:label()))) do
    units[i] = self.model:get_unit(name)
  end
  return units
end

function lazy.app(self)
  if self.is_peer then
    return self.model.app
  end
  local context = self.model.context
  local name = context.relation_id == self.id and context.remote_app_name
  if not name then
    local found = tolerated(juju_relation.app(self:label()))
    name = type(found) == "string" and found or nil
  end
  return name and self.model:get_app(name)
end

-- Juju 3.6.2 and later tell it.
function lazy.remote_model(self)
  return { uuid = must(juju_relation.model_uuid(self:label())) }
end

function Relation.__index(self, key)
  if lazy[key] and not self.asked[key] then
    self.asked[key] = true
    rawset(self, key, lazy[key](self))
    return rawget(self, key)
  end
  return Relation[key]
end

---@return string "db:3"
function Relation:label()
  return ("%s:%d"):format(self.name, self.id)
end

---@return string
function Relation:__tostring()
  return ("<relation %s>"):format(self:label())
end

---Writes several keys of a databag; null and "" delete.
---@param entity ops.Unit|ops.App
---@param values table<string, string>
function Relation:update(entity, values)
  local bag = self.data[entity]
  for key, value in pairs(values) do
    bag[key] = value
  end
end

---A databag as this schema has it. Each value is JSON, or what
---`options.decode` reads. What is wrong raises "schema".
---@param schema std.Schema
---@param entity ops.Unit|ops.App
---@param options? {decode?: fun(text: string): any, string?}
---@return table<string, any>
function Relation:load(schema, entity, options)
  local raw = {}
  for key, value in pairs(self.data[entity]) do
    raw[key] = value
  end
  return must(schema:load(raw, {
    tried = ("load the databag of %s in %s"):format(entity.name,
      self:label()),
    decode = options and options.decode or json.decode,
  }))
end

---Writes values as this schema has them, each as JSON or by
---`options.encode`. What is absent is deleted, what the schema does not
---declare stays.
---@param schema std.Schema
---@param values table<string, any>
---@param entity ops.Unit|ops.App
---@param options? {encode?: fun(value: any): string}
function Relation:save(schema, values, entity, options)
  local raw = must(schema:dump(values, {
    tried = ("save to the databag of %s in %s"):format(entity.name,
      self:label()),
  }))
  local encode = options and options.encode or json.encode
  for key, value in pairs(raw) do
    self.data[entity][key] = value ~= null and encode(value) or null
  end
end

local function data_of(relation)
  return setmetatable({}, {
    __index = function(bags, entity)
      if not relation.model:is_entity(entity) then
        error(("cannot find the databag of %s in %s: expected a unit or an "
          .. "app"):format(tostring(entity), relation:label()), 2)
      end
      local bag = databag.new(relation, entity)
      rawset(bags, entity, bag)
      return bag
    end,
    __newindex = function()
      error(("cannot replace a databag of %s: assign its keys, or use "
        .. "relation:update(entity, values)"):format(relation:label()), 2)
    end,
  })
end

---@param model ops.Model
---@param name string
---@param id integer
---@param options {is_peer: boolean, active: boolean}
---@return ops.Relation
function M.new(model, name, id, options)
  local self = setmetatable({
    model = model,
    name = name,
    id = id,
    is_peer = options.is_peer,
    active = options.active,
    asked = {},
  }, Relation)
  self.data = data_of(self)
  return self
end

---Sends what changed in our own databags, the application's first.
---@param relation ops.Relation
function M.commit(relation)
  for _, entity in ipairs { relation.model.app, relation.model.unit } do
    local bag = rawget(relation.data, entity)
    if bag then
      databag.commit(bag)
    end
  end
end

return M
