-- SPDX-License-Identifier: Apache-2.0
-- What an event of Juju's carries, by its scope, from the environment of the
-- hook: the model's objects, made without asking Juju for anything.
local lazy = require "std.lazy"
local secret = lazy "ops.secret"
local workload_info = lazy "ops.workload_info"

---@type table<string, fun(context: juju.Context, model: ops.Model): table>
local M = {}

function M.relation(context, model)
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
end

function M.storage(context, model)
  return {
    storage = model:storage_by_id(context.storage_name, context.storage_index,
      context.storage_location),
  }
end

function M.secret(context, model)
  return {
    secret = secret.new(model, {
      id = context.secret_id,
      label = context.secret_label,
    }),
    label = context.secret_label,
    revision = context.secret_revision,
  }
end

function M.workload(context, model)
  return { workload = model.containers[context.workload_name] }
end

function M.notice(context, model)
  return {
    workload = model.containers[context.workload_name],
    notice = workload_info.notice(model, {
      container = context.workload_name,
      id = context.notice_id,
      type = context.notice_type,
      key = context.notice_key,
    }),
  }
end

function M.check(context, model)
  return {
    workload = model.containers[context.workload_name],
    info = workload_info.check(model, {
      container = context.workload_name,
      name = context.pebble_check_name,
    }),
  }
end

function M.action(context)
  return { id = context.action_uuid }
end

return M
