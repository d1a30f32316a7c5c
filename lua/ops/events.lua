-- SPDX-License-Identifier: Apache-2.0
-- The events that Juju sends, as data: the kinds, and from a charm's metadata
-- the events it has. What each kind carries is in ops/event_fields.lua.
local lazy = require "std.lazy"
local action = lazy "ops.action"
local collect_status = require "ops.collect_status"
local event = require "ops.event"
local event_fields = lazy "ops.event_fields"
local event_methods = require "ops.event_methods"
local names = require "ops.names"

local M = {}

local GONE <const> = "the unit is going away, there may be no next event"
local AGAIN <const> = "Juju sends the event again until it is dealt with"
local RESTRICTED <const> = "Juju keeps no state in this event"

local LIFECYCLE <const> = {
  { name = "collect_metrics", no_defer = RESTRICTED }, -- until Juju 3.5
  { name = "config_changed" },
  { name = "install" },
  { name = "leader_elected" },
  { name = "leader_settings_changed" }, -- until Juju 3
  { name = "meter_status_changed", no_defer = RESTRICTED }, -- until Juju 3.5
  { name = "post_series_upgrade" }, -- until Juju 3
  { name = "pre_series_upgrade" }, -- until Juju 3
  { name = "remove", no_defer = GONE },
  { name = "secret_changed", scope = "secret" },
  { name = "secret_expired", scope = "secret", no_defer = AGAIN },
  { name = "secret_remove", scope = "secret" },
  { name = "secret_rotate", scope = "secret", no_defer = AGAIN },
  { name = "start" },
  { name = "stop", no_defer = GONE },
  { name = "update_status" },
  { name = "upgrade_charm" },
}

-- One for each endpoint, storage or container.
local PER_NAME <const> = {
  { of = "relations", suffix = "relation_created", scope = "relation" },
  { of = "relations", suffix = "relation_joined", scope = "relation" },
  { of = "relations", suffix = "relation_changed", scope = "relation" },
  { of = "relations", suffix = "relation_departed", scope = "relation" },
  { of = "relations", suffix = "relation_broken", scope = "relation" },
  { of = "storages", suffix = "storage_attached", scope = "storage" },
  { of = "storages", suffix = "storage_detaching", scope = "storage" },
  { of = "containers", suffix = "pebble_ready", scope = "workload" },
  { of = "containers", suffix = "pebble_custom_notice", scope = "notice" },
  { of = "containers", suffix = "pebble_check_failed", scope = "check" },
  { of = "containers", suffix = "pebble_check_recovered", scope = "check" },
}

-- The events of one kind share a class, whatever they are of.
local classes_of <const> = {}

local function class_of(kind)
  local name = kind.name or kind.suffix
  if not classes_of[name] then
    local class = event.class {
      source = "juju",
      scope = kind.scope,
      no_defer = kind.no_defer,
      kind = name,
    }
    for method, body in pairs(event_methods[name] or {}) do
      class[method] = body
    end
    classes_of[name] = class
  end
  return classes_of[name]
end

---@param meta ops.Meta
---@return table<string, table> classes event name -> event class
---@return table<string, boolean> prefixes what on["db"] may name
function M.from_metadata(meta)
  local classes, prefixes = {}, {}
  for _, kind in ipairs(LIFECYCLE) do
    classes[kind.name] = class_of(kind)
  end
  for _, kind in ipairs(PER_NAME) do
    for name in pairs(meta[kind.of]) do
      local prefix = names.event(name)
      prefixes[prefix] = true
      classes[prefix .. "_" .. kind.suffix] = class_of(kind)
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
  local scope = event_fields[bound_event.class.options.scope]
  return scope and scope(context, model) or {}
end

return M
