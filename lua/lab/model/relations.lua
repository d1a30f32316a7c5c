-- SPDX-License-Identifier: Apache-2.0
-- Relations: which endpoints fit, scopes, databags and who may touch them.
-- A relation has a version per unit and application databag, so that a unit
-- agent sees what changed since its last hook. Pure.
local models = require "lab.model"
local names = require "lab.names"

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

local COUNTERPARTS <const> = { provider = "requirer", requirer = "provider" }

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

---The peer relations a new application starts with.
---@param model table
---@param application table
function M.add_peers(model, application)
  for name, endpoint in names.each(application.charm.endpoints) do
    if endpoint.role == "peer" then
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
---@param endpoints table[]
---@return string
function M.key(endpoints)
  local parts <const> = {}
  for _, endpoint in ipairs(endpoints) do
    table.insert(parts, endpoint.role == "requirer" and 1 or #parts + 1,
      endpoint.application .. ":" .. endpoint.name)
  end
  return table.concat(parts, " ")
end

-- The endpoints of "app" or "app:endpoint" that can be related.
local function candidates(model, text)
  local app <const>, wanted <const> = text:match("^([^:]*):?(.*)$")
  local application, message = models.application(model, app)
  if not application then
    return nil, message
  end
  if wanted ~= "" and not application.charm.endpoints[wanted] then
    return nil, ('application "%s" has no "%s" relation'):format(app, wanted)
  end
  local found <const> = {}
  for name, endpoint in names.each(application.charm.endpoints) do
    if (wanted == "" or wanted == name) and endpoint.role ~= "peer" then
      found[#found + 1] = {
        application = app, name = name, role = endpoint.role,
        interface = endpoint.interface, limit = endpoint.limit,
      }
    end
  end
  return found
end

local function fitting(left, right)
  local pairs_found <const> = {}
  for _, a in ipairs(left) do
    for _, b in ipairs(right) do
      if a.interface == b.interface and COUNTERPARTS[a.role] == b.role then
        pairs_found[#pairs_found + 1] = { a, b }
      end
    end
  end
  return pairs_found
end

-- The pairs of endpoints that two command line arguments can mean.
local function possible(model, first, second)
  local left, left_why = candidates(model, first)
  if not left then
    return nil, left_why
  end
  local right, right_why = candidates(model, second)
  if not right then
    return nil, right_why
  end
  return fitting(left, right)
end

-- The one of them; more than one is for the person to choose from.
local function the_only(found, first, second)
  if #found == 1 then
    return found[1]
  end
  local keys <const> = {}
  for i, pair in ipairs(found) do
    keys[i] = ('"%s"'):format(M.key(pair))
  end
  table.sort(keys)
  return nil, ('ambiguous relation: "%s %s" could refer to %s')
    :format(first, second, table.concat(keys, "; "))
end

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
  local pairs_found, why = possible(model, first, second)
  if not pairs_found then
    return nil, why
  elseif #pairs_found == 0 then
    return nil, "no relations found"
  end
  local found, message = the_only(pairs_found, first, second)
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
  local found, why = possible(model, first, second)
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
  local pair, message = the_only(existing, first, second)
  if not pair then
    return nil, message
  end
  local relation <const> = find(model, pair)
  relation.life = "dying"
  models.sweep(model)
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
  models.sweep(model)
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
