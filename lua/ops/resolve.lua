-- SPDX-License-Identifier: Apache-2.0
-- From what a deferred event kept back to the model's objects, by kind. nil
-- for what this version of the charm does not declare any more.
local secret = require "ops.secret"
local workload_info = require "ops.workload_info"

---@type table<string, fun(model: ops.Model, value: any): any>
local M = {}

function M.app(model, name)
  return model:get_app(name)
end

function M.unit(model, name)
  return model:get_unit(name)
end

function M.container(model, name)
  return model.meta.containers[name] and model.containers[name]
end

function M.relation(model, label)
  local name, id = label:match "^(.*):(%d+)$"
  return model.meta.relations[name]
    and model:relation_by_id(name, math.tointeger(id))
end

function M.storage(model, value)
  local name, index = value.id:match "^(.*)/(%d+)$"
  return model.meta.storages[name]
    and model:storage_by_id(name, math.tointeger(index), value.location)
end

function M.secret(model, value)
  return secret.new(model, value)
end

function M.notice(model, value)
  return workload_info.notice(model, value)
end

function M.check(model, value)
  return workload_info.check(model, value)
end

return M
