-- SPDX-License-Identifier: Apache-2.0
-- Which hook a unit runs next: Juju's resolvers as a list of stages over the
-- model and what the unit agent remembers (unit.uniter). Pure: next() decides,
-- lab.progress says what a finished hook leaves behind.
local actions = require "lab.model.actions"
local models = require "lab.model"
local names = require "lab.names"
local relations = require "lab.order.relations"
local secret_events = require "lab.model.secret_events"
local seed = require "lab.seed"

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
---@field notice { id: string, type: string, key: string }?
---@field check string?
---@field sequence integer? of the event of Pebble it is about
---@field action string? the task's id, also that of commands
---@field commands string? shell text of a juju exec
---@field secret string? its id
---@field label string? of that secret
---@field revision integer? of that secret
---@field latest integer? its latest revision when the hook was chosen

---@class lab.Seen what the agent sees outside the model
---@field now number
---@field boots table<string, string> boot id by ready container
---@field events table<string, lab.PebbleEvent>? by container
---@field update_status boolean it is time for one
---@field pod_ending boolean? the agent is told to end its pod

local function plain(kind)
  return { kind = kind, name = kind }
end

local function task_hook(action)
  if action.commands then
    return {
      kind = "exec", name = "run-commands", action = action.id,
      commands = action.commands,
    }
  end
  return { kind = "action", name = action.name, action = action.id }
end

local function next_task(model, unit, _, commands_only)
  local action <const> = actions.next(model, unit, commands_only)
  return action and task_hook(action)
end

-- A stage returns a hook, or nil to pass, or false: nothing at all for now.

-- What was begun and not finished, or failed: that hook again, and meanwhile
-- nothing but actions and commands.
local function interrupted(model, unit, seen)
  local uniter <const> = unit.uniter
  if uniter.pending then
    return uniter.pending
  elseif uniter.failed then
    if seen.now >= uniter.failed.retry_at then
      return uniter.failed.hook
    end
    return uniter.installed and next_task(model, unit) or false
  end
end

-- A pod that ends runs stop, and nothing after it.
local function stopping(_, unit, seen)
  if seen.pod_ending then
    return unit.uniter.started and not unit.uniter.stopped
      and plain "stop" or false
  end
end

-- Nothing comes between but commands.
local function queued(model, unit)
  local hook <const> = unit.uniter.queue[1]
  return hook and (next_task(model, unit, nil, true) or hook)
end

local function install(_, unit)
  if not unit.uniter.installed then
    if unit.life == "dying" then
      return { kind = "forget", name = "forget" }
    end
    return plain "install"
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

local PATIENCE <const> = 6

local function pebble_ready(model, unit, seen)
  local found <const> = seed.arrange(model, names.sorted(seen.boots),
    "containers", unit.name)
  for _, name in ipairs(found) do
    local boot <const> = seen.boots[name]
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

-- The agent asks Pebble now and then: the seed may have it notice late, but
-- before it has nothing else to do.
local function workload(model, unit, seen)
  local late <const> = seed.number(model, PATIENCE, "pebble", unit.name)
  return unit.uniter.turn >= late and pebble_ready(model, unit, seen) or nil
end

-- Notices and checks of a container whose pebble-ready has run.
local function pebble_event(model, unit, seen)
  if models.setting(model, "agent-version") < "3.6" then
    return nil
  end
  for name, event in names.each(seen.events or {}) do
    if unit.uniter.containers[name] == seen.boots[name] then
      return {
        kind = event.kind,
        name = name .. "-" .. event.kind,
        workload = name,
        notice = event.notice,
        check = event.check,
        sequence = event.sequence,
      }
    end
  end
end

local function secret(model, unit, seen)
  if unit.uniter.installed and unit.life == "alive" then
    return secret_events.next(model, unit, seen.now)
  end
end

local function storage_hook(id, storage, kind)
  return {
    kind = "storage-" .. kind,
    name = ("%s-storage-%s"):format(storage.name, kind),
    storage = id,
  }
end

local function storages(_, unit)
  for id, storage in names.each(unit.storage) do
    if unit.life == "dying" and storage.attached then
      return storage_hook(id, storage, "detaching")
    elseif unit.uniter.started and unit.life == "alive"
      and not storage.attached then
      return storage_hook(id, storage, "attached")
    end
  end
end

local function upgrade(model, unit)
  local version <const> = model.applications[unit.application].charm_version
  if unit.life == "alive" and unit.uniter.charm_version ~= version then
    return plain "upgrade-charm"
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

local function removal(model, unit)
  if unit.life ~= "dying" then
    return nil
  end
  local hook <const> = relations.next(model, unit)
  if hook then
    return hook
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
  interrupted, stopping, queued, install, relations.created, leadership,
  workload, pebble_event, secret, next_task, storages, removal, upgrade, config_changed,
  relations.next, pebble_ready, update_status,
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
