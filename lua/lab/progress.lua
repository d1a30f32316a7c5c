-- SPDX-License-Identifier: Apache-2.0
-- What a hook's beginning, success and failure leave in the model: the unit
-- agent's memory that lab.order decides on. Pure.
local models = require "lab.model"
local relations = require "lab.model.relations"
local secret_events = require "lab.model.secret_events"

local M = {}

local FIRST_DELAY <const>, LAST_DELAY <const> = 5, 300

-- What a hook is about may have moved on since it was chosen or failed.
local function current_version(model, unit, hook)
  local relation <const> = model.relations[hook.relation]
  local application <const> = model.applications[unit.application]
  if hook.kind == "config-changed" then
    return application.config_version
  elseif hook.kind == "upgrade-charm" then
    return application.charm_version
  elseif hook.kind == "relation-changed" and relation then
    return relation.versions[hook.remote_unit or hook.remote_app]
  end
end

---Remembers the hook as begun, so that a killed lab runs it again.
---@param model table
---@param unit lab.Unit
---@param hook lab.Hook
---@param now number
function M.begin(model, unit, hook, now)
  local uniter <const> = unit.uniter
  uniter.turn = uniter.turn + 1
  if hook.action then
    local action <const> = model.actions[hook.action]
    action.status, action.started = "running", now
    unit.agent = models.status("executing", hook.commands
      and "running commands" or "running action " .. hook.name, now)
    return
  end
  uniter.pending = hook
  hook.version = current_version(model, unit, hook)
  if hook.kind == "relation-created" then
    uniter.relations[hook.relation] = { members = {}, app_version = 0 }
    relations.enter(model, model.relations[hook.relation], unit, now)
  elseif hook.kind == "install" and not unit.workload_set then
    unit.workload =
      models.status("maintenance", "installing charm software", now)
  end
  unit.agent =
    models.status("executing", ("running %s hook"):format(hook.name), now)
end

local function memory(unit, hook)
  return unit.uniter.relations[hook.relation] or { members = {} }
end

local DONE <const> = {
  install = function(_, unit) unit.uniter.installed = true end,
  -- Leadership may be gone again: then the next one is a new one.
  ["leader-elected"] = function(model, unit)
    unit.uniter.leader = models.is_leader(model, unit)
  end,
  ["leader-settings-changed"] = function(model, unit)
    unit.uniter.leader_settings =
      model.applications[unit.application].leader_settings_version
  end,
  ["config-changed"] = function(_, unit, hook)
    unit.uniter.config_version = hook.version
    if not unit.uniter.started then
      table.insert(unit.uniter.queue, { kind = "start", name = "start" })
    end
  end,
  ["upgrade-charm"] = function(_, unit, hook)
    unit.uniter.charm_version = hook.version
    table.insert(unit.uniter.queue, 1,
      { kind = "config-changed", name = "config-changed" })
  end,
  start = function(_, unit, _, now)
    unit.uniter.started, unit.uniter.stopped = true, nil
    if not unit.workload_set then
      unit.workload = models.status("unknown", "", now)
    end
  end,
  stop = function(_, unit) unit.uniter.stopped = true end,
  remove = function(_, unit) unit.uniter.removed = true end,
  ["pebble-ready"] = function(_, unit, hook)
    unit.uniter.containers[hook.workload] = hook.boot
  end,
  ["storage-attached"] = function(_, unit, hook)
    unit.storage[hook.storage].attached = true
  end,
  ["storage-detaching"] = function(_, unit, hook)
    unit.storage[hook.storage].attached = false
  end,
  ["relation-joined"] = function(_, unit, hook)
    memory(unit, hook).members[hook.remote_unit] = 0
  end,
  ["relation-changed"] = function(_, unit, hook)
    if hook.remote_unit then
      memory(unit, hook).members[hook.remote_unit] = hook.version
    else
      memory(unit, hook).app_version = hook.version
    end
  end,
  ["relation-departed"] = function(_, unit, hook)
    memory(unit, hook).members[hook.remote_unit] = nil
  end,
  ["relation-broken"] = function(model, unit, hook)
    unit.uniter.relations[hook.relation] = nil
    local relation <const> = model.relations[hook.relation]
    if relation then
      relations.leave(model, relation, unit)
    end
  end,
}

for _, kind in ipairs { "custom-notice", "check-failed", "check-recovered" } do
  DONE["pebble-" .. kind] = function(_, unit, hook)
    local uniter <const> = unit.uniter
    uniter.heard = uniter.heard or {}
    uniter.heard[hook.workload] = hook.sequence
  end
end
for _, kind in ipairs { "changed", "expired", "remove", "rotate" } do
  DONE["secret-" .. kind] = secret_events.done
end

---@param model table
---@param unit lab.Unit
---@param hook lab.Hook
---@param now number
function M.done(model, unit, hook, now)
  local uniter <const> = unit.uniter
  if not hook.action then
    uniter.pending, uniter.failed = nil, nil
    local first <const> = uniter.queue[1]
    if first and first.name == hook.name then
      table.remove(uniter.queue, 1)
    end
    local done <const> = DONE[hook.kind]
    if done then
      done(model, unit, hook, now)
    end
  end
  M.idle(unit, now)
end

---The agent's status between hooks: idle, or the error it waits in.
---@param unit lab.Unit
---@param now number
function M.idle(unit, now)
  local failed <const> = unit.uniter.failed
  if failed then
    unit.agent = models.status("error",
      ('hook failed: "%s"'):format(failed.hook.name), now)
  else
    unit.agent = models.status("idle", "", now)
  end
end

---The unit's pod is a new one: what was started starts again.
---@param model table
---@param unit lab.Unit
---@param now number
function M.pod_started(model, unit, now)
  local uniter <const> = unit.uniter
  if not models.is_leader(model, unit) then
    uniter.leader = false
  end
  if uniter.started and not uniter.queue[1] then
    table.insert(uniter.queue, { kind = "start", name = "start" })
  end
  M.idle(unit, now)
end

---The same hook again after 5 s, doubling to 5 min, give or take a tenth.
---@param unit lab.Unit
---@param hook lab.Hook
---@param options { now: number, random: number, retry: boolean }
---@return number delay until the retry
function M.failed(unit, hook, options)
  local uniter <const> = unit.uniter
  local attempts <const> = (uniter.failed and uniter.failed.attempts or 0) + 1
  local delay = math.min(FIRST_DELAY * 2 ^ (attempts - 1), LAST_DELAY)
  delay = delay * (0.9 + 0.2 * options.random)
  uniter.pending = nil
  uniter.failed = {
    hook = hook,
    attempts = attempts,
    retry_at = options.retry and options.now + delay or math.maxinteger,
  }
  M.idle(unit, options.now)
  return delay
end

return M
