-- SPDX-License-Identifier: Apache-2.0
-- The state that a spec starts from and the one it ends with: plain tables.
-- What a spec leaves out has a default; a state out may be the next state in.
local complete = require "testing.complete"
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
---@field remote_model_uuid? string

---@class testing.Network
---@field bind_address? string
---@field ingress_addresses? string[]
---@field egress_subnets? string[]

---@class testing.Secret
---@field id? string
---@field label? string
---@field owner? "app"|"unit" none: another application's
---@field granted? boolean may another's be read; true by default
---@field tracked_content? table<string, string>
---@field latest_content? table<string, string> as tracked by default
---@field revision? integer of the latest content
---@field description? string
---@field expire? number seconds since 1970
---@field rotate? string
---@field remote_grants? table<integer, string[]> by relation: apps and units

---@class testing.Storage
---@field name string
---@field index? integer
---@field location? string
---@field kind? string

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
---@field opened_ports? table<string, true|table> {["80/tcp"] = true}, or a set of endpoints
---@field secrets? testing.Secret[]
---@field storages? testing.Storage[]
---@field planned_units? integer
---@field cloud_spec? juju.CloudSpec
---@field unit_status? {name: string, message: string}
---@field app_status? {name: string, message: string}
---@field workload_version? string
---@field model? {name: string, uuid: string, type?: string}
local State = {}
State.__index = State

local UNIT_PREFIX <const> = complete.UNIT_PREFIX

M.copy = complete.copy
M.complete = complete.state

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

---@param wanted string id or label
---@return testing.Secret?
function State:get_secret(wanted)
  for _, secret in ipairs(self.secrets) do
    if secret.id == wanted or secret.label == wanted then
      return secret
    end
  end
end

---@param name string
---@param index? integer default 0
---@return testing.Storage?
function State:get_storage(name, index)
  for _, storage in ipairs(self.storages) do
    if storage.name == name and storage.index == (index or 0) then
      return storage
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
