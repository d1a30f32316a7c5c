-- SPDX-License-Identifier: Apache-2.0
-- The events that Juju sends, as data: the kinds, and from a charm's metadata
-- the events it has. What each kind carries is in FIELDS.
local action = require "ops.action"
local collect_status = require "ops.collect_status"
local event = require "ops.event"
local names = require "ops.names"

local M = {}

local GONE <const> = "the unit is going away, there may be no next event"

local LIFECYCLE <const> = {
  { name = "config_changed" },
  { name = "install" },
  { name = "leader_elected" },
  { name = "leader_settings_changed" }, -- until Juju 3
  { name = "remove", no_defer = GONE },
  { name = "start" },
  { name = "stop", no_defer = GONE },
  { name = "update_status" },
  { name = "upgrade_charm" },
}

-- One for each endpoint, container or action.
local PER_NAME <const> = {
  { of = "relations", suffix = "relation_created", scope = "relation" },
  { of = "relations", suffix = "relation_joined", scope = "relation" },
  { of = "relations", suffix = "relation_changed", scope = "relation" },
  { of = "relations", suffix = "relation_departed", scope = "relation" },
  { of = "relations", suffix = "relation_broken", scope = "relation" },
  { of = "containers", suffix = "pebble_ready", scope = "workload" },
}

-- scope -> the fields of the event, from the environment of the hook.
local FIELDS <const> = {
  relation = function(context, model)
    local remote_unit = context.remote_unit_name
    local departing = context.departing_unit_name
    local app_name = context.remote_app_name
    return {
      relation = model:relation_by_id(context.relation_name,
        context.relation_id),
      app = app_name and model:get_app(app_name),
      unit = remote_unit and model:get_unit(remote_unit),
      departing_unit = departing and model:get_unit(departing),
    }
  end,
  workload = function(context, model)
    return { workload = model.containers[context.workload_name] }
  end,
  action = function(context)
    return { id = context.action_uuid }
  end,
}

---@param meta ops.Meta
---@return table<string, table> classes event name -> event class
---@return table<string, boolean> prefixes what on["db"] may name
function M.from_metadata(meta)
  local classes, prefixes = {}, {}
  for _, kind in ipairs(LIFECYCLE) do
    classes[kind.name] = event.class {
      source = "juju",
      no_defer = kind.no_defer,
    }
  end
  for _, kind in ipairs(PER_NAME) do
    for name in pairs(meta[kind.of]) do
      local prefix = names.event(name)
      prefixes[prefix] = true
      classes[prefix .. "_" .. kind.suffix] = event.class {
        source = "juju",
        scope = kind.scope,
        type_name = event.default_type_name(kind.suffix),
      }
    end
  end
  for name in pairs(meta.actions) do
    prefixes[names.event(name)] = true
    classes[names.event(name) .. "_action"] = action.event_class()
  end
  classes.collect_app_status = collect_status.event_class()
  classes.collect_unit_status = collect_status.event_class()
  return classes, prefixes
end

---The event of this dispatch: "hooks/db-relation-changed" in the environment
---is db_relation_changed, "actions/restart" is restart_action.
---@param context juju.Context
---@return string
function M.name(context)
  local path = context.dispatch_path or "hooks/" .. (context.hook_name or "")
  local kind, name = path:match("^(.-)/?([^/]*)$")
  return names.event(name) .. (kind == "actions" and "_action" or "")
end

---What the event of this dispatch carries.
---@param bound_event ops.BoundEvent
---@param context juju.Context
---@param model ops.Model
---@return table<string, any>
function M.fields(bound_event, context, model)
  local scope = FIELDS[bound_event.class.options.scope]
  return scope and scope(context, model) or {}
end

return M
