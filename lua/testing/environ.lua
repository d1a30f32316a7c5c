-- SPDX-License-Identifier: Apache-2.0
-- The environment that Juju gives a hook, for an event of a spec:
-- "db_relation_changed", "restart_action", "temporal_pebble_ready".
local errors = require "std.error"
local names = require "ops.names"

local M = {}

local RELATION_HOOKS <const> = {
  "relation-created", "relation-joined", "relation-changed",
  "relation-departed", "relation-broken",
}
local WORKLOAD_HOOKS <const> = { "pebble-ready" }

-- Which of `declared` is meant by "db_relation_changed" with one of `hooks`.
local function match(event, declared, hooks)
  for name in pairs(declared) do
    for _, hook in ipairs(hooks) do
      if event == names.event(name .. "-" .. hook) then
        return name, hook
      end
    end
  end
end

local function refuse(event, happened, hint)
  errors.raise {
    kind = "inconsistent-scenario",
    tried = "run " .. event,
    happened = happened,
    hint = hint,
  }
end

-- The relation of the event: named, or the only one of its endpoint.
local function pick(event, endpoint, state, wanted)
  local found
  for _, relation in ipairs(state.relations) do
    local is_it = relation.endpoint == endpoint and
      (wanted == nil or relation.id == wanted
        or type(wanted) == "table" and relation.id == wanted.id)
    if is_it and found then
      refuse(event, ("there are several relations of '%s'"):format(endpoint),
        "say which: { relation = id }")
    end
    found = is_it and relation or found
  end
  if not found then
    refuse(event, ("the state has no such relation of '%s'"):format(endpoint))
  end
  return found
end

local function only_unit(units)
  local first = next(units)
  return first and next(units, first) == nil and first or nil
end

local function relation_variables(event, endpoint, hook, state, options)
  local relation = pick(event, endpoint, state, options.relation)
  local app = relation.peer and options.app_name or relation.remote_app_name
  local units = relation.peer and relation.peers_data
    or relation.remote_units_data
  local unit = options.unit
  local of_unit = hook == "relation-joined" or hook == "relation-departed"
    or hook == "relation-changed" and not options.app
  if unit == nil and of_unit then
    unit = only_unit(units)
    if unit == nil and hook ~= "relation-changed" then
      refuse(event, "it is not said which remote unit it is about",
        "say which: { unit = 0 }")
    end
  end
  local variables = {
    JUJU_RELATION = endpoint,
    JUJU_RELATION_ID = ("%s:%d"):format(endpoint, relation.id),
    JUJU_REMOTE_APP = app,
    JUJU_REMOTE_UNIT = unit and of_unit and ("%s/%d"):format(app, unit) or "",
  }
  if hook == "relation-departed" then
    variables.JUJU_DEPARTING_UNIT = options.departing_unit
      or variables.JUJU_REMOTE_UNIT
  end
  return endpoint .. "-" .. hook, variables
end

local function event_variables(event, meta, state, options)
  local endpoint, hook = match(event, meta.relations, RELATION_HOOKS)
  if endpoint then
    return relation_variables(event, endpoint, hook, state, options)
  end
  local container, workload_hook =
    match(event, meta.containers, WORKLOAD_HOOKS)
  if container then
    return container .. "-" .. workload_hook,
      { JUJU_WORKLOAD_NAME = container }
  end
  return event:gsub("_", "-"), {}
end

---@param event string
---@param meta ops.Meta
---@param state testing.State completed
---@param options table of the run and of the context
---@return table<string, string> environ
function M.make(event, meta, state, options)
  local environ = {
    CHARM_DIR = options.charm_root,
    JUJU_CHARM_DIR = options.charm_root,
    JUJU_CONTEXT_ID = options.unit_name .. "-" .. event,
    JUJU_MODEL_NAME = state.model.name,
    JUJU_MODEL_UUID = state.model.uuid,
    JUJU_UNIT_NAME = options.unit_name,
    JUJU_VERSION = options.juju_version,
  }
  local action = match(event, meta.actions, { "action" })
  if action then
    environ.JUJU_ACTION_NAME = action
    environ.JUJU_ACTION_UUID = "1"
    environ.JUJU_DISPATCH_PATH = "actions/" .. action
    environ.JUJU_HOOK_NAME = ""
  else
    local hook, variables = event_variables(event, meta, state, options)
    environ.JUJU_HOOK_NAME = hook
    environ.JUJU_DISPATCH_PATH = "hooks/" .. hook
    for name, value in pairs(variables) do
      environ[name] = value
    end
  end
  for name, value in pairs(options.environ or {}) do
    environ[name] = value
  end
  return environ
end

return M
