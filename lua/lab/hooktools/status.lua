-- SPDX-License-Identifier: Apache-2.0
-- status-set, status-get, application-version-set: written at once, since
-- they are for people who watch.
local models = require "lab.model"

local M = {}

local SETTABLE <const> = { "maintenance", "blocked", "waiting", "active" }

local function settable(status)
  for _, name in ipairs(SETTABLE) do
    if name == status then
      return true
    end
  end
  return false
end

M["status-set"] = {
  flags = { { "application", bool = true } },
  run = function(context, options, args)
    if #args < 1 then
      return nil, "invalid args, require <status> [message]", 2
    elseif not settable(args[1]) then
      return nil, ('invalid status "%s", expected one of [%s]')
        :format(args[1], table.concat(SETTABLE, " ")), 2
    elseif #args > 2 then
      return nil, ('unrecognized args: ["%s"]'):format(args[3]), 2
    elseif options.application and not context:is_leader() then
      return nil, "this unit is not the leader", 1
    end
    local status <const> = models.status(args[1], args[2], context.now())
    if options.application then
      context.application.status = status
    else
      context.unit.workload, context.unit.workload_set = status, true
    end
    context.save()
  end,
}

local function shown(status)
  return {
    status = status.status,
    message = status.message,
    ["status-data"] = {},
  }
end

local function application_status(context)
  local units <const> = {}
  for _, unit in ipairs(models.units_of(context.model,
    context.unit.application)) do
    units[unit.name] = shown(unit.workload)
  end
  local status <const> =
    shown(context.application.status or models.status("unknown", "", 0))
  status.units = units
  return { ["application-status"] = status }
end

M["status-get"] = {
  flags = {
    { "include-data", bool = true }, { "application", bool = true },
  },
  format = "smart",
  args = 0,
  run = function(context, options)
    if options.application then
      if not context:is_leader() then
        return nil,
          "finding application status: this unit is not the leader", 1
      end
      local found <const> = application_status(context)
      if options["include-data"] then
        return found
      end
      return found["application-status"].status
    end
    local status <const> = context.unit.workload
    if options["include-data"] then
      return shown(status)
    end
    return { status = status.status }
  end,
}

M["application-version-set"] = {
  run = function(context, _, args)
    if #args == 0 then
      return nil, "no version specified", 2
    elseif #args > 1 then
      return nil, ('unrecognized args: ["%s"]'):format(args[2]), 2
    end
    context.application.version = args[1]
    context.save()
  end,
}

return M
