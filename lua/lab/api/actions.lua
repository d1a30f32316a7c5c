-- SPDX-License-Identifier: Apache-2.0
-- Verbs about actions: queue one, wait for a task, list what a charm has.
local actions = require "lab.model.actions"
local models = require "lab.model"
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
