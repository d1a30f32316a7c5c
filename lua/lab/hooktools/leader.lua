-- SPDX-License-Identifier: Apache-2.0
-- is-leader; leader-get and leader-set, which Juju 4 no longer has.
local null = require "std.null"
local pairs_of = require "lab.hooktools.pairs"

local M = {}

M["is-leader"] = {
  format = "smart",
  args = 0,
  run = function(context) return context:is_leader() end,
}

M["leader-get"] = {
  before = "4",
  format = "smart",
  args = 1,
  run = function(context, _, args)
    local settings <const> = context.application.leader_settings
    if args[1] and args[1] ~= "-" then
      return settings[args[1]] or null
    end
    return settings
  end,
}

M["leader-set"] = {
  before = "4",
  run = function(context, _, args)
    local changes, message, code = pairs_of.parse(args)
    if not changes then
      return nil, message, code
    elseif not context:is_leader() then
      return nil, "cannot write leadership settings: cannot write settings: "
        .. "not the leader", 1
    end
    local application <const> = context.application
    for key, value in pairs(changes) do
      application.leader_settings[key] = value ~= "" and value or nil
    end
    application.leader_settings_version =
      application.leader_settings_version + 1
    context.unit.uniter.leader_settings = application.leader_settings_version
    context.save()
  end,
}

return M
