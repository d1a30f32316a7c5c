-- SPDX-License-Identifier: Apache-2.0
-- Relations: which endpoints fit, scopes, databags and who may touch them.
-- A relation has a version per unit and application databag, so that a unit
-- agent sees what changed since its last hook. Pure.
local endpoints_of = require "lab.model.endpoints"
local models = require "lab.model"
local names = require "lab.names"
local removal = require "lab.model.removal"

local M = {}

---@class lab.Relation
---@field id string
---@field interface string
---@field life "alive"|"dying"
---@field endpoints { application: string, name: string, role: string }[]
---@field scope table<string, true> units that have joined
---@field bags table<string, table<string, string>> by unit or application
---@field versions table<string, integer> likewise
---@field since number? when the first unit joined

local function new_relation(model, endpoints, interface)
  local relation <const> = {
    id = tostring(model.next_relation),
    interface = interface,
    life = "alive",
    endpoints = endpoints,
    scope = {},
    bags = {},
    versions = {},
  }
  for _, endpoint in ipairs(endpoints) do
    relation.bags[endpoint.application] = {}
    relation.versions[endpoint.application] = 0
  end
  model.next_relation = model.next_relation + 1
  model.relations[relation.id] = relation
  return relation
end

local function has_peers(model, app, name)
  for _, relation in pairs(model.relations) do
    local only <const>, other <const> = table.unpack(relation.endpoints)
    if not other and only.application == app and only.name == name then
      return true
    end
  end
  return false
end

---The peer relations that an application's charm has and the model has not.
---@param model table
---@param application table
function M.add_peers(model, application)
  for name, endpoint in names.each(application.charm.endpoints) do
    if endpoint.role == "peer"
      and not has_peers(model, application.name, name) then
      new_relation(model, {
        { application = application.name, name = name, role = "peer" },
      }, endpoint.interface)
    end
  end
end

---@param relation lab.Relation
---@param app string
---@return table? endpoint the application's own
---@return table? remote the other side's; its own for a peer relation
function M.sides(relation, app)
  local first <const>, second <const> = table.unpack(relation.endpoints)
  if first.application == app then
    return first, second or first
  elseif second and second.application == app then
    return second, first
  end
end

---"requirer:ep provider:ep", as Juju names a relation.
M.key = endpoints_of.key

local function find(model, endpoints)
  for _, relation in names.each(model.relations) do
    if M.key(relation.endpoints) == M.key(endpoints) then
      return relation
    end
  end
end

local function over_limit(model, endpoint)
  local count = 0
  for _, relation in pairs(model.relations) do
    for _, side in ipairs(relation.endpoints) do
      if side.application == endpoint.application
        and side.name == endpoint.name then
        count = count + 1
      end
    end
  end
  return endpoint.limit and count >= endpoint.limit
end

---@param model table
---@param first string "app" or "app:endpoint"
---@param second string
---@return lab.Relation?
---@return string? message
function M.relate(model, first, second)
  local pairs_found, why = endpoints_of.possible(model, first, second)
  if not pairs_found then
    return nil, why
  elseif #pairs_found == 0 then
    return nil, "no relations found"
  end
  local found, message = endpoints_of.the_only(pairs_found, first, second)
  if not found then
    return nil, message
  end
  local key <const> = M.key(found)
  local tried <const> = ('cannot add relation "%s": '):format(key)
  if find(model, found) then
    return nil, tried .. ("relation %s already exists"):format(key)
  end
  local endpoints <const> = {}
  for i, endpoint in ipairs(found) do
    if model.applications[endpoint.application].life ~= "alive" then
      return nil, tried .. ('application "%s" is not alive')
        :format(endpoint.application)
    elseif over_limit(model, endpoint) then
      return nil, tried .. ("establishing a new relation for %s:%s would "
        .. "exceed its maximum relation limit of %d")
        :format(endpoint.application, endpoint.name, endpoint.limit)
    end
    endpoints[i] = {
      application = endpoint.application,
      name = endpoint.name,
      role = endpoint.role,
    }
  end
  return new_relation(model, endpoints, found[1].interface)
end

---Marks a relation as dying; the units' hooks then end it. Of several pairs of
---endpoints that fit, the related one is meant.
---@param model table
---@param first string
---@param second string
---@return lab.Relation?
---@return string? message
function M.remove(model, first, second)
  local found, why = endpoints_of.possible(model, first, second)
  if not found then
    return nil, why
  end
  local existing <const> = {}
  for _, pair in ipairs(found) do
    existing[#existing + 1] = find(model, pair) and pair or nil
  end
  if #existing == 0 then
    return nil, ('relation "%s %s" not found'):format(first, second)
  end
  local pair, message = endpoints_of.the_only(existing, first, second)
  if not pair then
    return nil, message
  end
  local relation <const> = find(model, pair)
  relation.life = "dying"
  removal.sweep(model)
  return relation
end

---The unit joins: Juju writes its addresses to its databag.
---@param model table
---@param relation lab.Relation
---@param unit lab.Unit
---@param now number
function M.enter(model, relation, unit, now)
  if relation.scope[unit.name] then
    return
  end
  relation.since = relation.since or now
  relation.scope[unit.name] = true
  local bag <const> = {
    ["ingress-address"] = unit.address,
    ["egress-subnets"] = unit.address .. "/32",
  }
  if models.setting(model, "agent-version") < "4" then
    bag["private-address"] = unit.address
  end
  relation.bags[unit.name] = bag
  relation.versions[unit.name] = (relation.versions[unit.name] or 0) + 1
end

---@param model table
---@param relation lab.Relation
---@param unit lab.Unit
function M.leave(model, relation, unit)
  relation.scope[unit.name] = nil
  removal.sweep(model)
end

---Applies changes (an empty text deletes a key); the version moves only when
---something changed.
---@param relation lab.Relation
---@param who string unit or application
---@param changes table<string, string>
function M.write(relation, who, changes)
  local bag <const> = relation.bags[who] or {}
  local changed = false
  for key, value in pairs(changes) do
    local new <const> = value ~= "" and value or nil
    changed = changed or bag[key] ~= new
    bag[key] = new
  end
  relation.bags[who] = bag
  if changed then
    relation.versions[who] = (relation.versions[who] or 0) + 1
  end
end

---The other units in a relation's scope, as one unit sees them, sorted.
---@param relation lab.Relation
---@param unit lab.Unit
---@return string[]
function M.others(relation, unit)
  local _, remote <const> = M.sides(relation, unit.application)
  local found <const> = {}
  for _, name in ipairs(names.sorted(relation.scope)) do
    if name ~= unit.name and names.split_unit(name) == remote.application then
      found[#found + 1] = name
    end
  end
  return found
end

return M
