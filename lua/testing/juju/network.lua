-- SPDX-License-Identifier: Apache-2.0
-- network-get and the ports in specs. opened_ports: name -> true, or the
-- endpoints for which it is open.
local json = require "std.json"
local words = require "testing.juju.words"

local M = {}

M["network-get"] = {
  flags = { relation = "value" },
  run = function(juju, args)
    local name = args[1]
    if not name then
      return nil, "no arguments specified", 2
    elseif not juju.meta.relations[name] and not juju.networks[name] then
      return nil, ('no network config found for binding "%s"'):format(name)
    end
    local network = juju.networks[name] or {}
    local bind = network.bind_address or "192.0.2.10"
    return words.json {
      ["bind-addresses"] = json.array {
        {
          ["interface-name"] = network.interface or "eth0",
          ["mac-address"] = "",
          addresses = json.array {
            { hostname = "", value = bind, cidr = bind .. "/32" },
          },
        },
      },
      ["egress-subnets"] = json.array(network.egress_subnets
        or { bind .. "/32" }),
      ["ingress-addresses"] = json.array(network.ingress_addresses
        or { bind }),
    }
  end,
}

-- "80", "80/tcp", "80-90/udp", "icmp" -> "80/tcp"
local function port_of(word)
  if word == "icmp" then
    return word
  end
  local first, last, protocol = (word or ""):match "^(%d+)%-?(%d*)/?(%a*)$"
  if not first then
    return nil, ('invalid port "%s"'):format(tostring(word)), 2
  end
  protocol = protocol ~= "" and protocol or "tcp"
  return last ~= "" and ("%s-%s/%s"):format(first, last, protocol)
    or ("%s/%s"):format(first, protocol)
end

local function endpoints_of(text)
  local set = {}
  for name in (text or ""):gmatch "[^,]+" do
    set[name] = true
  end
  return next(set) and set or nil
end

local function open(known, asked)
  if not asked or known == true then
    return true
  end
  local set = {}
  for _, each in ipairs { known or {}, asked } do
    for name in pairs(each) do
      set[name] = true
    end
  end
  return set
end

local function close(known, asked)
  if not asked or type(known) ~= "table" then
    return nil
  end
  local set = {}
  for name in pairs(known) do
    set[name] = not asked[name] or nil
  end
  return next(set) and set or nil
end

local function port_tool(change)
  return {
    flags = { endpoints = "value" },
    run = function(juju, args)
      local port, why, code = port_of(args[1])
      if not port then
        return nil, why, code
      end
      local ports = juju.buffered.opened_ports
      ports[port] = change(ports[port], endpoints_of(args.flags.endpoints))
      return ""
    end,
  }
end

M["open-port"] = port_tool(open)
M["close-port"] = port_tool(close)

local function listed(endpoints)
  if endpoints == true then
    return "*"
  end
  local list = {}
  for name in pairs(endpoints) do
    list[#list + 1] = name
  end
  table.sort(list)
  return table.concat(list, ", ")
end

M["opened-ports"] = {
  flags = { endpoints = "flag" },
  run = function(juju, args)
    local list = json.array {}
    for port, endpoints in pairs(juju.buffered.opened_ports) do
      list[#list + 1] = args.flags.endpoints
        and ("%s (%s)"):format(port, listed(endpoints)) or port
    end
    table.sort(list)
    return words.json(list)
  end,
}

return M
