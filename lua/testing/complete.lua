-- SPDX-License-Identifier: Apache-2.0
-- A state as a spec writes it, made whole: what is left out gets its default.
-- Used by testing.state.
local deferral = require "ops.deferral"
local json = require "std.json"

local M = {}

M.UNIT_PREFIX = "state/"
local JUJU_DATA <const> = {
  ["egress-subnets"] = "192.0.2.10/32",
  ["ingress-address"] = "192.0.2.10",
}

---@generic T
---@param value T
---@return T
function M.copy(value)
  if type(value) ~= "table" then
    return value
  end
  local copied = {}
  for key, inner in pairs(value) do
    copied[key] = M.copy(inner)
  end
  return setmetatable(copied, getmetatable(value))
end

local function or_default(value, default)
  return M.copy(value ~= nil and value or default)
end

local function complete_relation(relation, meta, next_id)
  local declared = meta.relations[relation.endpoint]
  local peer = declared ~= nil and declared.role == "peer"
  return {
    endpoint = relation.endpoint,
    id = relation.id or next_id,
    peer = peer,
    remote_app_name = not peer and (relation.remote_app_name or "remote")
      or nil,
    remote_app_data = or_default(relation.remote_app_data, {}),
    remote_units_data = not peer
      and or_default(relation.remote_units_data, { [0] = JUJU_DATA }) or nil,
    peers_data = peer and or_default(relation.peers_data, {}) or nil,
    local_app_data = or_default(relation.local_app_data, {}),
    local_unit_data = or_default(relation.local_unit_data, JUJU_DATA),
    remote_model_uuid = relation.remote_model_uuid,
  }
end

local function complete_relations(relations, meta)
  local list, highest = {}, 0
  for _, relation in ipairs(relations) do
    highest = math.max(highest, relation.id or 0)
  end
  for i, relation in ipairs(relations) do
    if not relation.id then
      highest = highest + 1
    end
    list[i] = complete_relation(relation, meta, highest)
  end
  return list
end

local function complete_secrets(secrets)
  local list = {}
  for i, secret in ipairs(secrets) do
    local whole = M.copy(secret)
    whole.id = secret.id or ("secret:given%015d"):format(i)
    whole.tracked_content = whole.tracked_content or {}
    whole.latest_content = whole.latest_content or whole.tracked_content
    whole.revision = secret.revision or 1
    whole.remote_grants = whole.remote_grants or {}
    list[i] = whole
  end
  return list
end

local function complete_storages(storages)
  local list, next_index = {}, {}
  for i, storage in ipairs(storages) do
    local name = storage.name
    local index = storage.index or next_index[name] or 0
    next_index[name] = index + 1
    list[i] = {
      name = name,
      index = index,
      kind = storage.kind or "filesystem",
      location = storage.location or ("/storage/%s/%d"):format(name, index),
    }
  end
  return list
end

-- What state-get would say: the unit's state and the deferred notices.
local function stored_of(state)
  local stored = {}
  for name, value in pairs(state.unit_state or {}) do
    stored[M.UNIT_PREFIX .. name] = json.encode(value)
  end
  local rounds = 0
  for _, notice in ipairs(state.deferred or {}) do
    rounds = math.max(rounds, (notice.count or 1) - 1)
  end
  stored[deferral.ROUNDS] = rounds > 0 and tostring(rounds) or nil
  for i, notice in ipairs(state.deferred or {}) do
    local plain = M.copy(notice)
    plain.round = rounds - (notice.count or 1) + 1
    stored[("%s%010d"):format(deferral.PREFIX, i)] = deferral.encode(plain)
  end
  return stored
end

local function config_of(config, meta)
  local values = {}
  for name, option in pairs(meta.config) do
    if option.default ~= json.null then
      values[name] = option.default
    end
  end
  for name, value in pairs(config or {}) do
    values[name] = value
  end
  return values
end

---@param state testing.State
---@param meta ops.Meta
---@return testing.State whole a copy with every field there
function M.state(state, meta)
  return {
    leader = state.leader == true,
    config = config_of(state.config, meta),
    relations = complete_relations(state.relations or {}, meta),
    containers = M.copy(state.containers or {}),
    networks = M.copy(state.networks or {}),
    resources = M.copy(state.resources or {}),
    stored = stored_of(state),
    container_state = M.copy(state.container_state or {}),
    opened_ports = M.copy(state.opened_ports or {}),
    secrets = complete_secrets(state.secrets or {}),
    storages = complete_storages(state.storages or {}),
    planned_units = state.planned_units or 1,
    cloud_spec = M.copy(state.cloud_spec),
    unit_status = M.copy(state.unit_status
      or { name = "unknown", message = "" }),
    app_status = M.copy(state.app_status or { name = "unknown", message = "" }),
    workload_version = state.workload_version or "",
    model = M.copy(state.model
      or { name = "testing", uuid = "00000000-0000-4000-8000-000000000000" }),
  }
end

return M
