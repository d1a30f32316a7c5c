-- SPDX-License-Identifier: Apache-2.0
-- The charm's configuration: config["log-level"]. Read once, when the first
-- option is asked for. A declared option without value is nil; an option that
-- config.yaml doesn't declare raises.
local lazy = require "std.lazy"
local errors = require "std.error"
local juju_config = lazy "juju.config"
local must = require "ops.must"
local names = require "ops.names"

local M = {}

-- Juju writes a float with an integral value as an integer.
local function typed(value, option)
  if option and option.type == "float" and math.type(value) == "integer" then
    return value + 0.0
  end
  return value
end

---@param options table<string, {type: string, default?: any}>
---@return table<string, string|integer|number|boolean>
function M.new(options)
  local values
  local function all()
    if not values then
      values = {}
      for name, value in pairs(must(juju_config.get())) do
        values[name] = typed(value, options[name])
      end
    end
    return values
  end
  return setmetatable({}, {
    __name = "ops.Config",
    __index = function(_, name)
      if not options[name] then
        errors.raise {
          kind = "unknown-option",
          tried = ("read the config option '%s'"):format(tostring(name)),
          happened = "config.yaml does not declare it",
          hint = "it declares: " .. names.listed(options),
        }
      end
      return all()[name]
    end,
    __newindex = function(_, name)
      error(("cannot set the config option '%s': the operator does, by "
        .. "`juju config`"):format(tostring(name)), 2)
    end,
    __pairs = function()
      local found = all()
      local keys, i = names.sorted_keys(found), 0
      return function()
        i = i + 1
        return keys[i], found[keys[i]]
      end
    end,
  })
end

return M
