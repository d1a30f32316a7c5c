-- SPDX-License-Identifier: Apache-2.0
-- The other hook tools in specs: config, leadership, status, log, network,
-- ports, version.
local json = require "std.json"
local words = require "testing.juju.words"

local M = {}

local SETTABLE <const> = {
  active = true,
  blocked = true,
  maintenance = true,
  waiting = true,
}

M["config-get"] = {
  flags = { all = "flag" },
  run = function(juju, args)
    local value = juju.config
    if args[1] then
      value = value[args[1]]
    end
    return value == nil and "null\n" or words.json(value)
  end,
}

M["is-leader"] = {
  run = function(juju)
    return juju.leader and "true\n" or "false\n"
  end,
}

local function is_for_app(args)
  local flag = tostring(args.flags.application or ""):lower()
  return flag == "true"
end

M["status-set"] = {
  flags = { application = "flag" },
  run = function(juju, args)
    if not SETTABLE[args[1]] then
      return nil, ('invalid status "%s", expected one of [maintenance blocked '
        .. "waiting active]"):format(tostring(args[1])), 2
    elseif is_for_app(args) and not juju.leader then
      return nil, "this unit is not the leader"
    end
    local whose = is_for_app(args) and "app" or "unit"
    local status = { name = args[1], message = args[2] or "" }
    table.insert(juju.now[whose .. "_status_history"],
      juju.now[whose .. "_status"])
    juju.now[whose .. "_status"] = status
    return ""
  end,
}

M["status-get"] = {
  flags = { application = "flag", ["include-data"] = "flag" },
  run = function(juju, args)
    if is_for_app(args) and not juju.leader then
      return nil, "finding application status: this unit is not the leader"
    end
    local known = juju.now[is_for_app(args) and "app_status" or "unit_status"]
    local status = {
      status = known.name,
      message = known.message,
      ["status-data"] = {},
    }
    if is_for_app(args) then
      status.units = { [juju.unit] = { status = juju.now.unit_status.name } }
      return words.json { ["application-status"] = status }
    end
    return words.json(status)
  end,
}

M["juju-log"] = {
  flags = { ["log-level"] = "value", debug = "flag" },
  run = function(juju, args)
    if #args == 0 then
      return nil, "no message specified", 2
    end
    table.insert(juju.now.juju_log, {
      level = (args.flags["log-level"] or "INFO"):upper(),
      message = table.concat(args, " "),
    })
    return ""
  end,
}

M["application-version-set"] = {
  run = function(juju, args)
    if not args[1] then
      return nil, "no version specified", 2
    end
    juju.now.workload_version = args[1]
    return ""
  end,
}

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

M["goal-state"] = {
  run = function(juju)
    local units = { [juju.unit] = { status = "active", since = "" } }
    return words.json { units = units, relations = {} }
  end,
}

M["resource-get"] = {
  run = function(juju, args)
    local path = juju.resources[args[1] or ""]
    if not path then
      return nil, "could not download resource: resource not found"
    end
    return path
  end,
}

-- "80", "80/tcp", "icmp" -> "80/tcp"
local function port_of(word)
  if word == "icmp" then
    return word
  end
  local number, protocol = (word or ""):match("^(%d+)/?(%a*)$")
  if not number then
    return nil, ('invalid port "%s"'):format(tostring(word)), 2
  end
  return ("%d/%s"):format(number, protocol ~= "" and protocol or "tcp")
end

local function port_tool(opened)
  return {
    flags = { endpoints = "value" },
    run = function(juju, args)
      local port, why, code = port_of(args[1])
      if not port then
        return nil, why, code
      end
      juju.buffered.opened_ports[port] = opened
      return ""
    end,
  }
end

M["open-port"] = port_tool(true)
M["close-port"] = port_tool(nil)

M["opened-ports"] = {
  flags = { endpoints = "flag" },
  run = function(juju)
    local list = json.array {}
    for port in pairs(juju.buffered.opened_ports) do
      list[#list + 1] = port
    end
    table.sort(list)
    return words.json(list)
  end,
}

return M
