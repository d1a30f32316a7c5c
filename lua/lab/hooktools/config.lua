-- SPDX-License-Identifier: Apache-2.0
-- config-get.
local null = require "std.null"

local M = {}

-- A float option with an integral value prints as an integer.
local function plain(value)
  if math.type(value) == "float" then
    return math.tointeger(value) or value
  end
  return value
end

M["config-get"] = {
  flags = { { "all", "a", bool = true } },
  format = "smart",
  args = 1,
  run = function(context, options, args)
    if options.all and args[1] then
      return nil, ('cannot use argument --all together with key "%s"')
        :format(args[1]), 2
    end
    local values <const> = {}
    for name, value in pairs(context:config()) do
      values[name] = plain(value)
    end
    if args[1] then
      local value <const> = values[args[1]]
      return value == nil and null or value
    end
    for name in pairs(options.all and context.application.charm.options or {})
    do
      values[name] = values[name] == nil and null or values[name]
    end
    return values
  end,
}

return M
