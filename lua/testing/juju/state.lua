-- SPDX-License-Identifier: Apache-2.0
-- state-get, -set and -delete in specs: the unit's key-value store.
local words = require "testing.juju.words"

local M = {}

local MAX_KEY <const> = 256
local MAX_VALUE <const> = 65536

M["state-get"] = {
  flags = { strict = "flag" },
  run = function(juju, args)
    local stored = juju.buffered.stored
    if args[1] and args[1] ~= "-" then
      if stored[args[1]] == nil and args.flags.strict then
        return nil, ('"%s" not found'):format(args[1])
      end
      return words.json(stored[args[1]] or "")
    end
    return next(stored) and words.json(stored) or "{}\n"
  end,
}

M["state-set"] = {
  flags = { file = "value" },
  run = function(juju, args)
    local values, why
    if args.flags.file then
      values, why = words.map_of(args.stdin)
    else
      values, why = words.pairs_of(args)
    end
    if not values then
      return nil, why, 2
    end
    for key, value in pairs(values) do
      if #key > MAX_KEY then
        return nil, "max allowed key length (256) exceeded"
      elseif #value > MAX_VALUE then
        return nil, "max allowed value length (65536) exceeded"
      end
      juju.buffered.stored[key] = value
    end
    return ""
  end,
}

M["state-delete"] = {
  run = function(juju, args)
    if args[1] then
      juju.buffered.stored[args[1]] = nil
    end
    return ""
  end,
}

return M
