-- SPDX-License-Identifier: Apache-2.0
-- relation-ids, relation-list, relation-get, relation-set, relation-model-get:
-- the databag rules as a unit meets them.
local json = require "std.json"
local names = require "lab.names"
local null = require "std.null"
local pairs_of = require "lab.hooktools.pairs"
local relations = require "lab.model.relations"

local M = {}

local RELATION <const> = { "relation", "r" }

-- The relation a tool is about: -r, or that of the hook.
local function wanted(context, options)
  local text <const> = options.relation or context.hook.relation
  if not text then
    return nil, "no relation id specified", 2
  end
  local relation <const> = context:relation(text)
  if not relation then
    return nil, ('invalid value "%s" for option -r: relation not found')
      :format(text), 2
  end
  return relation
end

M["relation-ids"] = {
  format = "smart",
  args = 1,
  run = function(context, _, args)
    local endpoint <const> = args[1] or context.hook.endpoint
    if not endpoint then
      return nil, "no endpoint name specified", 2
    end
    return json.array(context:relation_ids(endpoint))
  end,
}

M["relation-list"] = {
  flags = { RELATION, { "app", bool = true } },
  format = "smart",
  args = 0,
  run = function(context, options)
    local relation, message, code = wanted(context, options)
    if not relation then
      return nil, message, code
    end
    if options.app then
      local _, remote =
        relations.sides(relation, context.unit.application)
      return remote.application
    end
    return json.array(context:members(relation))
  end,
}

-- Whose databag relation-get means.
local function whose(context, options, name)
  local hook <const> = context.hook
  name = name or (options.app and hook.remote_app or hook.remote_unit)
  if not name and not options.app and hook.remote_app then
    name = hook.remote_app
  end
  if not name then
    return nil, "no unit or application specified", 2
  end
  local app <const> = names.split_unit(name)
  if options.app then
    return app or name
  elseif app or name == hook.remote_app and not hook.remote_unit then
    return name
  elseif names.is_application(name) then
    return nil, ('expected unit name, got application name "%s"')
      :format(name), 2
  end
  return nil, ('invalid unit name "%s"'):format(name), 2
end

M["relation-get"] = {
  flags = { RELATION, { "app", bool = true } },
  format = "smart",
  args = 2,
  run = function(context, options, args)
    local relation, message, code = wanted(context, options)
    if not relation then
      return nil, message, code
    end
    local who, why, status = whose(context, options, args[2])
    if not who then
      return nil, why, status
    elseif not context:may_read(relation, who) then
      return nil, "permission denied", 1
    end
    local bag <const> = context:bag(relation, who)
    if not bag then
      return nil, ('cannot read settings for "%s" in relation "%s": settings '
        .. "not found"):format(who, relations.key(relation.endpoints)), 1
    elseif args[1] and args[1] ~= "-" then
      return bag[args[1]] or null
    end
    return bag
  end,
}

M["relation-set"] = {
  flags = {
    RELATION, { "app", bool = true }, { "file" },
    { "format", default = "" },
  },
  reads_stdin = function(options) return options.file == "-" end,
  run = function(context, options, args, request)
    local relation, message, code = wanted(context, options)
    if not relation then
      return nil, message, code
    end
    local changes, why, status = pairs_of.read(context, options, args, request)
    if not changes then
      return nil, why, status
    end
    if options.app and not context:is_leader() then
      return nil, "cannot write relation settings", 1
    end
    local unit <const> = context.unit
    context:set_bag(relation, options.app and unit.application or unit.name,
      changes)
  end,
}

M["relation-model-get"] = {
  flags = { RELATION },
  since = "3.6",
  format = "yaml",
  args = 0,
  run = function(context, options)
    local relation, message, code = wanted(context, options)
    if not relation then
      return nil, message, code
    end
    return { uuid = context.model.uuid }
  end,
}

return M
