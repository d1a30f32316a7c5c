-- SPDX-License-Identifier: Apache-2.0
-- network-get and unit-get. A unit has one address, the same
-- for every binding.
local json = require "std.json"
local relations = require "lab.model.relations"

local M = {}

local SELECTORS <const> = {
  { "bind-address", bool = true }, { "ingress-address", bool = true },
  { "egress-subnets", bool = true }, { "primary-address", bool = true },
}

local function network(address)
  local cidr <const> = address .. "/32"
  return {
    ["bind-addresses"] = json.array {
      {
        ["mac-address"] = "",
        ["interface-name"] = "lo",
        addresses = json.array {
          { hostname = "", value = address, cidr = cidr, address = address },
        },
      },
    },
    ["egress-subnets"] = json.array { cidr },
    ["ingress-addresses"] = json.array { address },
  }
end

local function selected(options, address)
  local found <const> = {
    ["bind-address"] = address,
    ["ingress-address"] = address,
    ["egress-subnets"] = json.array { address .. "/32" },
    ["primary-address"] = address,
  }
  local chosen <const> = {}
  local last, count = nil, 0
  for _, flag in ipairs(SELECTORS) do
    if options[flag[1]] then
      last, count = found[flag[1]], count + 1
      chosen[flag[1]] = last
    end
  end
  if count > 1 then
    return chosen
  end
  return last
end

M["network-get"] = {
  flags = { { "relation", "r" }, table.unpack(SELECTORS) },
  format = "smart",
  args = 1,
  run = function(context, options, args)
    local binding = args[1]
    if not binding then
      return nil, "no arguments specified", 2
    end
    local endpoints <const> = context.application.charm.endpoints
    if not endpoints[binding] and binding ~= "juju-info" then
      return nil, ('no network config found for binding "%s"')
        :format(binding), 1
    end
    local relation <const> =
      options.relation and context:relation(options.relation)
    if options.relation and not relation then
      return nil, ('invalid value "%s" for option -r: relation not found')
        :format(options.relation), 2
    end
    local own <const> =
      relation and relations.sides(relation, context.unit.application)
    assert(not relation or own, "a relation of another application")
    local address <const> = context.unit.address
    return selected(options, address) or network(address)
  end,
}

M["unit-get"] = {
  format = "smart",
  run = function(context, _, args)
    if not args[1] then
      return nil, "no setting specified", 2
    elseif args[1] ~= "private-address" and args[1] ~= "public-address" then
      return nil, ('unknown setting "%s"'):format(args[1]), 2
    end
    return context.unit.address
  end,
}

return M
