-- SPDX-License-Identifier: Apache-2.0
-- Verbs about tasks: queue an action or commands, wait for their end, list
-- the actions that a charm has.
local actions = require "lab.model.actions"
local json = require "std.json"
local models = require "lab.model"
local names = require "lab.names"
local null = require "std.null"
local sys = require "host.sys"

local M = {}

local LONGEST_WAIT <const> = 20

-- "app/leader" is the leader of app.
local function unit_name(model, text)
  local app <const> = text:match("^(.*)/leader$")
  if not app then
    return text
  end
  local application <const> = model.applications[app]
  return application and application.leader or text
end

M.run = function(controller, call)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local action, why = actions.enqueue(world.model, {
    unit = unit_name(world.model, call.unit),
    name = call.action,
    params = call.params or {},
    now = sys.time(),
  })
  if not action then
    return nil, why
  end
  world:save()
  return { id = action.id, operation = action.operation, unit = action.unit }
end

-- The units meant by names, applications, or all.
local function wanted_units(model, call)
  local found <const> = {}
  for _, name in ipairs(call.units or {}) do
    found[#found + 1] = unit_name(model, name)
  end
  for _, app in ipairs(call.applications or {}) do
    local application, message = models.application(model, app)
    if not application then
      return nil, message
    end
    for _, unit in ipairs(models.units_of(model, app)) do
      found[#found + 1] = unit.name
    end
  end
  return call.all and names.sorted(model.units) or found
end

M.exec = function(controller, call)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local model <const> = world.model
  local units, why = wanted_units(model, call)
  for _, name in ipairs(units or {}) do
    if not model.units[name] then
      return nil, ('unit "%s" not found'):format(name)
    end
  end
  if not units or #units == 0 then
    return nil, why or "no units to run the commands on"
  end
  local tasks <const> = json.array()
  for i, name in ipairs(units) do
    local action <const> = assert(actions.enqueue_commands(model,
      { unit = name, commands = call.commands, now = sys.time() }))
    tasks[i] = { id = action.id, operation = action.operation, unit = name }
  end
  world:save()
  return tasks
end

local ENDED <const> = { completed = true, failed = true, aborted = true }

---Waits for a task to end or to log something new; the client asks again.
M.task = function(controller, call)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local action <const> = world.model.actions[call.id]
  if not action then
    return nil, ('task "%s" not found'):format(tostring(call.id))
  end
  local deadline <const> =
    sys.monotonic() + math.min(call.wait or 0, LONGEST_WAIT)
  while not ENDED[action.status] and #action.log <= (call.logged or 0)
    and sys.monotonic() < deadline do
    world.changed:wait(deadline - sys.monotonic())
  end
  return {
    id = action.id, status = action.status, message = action.message,
    results = action.results, log = action.log, unit = action.unit,
    ended = ENDED[action.status] or false,
    completed = action.completed or null,
  }
end

M.actions = function(controller, call)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local application, why = models.application(world.model, call.application)
  if not application then
    return nil, why
  end
  return application.charm.actions
end

return M
