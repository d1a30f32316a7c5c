-- SPDX-License-Identifier: Apache-2.0
-- The other hook tools in specs: config, leadership, status, log, version,
-- the cloud.
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

M["goal-state"] = {
  run = function(juju)
    local units, count, number = {}, 0, 0
    local name = juju.unit
    while count < juju.planned_units do
      if not units[name] then
        units[name] = { status = "active", since = "" }
        count = count + 1
      end
      name = ("%s/%d"):format(juju.app, number)
      number = number + 1
    end
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

M["juju-reboot"] = {
  flags = { now = "flag" },
  run = function(juju, args)
    if juju.params then
      return nil, "juju-reboot is not supported when running an action."
    end
    juju.now.reboot = args.flags.now and "now" or "later"
    return ""
  end,
}

M["credential-get"] = {
  run = function(juju)
    local spec = juju.cloud_spec
    if not spec then
      return nil, "cannot access cloud credentials: permission denied"
    end
    local credential = spec.credential
    return words.json {
      type = spec.type,
      name = spec.name,
      region = spec.region,
      endpoint = spec.endpoint,
      ["identity-endpoint"] = spec.identity_endpoint,
      ["storage-endpoint"] = spec.storage_endpoint,
      credential = credential and {
        ["auth-type"] = credential.auth_type,
        attrs = credential.attributes,
        redacted = credential.redacted and json.array(credential.redacted),
      },
      cacertificates = json.array(spec.ca_certificates or {}),
      ["skip-tls-verify"] = spec.skip_tls_verify,
      ["is-controller-cloud"] = spec.is_controller_cloud,
    }
  end,
}

return M
