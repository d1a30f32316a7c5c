-- SPDX-License-Identifier: Apache-2.0
-- What must hold for a combined plan, beyond the form of its layers. Pure.
local order = require "lab.supervisor.plan.order"
local shellwords = require "std.shellwords"

local M = {}

local function check_command(what, command)
  if not command or command == "" then
    return nil, ('plan must define "command" for %s'):format(what)
  end
  local words, message = M.split_command(command)
  if not words then
    return nil, ("plan %s command invalid: %s"):format(what, message)
  end
  return true
end

---Splits a service's command; words in brackets are default arguments.
---@param command string
---@return string[]? argv
---@return string? message
function M.split_command(command)
  local words, message = shellwords.split(command)
  if not words then
    return nil, message
  end
  local argv <const> = {}
  local opened, closed = false, false
  for _, word in ipairs(words) do
    if closed then
      return nil, "nothing may follow the default arguments in [ ]"
    elseif word == "[" then
      if opened or #argv == 0 then
        return nil, "misplaced [ in the command"
      end
      opened = true
    elseif word == "]" and opened then
      closed = true
    else
      argv[#argv + 1] = word
    end
  end
  if opened and not closed or #argv == 0 then
    return nil, opened and "[ without ] in the command" or "empty command"
  end
  return argv
end

local function check_service(name, service)
  local what <const> = ("service %q"):format(name)
  if name == "" or name == "pebble" or name:sub(1, 1) == "-" then
    return nil, ("cannot use the reserved name %s"):format(what)
  elseif service["backoff-factor"] and service["backoff-factor"] < 1 then
    return nil, ("plan %s backoff-factor must be 1.0 or greater, not %g")
      :format(what, service["backoff-factor"])
  end
  return check_command(what, service.command)
end

local probe_rules = {
  http = function(what, probe)
    if not probe.url then
      return nil, ('plan must set "url" for http %s'):format(what)
    end
    return true
  end,
  tcp = function(what, probe)
    if not probe.port or probe.port == 0 then
      return nil, ('plan must set "port" for tcp %s'):format(what)
    end
    return true
  end,
  exec = function(what, probe, plan)
    local context <const> = probe["service-context"]
    if context and not plan.services[context] then
      return nil, ("plan %s service context specifies non-existent service %q")
        :format(what, context)
    end
    return check_command("exec " .. what, probe.command)
  end,
}

local function check_check(name, check, plan)
  local what <const> = ("check %q"):format(name)
  if check.period == 0 or check.timeout == 0 then
    return nil, ("plan %s %s must not be zero"):format(what,
      check.period == 0 and "period" or "timeout")
  end
  local kind
  for _, candidate in ipairs { "http", "tcp", "exec" } do
    if check[candidate] then
      if kind then
        return nil, ("plan must specify one of http, tcp or exec for %s")
          :format(what)
      end
      kind = candidate
    end
  end
  if not kind then
    return nil, ("plan must specify one of http, tcp or exec for %s")
      :format(what)
  end
  return probe_rules[kind](what, check[kind], plan)
end

local function check_target(name, target, plan)
  if not target.type then
    return nil, ('plan must define "type" for log target %q'):format(name)
  elseif not target.location then
    return nil, ('plan must define "location" for log target %q'):format(name)
  end
  for _, word in ipairs(target.services or {}) do
    local service <const> = word:match("^%-?(.*)$")
    if service ~= "all" and not plan.services[service] then
      return nil, ("log target %q specifies unknown service %q")
        :format(name, service)
    end
  end
  for label in pairs(target.labels or {}) do
    if label:find("^pebble_") then
      return nil, ("log target %q: label %q uses the reserved prefix pebble_")
        :format(name, label)
    end
  end
  return true
end

local RULES <const> = {
  { section = "services", check = check_service },
  { section = "checks", check = check_check },
  { section = "log-targets", check = check_target },
}

---@param plan lab.Layer combined
---@return true? ok
---@return string? message
function M.plan(plan)
  for _, rule in ipairs(RULES) do
    for _, name in ipairs(order.sorted_keys(plan[rule.section])) do
      local ok, message = rule.check(name, plan[rule.section][name], plan)
      if not ok then
        return nil, message
      end
    end
  end
  local sorted, message = order.sort(plan.services)
  return sorted and true, message
end

return M
