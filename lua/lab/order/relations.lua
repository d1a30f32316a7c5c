-- SPDX-License-Identifier: Apache-2.0
-- The hooks of a unit's relations, in Juju's order within one relation; which
-- relation comes first is open, and the seed's. Used by lab.order. Pure.
local models = require "lab.model"
local names = require "lab.names"
local relations = require "lab.model.relations"
local seed = require "lab.seed"

local M = {}

local function relation_hook(kind, relation, unit, more)
  local own <const>, remote <const> =
    relations.sides(relation, unit.application)
  local hook <const> = {
    kind = "relation-" .. kind,
    name = ("%s-relation-%s"):format(own.name, kind),
    relation = relation.id,
    endpoint = own.name,
    remote_app = remote.application,
  }
  for key, value in pairs(more or {}) do
    hook[key] = value
  end
  return hook
end

-- Ids in the order of this turn.
local function arranged(model, unit, map)
  return seed.arrange(model, names.sorted(map), "relations", unit.name,
    unit.uniter.turn)
end

---@param model table
---@param unit lab.Unit
---@return lab.Hook?
function M.created(model, unit)
  for _, id in ipairs(arranged(model, unit, model.relations)) do
    local relation <const> = model.relations[id]
    if relation.life == "alive" and unit.life == "alive"
      and relations.sides(relation, unit.application)
      and not unit.uniter.relations[id] then
      return relation_hook("created", relation, unit)
    end
  end
end

-- Units that are gone, all of them when the relation itself ends.
local function departed(relation, unit, memory, ending)
  for name in names.each(memory.members) do
    if ending or not relation.scope[name] then
      local leaving <const> = unit.life == "dying" and unit.name or name
      return relation_hook("departed", relation, unit,
        { remote_unit = name, departing_unit = leaving })
    end
  end
end

local function changed(relation, unit, name, version)
  return relation_hook("changed", relation, unit,
    { remote_unit = name, version = version })
end

local function just_joined(relation, unit, memory)
  for name, version in names.each(memory.members) do
    if version == 0 and relation.scope[name] then
      return changed(relation, unit, name, relation.versions[name])
    end
  end
end

-- Whether Juju tells a leader of what it wrote to its own peers is not sure:
-- the seed says so now and then.
local function is_told(model, unit, relation, version)
  return not models.is_leader(model, unit)
    or seed.number(model, 3, "own", unit.name, relation.id, version) == 1
end

local function application_changed(model, relation, unit, memory)
  local own <const>, remote <const> =
    relations.sides(relation, unit.application)
  local version <const> = relation.versions[remote.application]
  if version ~= memory.app_version
    and (own ~= remote or is_told(model, unit, relation, version)) then
    return changed(relation, unit, nil, version)
  end
end

local function joined(relation, unit, memory)
  for _, name in ipairs(relations.others(relation, unit)) do
    if not memory.members[name] then
      return relation_hook("joined", relation, unit, { remote_unit = name })
    end
  end
end

local function unit_changed(relation, unit, memory)
  for name, version in names.each(memory.members) do
    if relation.versions[name] ~= version then
      return changed(relation, unit, name, relation.versions[name])
    end
  end
end

local function one_relation(model, unit, relation, memory)
  local peer <const> = #relation.endpoints == 1
  local ending <const> = relation.life == "dying" or unit.life == "dying"
  local hook = just_joined(relation, unit, memory)
  if hook and not ending then
    return hook
  end
  hook = departed(relation, unit, memory, ending)
  if hook or ending then
    return hook
      or (not peer and relation_hook("broken", relation, unit) or nil)
  end
  return application_changed(model, relation, unit, memory)
    or joined(relation, unit, memory)
    or unit_changed(relation, unit, memory)
end

local function each_relation(model, unit, peers)
  for _, id in ipairs(arranged(model, unit, unit.uniter.relations)) do
    local relation <const> = model.relations[id]
    if relation and (#relation.endpoints == 1) == peers then
      local hook <const> =
        one_relation(model, unit, relation, unit.uniter.relations[id])
      if hook then
        return hook
      end
    end
  end
end

---The next hook of the relations the unit is in: peers come last.
---@param model table
---@param unit lab.Unit
---@return lab.Hook?
function M.next(model, unit)
  return each_relation(model, unit, false) or each_relation(model, unit, true)
end

return M
