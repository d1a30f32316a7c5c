-- SPDX-License-Identifier: Apache-2.0
-- Which hook a unit runs next: Juju's resolvers as a list of stages over the
-- model and what the unit agent remembers (unit.uniter). Pure: next() decides,
-- lab.progress says what a finished hook leaves behind.
local actions = require "lab.model.actions"
local models = require "lab.model"
local names = require "lab.names"
local relations = require "lab.model.relations"

local M = {}

---@class lab.Hook
---@field kind string "install", "relation-joined", "action", ...
---@field name string "db-relation-joined"; an action's name
---@field relation string? its id
---@field endpoint string?
---@field remote_app string?
---@field remote_unit string?
---@field departing_unit string?
---@field version integer? of the databag this -changed is about
---@field workload string?
---@field boot string? of that workload's Pebble
---@field storage string?
---@field action string? the task's id

---@class lab.Seen what the agent sees outside the model
---@field now number
---@field boots table<string, string> boot id by ready container
---@field update_status boolean it is time for one

local function plain(kind)
  return { kind = kind, name = kind }
end

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

local function next_action(model, unit)
  local action <const> = actions.next(model, unit)
  return action
    and { kind = "action", name = action.name, action = action.id }
end

-- A stage returns a hook, or nil to pass, or false: nothing at all for now.

-- What was begun and not finished, or failed: that hook again, and meanwhile
-- nothing but actions.
local function interrupted(model, unit, seen)
  local uniter <const> = unit.uniter
  if uniter.pending then
    return uniter.pending
  elseif uniter.failed then
    if seen.now >= uniter.failed.retry_at then
      return uniter.failed.hook
    end
    return uniter.installed and next_action(model, unit) or false
  end
end

local function queued(_, unit)
  return unit.uniter.queue[1]
end

local function install(_, unit)
  if not unit.uniter.installed then
    if unit.life == "dying" then
      return { kind = "forget", name = "forget" }
    end
    return plain "install"
  end
end

local function created(model, unit)
  for id, relation in names.each(model.relations) do
    if relation.life == "alive" and unit.life == "alive"
      and relations.sides(relation, unit.application)
      and not unit.uniter.relations[id] then
      return relation_hook("created", relation, unit)
    end
  end
end

local function leadership(model, unit)
  local application <const> = model.applications[unit.application]
  local uniter <const> = unit.uniter
  if models.is_leader(model, unit) then
    return not uniter.leader and plain "leader-elected" or nil
  elseif application.leader_settings_version > uniter.leader_settings
    and models.setting(model, "agent-version") < "4" then
    return plain "leader-settings-changed"
  end
end

local function workload(_, unit, seen)
  for name, boot in names.each(seen.boots) do
    if unit.uniter.containers[name] ~= boot then
      return {
        kind = "pebble-ready",
        name = name .. "-pebble-ready",
        workload = name,
        boot = boot,
      }
    end
  end
end

local function storage_hook(id, storage, kind)
  return {
    kind = "storage-" .. kind,
    name = ("%s-storage-%s"):format(storage.name, kind),
    storage = id,
  }
end

local function storage_attached(_, unit)
  for id, storage in names.each(unit.storage) do
    if unit.uniter.started and unit.life == "alive"
      and not storage.attached then
      return storage_hook(id, storage, "attached")
    end
  end
end

local function config_changed(model, unit)
  local application <const> = model.applications[unit.application]
  if unit.life == "alive"
    and unit.uniter.config_version ~= application.config_version then
    local hook <const> = plain "config-changed"
    hook.version = application.config_version
    return hook
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

-- The leader wrote its own application databag, so it is not told of it.
local function application_changed(model, relation, unit, memory)
  local own <const>, remote <const> =
    relations.sides(relation, unit.application)
  local version <const> = relation.versions[remote.application]
  if version ~= memory.app_version
    and not (own == remote and models.is_leader(model, unit)) then
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
  for id, memory in names.each(unit.uniter.relations) do
    local relation <const> = model.relations[id]
    if relation and (#relation.endpoints == 1) == peers then
      local hook <const> = one_relation(model, unit, relation, memory)
      if hook then
        return hook
      end
    end
  end
end

local function related(model, unit)
  return each_relation(model, unit, false) or each_relation(model, unit, true)
end

local function removal(model, unit)
  if unit.life ~= "dying" then
    return nil
  end
  local hook <const> = related(model, unit)
  if hook then
    return hook
  end
  for id, storage in names.each(unit.storage) do
    if storage.attached then
      return storage_hook(id, storage, "detaching")
    end
  end
  if not unit.uniter.stopped then
    return plain "stop"
  end
  return unit.uniter.removed and { kind = "forget", name = "forget" }
    or plain "remove"
end

local function update_status(_, unit, seen)
  if unit.uniter.started and seen.update_status then
    return plain "update-status"
  end
end

local STAGES <const> = {
  interrupted, queued, install, created, leadership, workload, next_action,
  storage_attached, removal, config_changed, related, update_status,
}

---The hook a unit runs next. Kind "forget" is none: the unit is at its end.
---@param model table
---@param unit lab.Unit
---@param seen lab.Seen
---@return lab.Hook?
function M.next(model, unit, seen)
  for _, stage in ipairs(STAGES) do
    local hook <const> = stage(model, unit, seen)
    if hook ~= nil then
      return hook or nil
    end
  end
end

return M
