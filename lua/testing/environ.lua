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
local WORKLOAD_HOOKS <const> = {
  "pebble-ready", "pebble-custom-notice", "pebble-check-failed",
  "pebble-check-recovered",
}
local STORAGE_HOOKS <const> = { "storage-attached", "storage-detaching" }
-- Those that say which revision they are about.
local SECRET_HOOKS <const> = {
  ["secret-changed"] = false,
  ["secret-expired"] = true,
  ["secret-remove"] = true,
  ["secret-rotate"] = false,
}

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

-- The one of a list that is meant: by what the spec says, or the only one.
local function only(event, list, what, wanted, fits)
  local found
  for _, item in ipairs(list) do
    if wanted == nil or fits(item) then
      if found then
        refuse(event, "there are several " .. what, "say which")
      end
      found = item
    end
  end
  return found or refuse(event, "the state has no such " .. what)
end

local function storage_variables(event, name, hook, state, options)
  local wanted = options.storage
  local index = type(wanted) == "table" and wanted.index or wanted
  local named = {}
  for _, each in ipairs(state.storages) do
    if each.name == name then
      named[#named + 1] = each
    end
  end
  local storage = only(event, named, "storage", wanted, function(each)
    return each.index == index
  end)
  return name .. "-" .. hook, {
    JUJU_STORAGE_ID = ("%s/%d"):format(name, storage.index),
    JUJU_STORAGE_LOCATION = storage.location,
    JUJU_STORAGE_KIND = storage.kind,
  }
end

local function secret_variables(event, hook, state, options)
  local wanted = options.secret
  local secret = only(event, state.secrets, "secret", wanted, function(each)
    local key = type(wanted) == "table" and (wanted.id or wanted.label)
      or wanted
    return each.id == key or each.label == key
  end)
  return hook, {
    JUJU_SECRET_ID = secret.id,
    JUJU_SECRET_LABEL = secret.label or "",
    JUJU_SECRET_REVISION = SECRET_HOOKS[hook]
      and tostring(options.revision or secret.revision) or nil,
  }
end

local function workload_variables(event, name, hook, state, options)
  local variables = { JUJU_WORKLOAD_NAME = name }
  local container = {}
  for _, each in ipairs(state.containers) do
    container = each.name == name and each or container
  end
  if hook == "pebble-custom-notice" then
    local wanted = options.notice
    local id = type(wanted) == "table" and wanted.id or wanted
    local notice = only(event, container.notices or {}, "notice", wanted,
      function(each)
        return each.id == id or each.key == id
          or type(wanted) == "table" and each.key == wanted.key
      end)
    variables.JUJU_NOTICE_ID = notice.id
    variables.JUJU_NOTICE_TYPE = notice.type or "custom"
    variables.JUJU_NOTICE_KEY = notice.key
  elseif hook ~= "pebble-ready" then
    local list = {}
    for check in pairs(container.checks or {}) do
      list[#list + 1] = check
    end
    variables.JUJU_PEBBLE_CHECK_NAME = only(event, list, "check",
      options.check, function(each)
        return each == options.check
      end)
  end
  return name .. "-" .. hook, variables
end

local function event_variables(event, meta, state, options)
  local endpoint, hook = match(event, meta.relations, RELATION_HOOKS)
  if endpoint then
    return relation_variables(event, endpoint, hook, state, options)
  end
  local container, workload_hook =
    match(event, meta.containers, WORKLOAD_HOOKS)
  if container then
    return workload_variables(event, container, workload_hook, state, options)
  end
  local storage, storage_hook = match(event, meta.storages, STORAGE_HOOKS)
  if storage then
    return storage_variables(event, storage, storage_hook, state, options)
  end
  local lifecycle = event:gsub("_", "-")
  if SECRET_HOOKS[lifecycle] ~= nil then
    return secret_variables(event, lifecycle, state, options)
  end
  return lifecycle, {}
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
