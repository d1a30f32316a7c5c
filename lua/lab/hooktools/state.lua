-- SPDX-License-Identifier: Apache-2.0
-- state-get, state-set, state-delete: the charm's own state, committed with
-- the hook.
local pairs_of = require "lab.hooktools.pairs"

local M = {}

local MAX_KEY <const>, MAX_VALUE <const> = 256, 65536

M["state-get"] = {
  flags = { { "strict", bool = true } },
  format = "smart",
  args = 1,
  run = function(context, options, args)
    local state <const> = context:charm_state()
    if not args[1] or args[1] == "-" then
      return state
    elseif state[args[1]] == nil and options.strict then
      return nil, ('"%s" not found'):format(args[1]), 1
    end
    return state[args[1]] or ""
  end,
}

local function too_long(context, what, limit)
  if context.version < "4" then
    return ("max allowed %s length (%d) exceeded"):format(what, limit)
  end
  return ("max allowed %s length (%d): quota limit exceeded")
    :format(what, limit)
end

M["state-set"] = {
  flags = { { "file" } },
  reads_stdin = function(options) return options.file == "-" end,
  run = function(context, options, args, request)
    local changes, message, code =
      pairs_of.read(context, options, args, request)
    if not changes then
      return nil, message, code
    end
    for key, value in pairs(changes) do
      if #key > MAX_KEY then
        return nil, too_long(context, "key", MAX_KEY), 1
      elseif #value > MAX_VALUE then
        return nil, too_long(context, "value", MAX_VALUE), 1
      end
    end
    for key, value in pairs(changes) do
      context:set_state(key, value)
    end
  end,
}

M["state-delete"] = {
  args = 1,
  run = function(context, _, args)
    if args[1] then
      context:set_state(args[1], nil)
    end
  end,
}

return M
