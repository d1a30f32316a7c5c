-- SPDX-License-Identifier: Apache-2.0
-- Addresses (network-get). Always asked for whole: single values crash the
-- agent of Juju 3.6 where an interface has no address.
local tool = require "juju.tool"

local M = {}

---@class juju.NetworkDevice
---@field ["interface-name"] string
---@field addresses {value: string, cidr: string, hostname: string}[]

---@class juju.Network
---@field ["bind-addresses"]? juju.NetworkDevice[]
---@field ["ingress-addresses"]? string[]
---@field ["egress-subnets"]? string[]

---@param binding string an endpoint or an extra binding
---@param options? {relation?: integer}
---@return juju.Network?
---@return std.Error? err
function M.get(binding, options)
  local args = { "--format=json" }
  if options and options.relation then
    args[#args + 1] = "-r"
    args[#args + 1] = tostring(options.relation)
  end
  args[#args + 1] = binding
  local found, err = tool.read("network-get", args, "table",
    ("find the addresses of %s"):format(binding))
  if err then
    return nil, err
  end
  return found or {}
end

return M
