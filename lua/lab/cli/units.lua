-- SPDX-License-Identifier: Apache-2.0
-- add-unit, remove-unit, scale-application, delete-pod, resolved.
local client = require "lab.cli.client"
local std_duration = require "std.duration"

local M = {}

M["add-unit"] = {
  args = "APPLICATION [--num-units N]",
  about = "add units to an application",
  flags = { { "num-units", "n", integer = true, default = 1 } },
  least = 1,
  run = function(options, args)
    if options["num-units"] < 1 then
      return nil, "--num-units must be a positive integer", 2
    end
    local result, message = client.call {
      verb = "add-unit", model = options.model, application = args[1],
      count = options["num-units"],
    }
    return result and 0, message
  end,
}

-- Names of units, or one application and how many of its units.
local function removal(options, args)
  local count <const> = options["num-units"]
  local named <const> = args[1]:find("/", 1, true)
  if named and count then
    return nil, "--num-units goes with an application, not with units"
  elseif not named and #args > 1 then
    return nil, "units are removed from one application at a time"
  elseif not named and (count or 0) < 1 then
    return nil, ('say how many units of "%s" are to go: --num-units N')
      :format(args[1])
  end
  return {
    verb = "remove-unit", model = options.model,
    units = named and args or nil,
    application = not named and args[1] or nil, count = count,
    force = options.force, no_wait = options["no-wait"],
    destroy_storage = options["destroy-storage"],
  }
end

local function remove_unit(options, args)
  local call, wrong = removal(options, args)
  if not call then
    return nil, wrong, 2
  end
  local result, message = client.call(call)
  if not result then
    return nil, message
  elseif result.left then
    io.stderr:write(("scaling down to %d units\n"):format(result.left))
  else
    for _, name in ipairs(result.units) do
      io.stdout:write("will remove unit ", name, "\n")
    end
  end
  return 0
end

M["remove-unit"] = {
  args = "UNIT... | APPLICATION --num-units N",
  about = "remove units: these, or those with the highest numbers",
  flags = {
    { "num-units", integer = true }, { "force", bool = true },
    { "no-wait", bool = true }, { "no-prompt", bool = true },
    { "destroy-storage", bool = true },
  },
  least = 1,
  most = 100,
  run = remove_unit,
}

M["scale-application"] = {
  args = "APPLICATION N",
  about = "set how many units an application has",
  least = 2,
  run = function(options, args)
    local count <const> = args[2]:find("^%d+$") and math.tointeger(args[2])
    if not count then
      return nil, ('invalid scale "%s": it must be a number'):format(args[2]),
        2
    end
    local result, message = client.call {
      verb = "scale-application", model = options.model,
      application = args[1], count = count,
    }
    if not result then
      return nil, message
    end
    io.stderr:write(("%s scaled to %d units\n"):format(args[1], count))
    return 0
  end,
}

local function delete_pod(options, args)
  local grace <const> = options["grace-period"]
  local away, why = std_duration.parse(options.away)
  if not away or grace and grace < 0 then
    return nil, why or "--grace-period must not be negative", 2
  end
  local result, message = client.call {
    verb = "delete-pod", model = options.model, unit = args[1],
    kill = grace == 0, away = away,
  }
  return result and 0, message
end

M["delete-pod"] = {
  args = "UNIT [--grace-period 0] [--away 5s]",
  about = "end a unit's pod, as kubectl does; it comes back by itself",
  flags = {
    { "grace-period", integer = true }, { "away", default = "1s" },
  },
  least = 1,
  run = delete_pod,
}

M.resolved = {
  args = "UNIT... | --all [--no-retry]",
  about = "run a failed hook again, or count it as done",
  flags = { { "no-retry", bool = true }, { "all", bool = true } },
  most = 100,
  run = function(options, args)
    if #args == 0 and not options.all then
      return nil, "no unit specified", 2
    elseif #args > 0 and options.all then
      return nil, "specify unit or --all option, not both", 2
    end
    local result, message = client.call {
      verb = "resolved", model = options.model, units = args,
      all = options.all, no_retry = options["no-retry"],
    }
    return result and 0, message
  end,
}

return M
