-- SPDX-License-Identifier: Apache-2.0
-- A network binding: model:get_binding("db").network.bind_address. Asked of
-- Juju when .network is first used.
local juju_network = require "juju.network"
local must = require "ops.must"

local M = {}

---@class ops.NetworkInterface
---@field name string
---@field address? string
---@field subnet? string

---@class ops.Network
---@field bind_address? string the first address to bind
---@field ingress_address? string where others reach this unit
---@field bind_addresses string[]
---@field ingress_addresses string[]
---@field egress_subnets string[]
---@field interfaces ops.NetworkInterface[]

---@param found table network-get's answer
---@return ops.Network
function M.parse(found)
  local interfaces, bind = {}, {}
  for _, device in ipairs(found["bind-addresses"] or {}) do
    for _, address in ipairs(device.addresses or {}) do
      local value = address.value or address.address
      if value and value ~= "" then
        bind[#bind + 1] = value
        interfaces[#interfaces + 1] = {
          name = device["interface-name"] or device.interfacename,
          address = value,
          subnet = address.cidr ~= "" and address.cidr or nil,
        }
      end
    end
  end
  local ingress = found["ingress-addresses"] or {}
  return {
    bind_addresses = bind,
    bind_address = bind[1],
    ingress_addresses = ingress,
    ingress_address = ingress[1] or bind[1],
    egress_subnets = found["egress-subnets"] or {},
    interfaces = interfaces,
  }
end

---@class ops.Binding
---@field name string
---@field network ops.Network
local Binding = {}

function Binding.__index(self, key)
  if key == "network" then
    local found = must(juju_network.get(self.name,
      { relation = self.relation_id }))
    local network = M.parse(found)
    rawset(self, "network", network)
    return network
  end
end

---@param name string the endpoint
---@param relation_id? integer
---@return ops.Binding
function M.new(name, relation_id)
  return setmetatable({ name = name, relation_id = relation_id }, Binding)
end

return M
