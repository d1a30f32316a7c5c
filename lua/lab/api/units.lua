-- SPDX-License-Identifier: Apache-2.0
-- Verbs about units: more and fewer of them, a pod deleted, a failed hook
-- resolved.
local fs = require "host.fs"
local models = require "lab.model"
local names = require "lab.names"
local paths = require "lab.paths"
local progress = require "lab.progress"
local removal = require "lab.model.removal"
local sys = require "host.sys"

local M = {}

M.verbs = {}

---Adds units and starts their agents.
---@param world lab.World
---@param application table
---@param count integer
---@return string[] names
function M.add(world, application, count)
  local added <const> = {}
  for i, unit in ipairs(models.add_units(world.model, application.name, count,
    sys.time())) do
    assert(fs.remove_all(paths.unit(world.data, world.model.name,
      unit.name).root))
    world:start_agent(unit)
    added[i] = unit.name
  end
  return added
end

-- Force does not wait for a hook that never ends.
local FORCE_PATIENCE <const> = 60

local function kill_later(world, name)
  local agent <const> = world.agents[name]
  world.loop:sleep(FORCE_PATIENCE)
  if agent and world.agents[name] == agent then
    world:kill_unit(name)
  end
end

---Ends units by their hooks; with force and no_wait at once, as they are.
---@param world lab.World
---@param units lab.Unit[]
---@param call { force: boolean?, no_wait: boolean?, destroy_storage: boolean? }
---@return string[] names
function M.remove(world, units, call)
  local removed <const> = {}
  for i, unit in ipairs(units) do
    removed[i] = unit.name
    unit.destroy_storage = call.destroy_storage or unit.destroy_storage
  end
  removal.units(units, call.force)
  world:save()
  for _, name in ipairs(removed) do
    if call.force and call.no_wait then
      world:kill_unit(name)
    elseif call.force then
      world.loop:spawn(kill_later, world, name)
    end
  end
  return removed
end

-- A verb's function gets the world and the living application.
local function on_application(run)
  return function(controller, call)
    local world, message = controller:world(call)
    if not world then
      return nil, message
    end
    local application, why = models.application(world.model, call.application)
    if not application then
      return nil, why
    elseif application.life ~= "alive" then
      return nil, ('application "%s" is not alive'):format(application.name)
    end
    return run(world, application, call)
  end
end

local function living(world, application)
  local found <const> = {}
  for _, unit in ipairs(models.units_of(world.model, application.name)) do
    if unit.life == "alive" then
      found[#found + 1] = unit
    end
  end
  return found
end

-- As Kubernetes does: those with the highest numbers go.
local function last_ones(units, count)
  return table.move(units, #units - count + 1, #units, 1, {})
end

M.verbs["add-unit"] = on_application(function(world, application, call)
  local added <const> = M.add(world, application, call.count)
  world:save()
  return { units = added }
end)

M.verbs["scale-application"] = on_application(function(world, application, call)
  local units <const> = living(world, application)
  if call.count >= #units then
    M.add(world, application, call.count - #units)
    world:save()
  else
    M.remove(world, last_ones(units, #units - call.count), call)
  end
  return { count = call.count }
end)

local remove_some <const> = on_application(function(world, application, call)
  local units <const> = living(world, application)
  if call.count > #units then
    return nil, ('cannot remove %d units of application "%s": it has %d')
      :format(call.count, application.name, #units)
  end
  return {
    units = M.remove(world, last_ones(units, call.count), call),
    left = #units - call.count,
  }
end)

local function find_units(world, wanted)
  local units <const> = {}
  for i, name in ipairs(wanted) do
    units[i] = world.model.units[name]
    if not units[i] then
      return nil, ('unit "%s" not found'):format(name)
    end
  end
  return units
end

M.verbs["remove-unit"] = function(controller, call)
  if call.application then
    return remove_some(controller, call)
  end
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local units, why = find_units(world, call.units)
  return units and { units = M.remove(world, units, call) }, why
end

M.verbs["delete-pod"] = function(controller, call)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local units, why = find_units(world, { call.unit })
  if not units then
    return nil, why
  end
  world.agents[call.unit]:end_pod { kill = call.kill, away = call.away }
  return { unit = call.unit }
end

local function failed_units(world)
  local found <const> = {}
  for _, unit in names.each(world.model.units) do
    if unit.uniter.failed then
      found[#found + 1] = unit
    end
  end
  return found
end

-- The hook that failed runs again at once, or counts as done.
local function resolve(world, unit, no_retry)
  local failed <const> = unit.uniter.failed
  if no_retry then
    progress.done(world.model, unit, failed.hook, sys.time())
  else
    failed.retry_at = 0
  end
end

M.verbs.resolved = function(controller, call)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local units, why
  if call.all then
    units = failed_units(world)
  else
    units, why = find_units(world, call.units)
  end
  for _, unit in ipairs(units or {}) do
    if not unit.uniter.failed or unit.uniter.pending then
      return nil, ('unit "%s" is not in an error state'):format(unit.name)
    end
  end
  for _, unit in ipairs(units or {}) do
    resolve(world, unit, call.no_retry)
  end
  world:save()
  return units and { count = #units }, why
end

return M
