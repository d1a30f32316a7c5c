-- SPDX-License-Identifier: Apache-2.0
-- juju-log, goal-state, credential-get, juju-reboot.
local models = require "lab.model"
local names = require "lab.names"
local relations = require "lab.model.relations"
local times = require "std.time"

local M = {}

local LEVELS <const> = {
  TRACE = true, DEBUG = true, INFO = true, WARNING = true, ERROR = true,
  CRITICAL = true,
}

M["juju-log"] = {
  flags = {
    { "log-level", "l", default = "INFO" }, { "debug", bool = true },
    { "format", default = "" },
  },
  run = function(context, options, args)
    if #args == 0 then
      return nil, "no message specified", 2
    end
    local level = options.debug and "DEBUG" or options["log-level"]:upper()
    if not LEVELS[level] then
      context.log("WARNING", ('Specified log level of "%s" is not valid')
        :format(level))
      level = "INFO"
    end
    local message <const> = table.concat(args, " ")
    local hook <const> = context.hook
    if hook.relation then
      context.log(level,
        ("%s:%s: %s"):format(hook.endpoint, hook.relation, message))
    else
      context.log(level, message)
    end
  end,
}

local function goal(unit)
  return {
    status = unit.life == "alive" and unit.workload.status or unit.life,
    since = times.rfc3339(unit.workload.since),
  }
end

M["goal-state"] = {
  format = "yaml",
  args = 0,
  run = function(context)
    local model <const>, own_app <const> =
      context.model, context.unit.application
    local found <const> = { units = {}, relations = {} }
    for _, unit in ipairs(models.units_of(model, own_app)) do
      found.units[unit.name] = goal(unit)
    end
    for _, relation in names.each(model.relations) do
      local own <const>, remote <const> = relations.sides(relation, own_app)
      if own and own ~= remote then
        local goals <const> = found.relations[own.name] or {}
        found.relations[own.name] = goals
        goals[remote.application] = {
          status = relation.since and "joined" or "joining",
          since = times.rfc3339(relation.since or context.now()),
        }
        for _, unit in ipairs(models.units_of(model, remote.application)) do
          goals[unit.name] = goal(unit)
        end
      end
    end
    return found
  end,
}

M["credential-get"] = {
  format = "smart",
  args = 0,
  run = function(context)
    if not context.application.trust then
      return nil, "cannot access cloud credentials: permission denied", 1
    end
    return { type = "kubernetes", name = "charmlab" }
  end,
}

M["juju-reboot"] = {
  flags = { { "now", bool = true } },
  args = 0,
  run = function(context)
    if context.action then
      return nil, "juju-reboot is not supported when running an action.", 1
    end
    return nil, "juju-reboot is not supported on k8s", 1
  end,
}

return M
