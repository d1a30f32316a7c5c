-- SPDX-License-Identifier: Apache-2.0
-- secret-grant and secret-revoke: who else may read a secret, within a
-- relation.
local data = require "lab.hooktools.secret_data"
local names = require "lab.names"
local relations = require "lab.model.relations"

local M = {}

local RELATION <const> = { "relation", "r" }
local UNIT <const> = { "unit" }

local function id_of(args)
  if not args[1] then
    return nil, "missing secret URI"
  end
  local id <const> = data.id(args[1])
  if not id then
    return nil, ('secret URI "%s" not valid'):format(args[1])
  end
  return id
end

-- The relation a tool means, if it means one, and its other application.
local function relation_of(context, options)
  local text <const> = options.relation or context.hook.relation
  if not text then
    return nil
  end
  local relation <const> = context:relation(text)
  if not relation then
    return nil, ('invalid value "%s" for option -r: relation not found')
      :format(text)
  end
  local _, remote = relations.sides(relation, context.unit.application)
  return { id = relation.id, app = remote.application }
end

-- Whether --unit names a unit.
local function wrong_unit(options)
  if options.unit and not names.split_unit(options.unit) then
    return ('unit "%s" not valid'):format(options.unit)
  end
end

local function grant_target(context, options, args)
  local id, message = id_of(args)
  if not id then
    return nil, message
  end
  local relation, why = relation_of(context, options)
  if not relation then
    return nil, why or "no relation id specified"
  end
  local unit <const> = options.unit
  local wrong <const> = wrong_unit(options)
  if wrong then
    return nil, wrong
  elseif unit and names.split_unit(unit) ~= relation.app then
    return nil, ('cannot specify unit "%s" in relation to application "%s"')
      :format(unit, relation.app)
  end
  return id, { app = relation.app, unit = unit, relation = relation.id }
end

M["secret-grant"] = {
  since = "3",
  flags = { RELATION, UNIT },
  args = 1,
  run = function(context, options, args)
    local id, target = grant_target(context, options, args)
    if not id then
      return nil, target, 2
    end
    local ok, message = context.secrets:grant(id, target)
    if not ok then
      return nil, message, 1
    end
  end,
}

local function wrong_names(options)
  if options.app and not names.is_application(options.app) then
    return ('application "%s" not valid'):format(options.app)
  elseif options.app and options.unit then
    return "specify only one of application or unit"
  end
  return wrong_unit(options)
end

local function revoke_target(context, options, args)
  local id, message = id_of(args)
  if not id then
    return nil, message
  end
  local wrong <const> = wrong_names(options)
  local relation, why = relation_of(context, options)
  if wrong or why then
    return nil, wrong or why
  elseif relation and options.app then
    return nil, "do not specify both relation and app"
  end
  local target <const> = options.unit or options.app
    or relation and relation.app
  if not target then
    return nil, "missing relation or application or unit"
  end
  return id, target
end

M["secret-revoke"] = {
  since = "3",
  flags = { RELATION, UNIT, { "app", "application" } },
  args = 1,
  run = function(context, options, args)
    local id, target = revoke_target(context, options, args)
    if not id then
      return nil, target, 2
    end
    local ok, message = context.secrets:revoke(id, target)
    if not ok then
      return nil, message, 1
    end
  end,
}

return M
