-- SPDX-License-Identifier: Apache-2.0
-- The state that a spec starts from and the one it ends with: plain tables.
-- What a spec leaves out has a default; a state out may be the next state in.
local deferral = require "ops.deferral"
local json = require "std.json"

local M = {}

---@class testing.Relation
---@field endpoint string
---@field id? integer
---@field remote_app_name? string
---@field remote_app_data? table<string, string>
---@field remote_units_data? table<integer, table<string, string>>
---@field peers_data? table<integer, table<string, string>> peer relations
---@field local_app_data? table<string, string>
---@field local_unit_data? table<string, string>

---@class testing.Network
---@field bind_address? string
---@field ingress_addresses? string[]
---@field egress_subnets? string[]

---@class testing.State
---@field leader? boolean
---@field config? table<string, any>
---@field relations? testing.Relation[]
---@field containers? testing.ContainerState[]
---@field networks? table<string, testing.Network> by endpoint
---@field resources? table<string, string> path by name
---@field deferred? ops.Notice[] made by ctx:deferred()
---@field unit_state? table<string, any> ops.state, lifetime "unit"
---@field container_state? table<string, any> lifetime "container"
---@field opened_ports? table<string, true> {["80/tcp"] = true}
---@field unit_status? {name: string, message: string}
---@field app_status? {name: string, message: string}
---@field workload_version? string
---@field model? {name: string, uuid: string}
local State = {}
State.__index = State

local UNIT_PREFIX <const> = "state/"
local NOTICE_PREFIX <const> = "deferred/"
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

-- What state-get would say: the unit's state and the deferred notices.
local function stored_of(state)
  local stored = {}
  for name, value in pairs(state.unit_state or {}) do
    stored[UNIT_PREFIX .. name] = json.encode(value)
  end
  for i, notice in ipairs(state.deferred or {}) do
    local plain = M.copy(notice)
    plain.key = nil
    stored[("%s%010d"):format(NOTICE_PREFIX, i)] = json.encode(plain)
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
function M.complete(state, meta)
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
    unit_status = M.copy(state.unit_status
      or { name = "unknown", message = "" }),
    app_status = M.copy(state.app_status or { name = "unknown", message = "" }),
    workload_version = state.workload_version or "",
    model = M.copy(state.model
      or { name = "testing", uuid = "00000000-0000-4000-8000-000000000000" }),
  }
end

-- The keys of a Juju store as ops.deferral reads them.
local function as_store(stored)
  return {
    keys = function(_, prefix)
      local found = {}
      for key in pairs(stored) do
        if key:sub(1, #prefix) == prefix then
          found[#found + 1] = key
        end
      end
      table.sort(found)
      return found
    end,
    get = function(_, key)
      return stored[key]
    end,
  }
end

---@param whole table what the dispatch left
---@return testing.State
function M.result(whole)
  whole.deferred = deferral.read(as_store(whole.stored))
  whole.unit_state = {}
  for key, text in pairs(whole.stored) do
    if key:sub(1, #UNIT_PREFIX) == UNIT_PREFIX then
      whole.unit_state[key:sub(#UNIT_PREFIX + 1)] = json.decode(text)
    end
  end
  return setmetatable(whole, State)
end

---@param wanted string|integer endpoint or id
---@return testing.Relation?
function State:get_relation(wanted)
  for _, relation in ipairs(self.relations) do
    if relation.endpoint == wanted or relation.id == wanted then
      return relation
    end
  end
end

---@param name string
---@return testing.ContainerState?
function State:get_container(name)
  for _, container in ipairs(self.containers) do
    if container.name == name then
      return container
    end
  end
end

return M
