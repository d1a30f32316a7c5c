-- SPDX-License-Identifier: Apache-2.0
-- relation-ids, -list, -get and -set in specs, with the rules of who may read
-- and write what.
local json = require "std.json"
local words = require "testing.juju.words"

local M = {}

local RELATION <const> = { relation = "value", app = "flag" }

local function context_relation(juju)
  local id = (juju.environ.JUJU_RELATION_ID or ""):match("%d+$")
  return id and math.tointeger(id)
end

-- The relation that -r names, or the hook's own.
local function find(juju, args)
  local text = args.flags.relation
  local id = math.tointeger((text or ""):match("%d+$"))
    or not text and context_relation(juju)
  if not id then
    return nil, "no relation id specified", 2
  end
  for _, relation in ipairs(juju.buffered.relations) do
    if relation.id == id then
      return relation
    end
  end
  return nil, ('invalid value "%s" for option -r: relation not found')
    :format(text or id), 2
end

local function is_breaking(juju, relation)
  return relation.id == context_relation(juju)
    and (juju.environ.JUJU_HOOK_NAME or ""):find("relation%-broken$") ~= nil
end

local function is_departing(juju, relation, unit)
  return relation.id == context_relation(juju)
    and juju.environ.JUJU_DEPARTING_UNIT == unit
end

M["relation-ids"] = {
  run = function(juju, args)
    if not args[1] then
      return nil, "no endpoint name specified", 2
    end
    local ids = json.array {}
    for _, relation in ipairs(juju.buffered.relations) do
      if relation.endpoint == args[1] and not is_breaking(juju, relation) then
        ids[#ids + 1] = ("%s:%d"):format(relation.endpoint, relation.id)
      end
    end
    table.sort(ids)
    return words.json(ids)
  end,
}

local function remote_app(juju, relation)
  return relation.peer and juju.app or relation.remote_app_name
end

local function remote_units(relation)
  return relation.peer and relation.peers_data or relation.remote_units_data
end

M["relation-list"] = {
  flags = RELATION,
  run = function(juju, args)
    local relation, why, code = find(juju, args)
    if not relation then
      return nil, why, code
    elseif args.flags.app then
      return words.json(remote_app(juju, relation))
    end
    local units = json.array {}
    for number in pairs(remote_units(relation)) do
      local name = ("%s/%d"):format(remote_app(juju, relation), number)
      if not is_departing(juju, relation, name)
        and not is_breaking(juju, relation) then
        units[#units + 1] = name
      end
    end
    table.sort(units)
    return words.json(units)
  end,
}

-- The databag that a reader names, or why it may not be read.
local function readable(juju, relation, member, is_app)
  local app, number = member:match("^(.*)/(%d+)$")
  if is_app or not app then
    local name = app or member
    if name == juju.app then
      if juju.leader or relation.peer then
        return relation.local_app_data
      end
    elseif name == relation.remote_app_name then
      return relation.remote_app_data
    end
  elseif member == juju.unit then
    return relation.local_unit_data
  elseif app == remote_app(juju, relation) then
    return remote_units(relation)[math.tointeger(number)]
  end
  return nil, "permission denied"
end

M["relation-get"] = {
  flags = RELATION,
  run = function(juju, args)
    local relation, why, code = find(juju, args)
    if not relation then
      return nil, why, code
    end
    local member = args[2] or juju.environ.JUJU_REMOTE_UNIT
    if not member or member == "" then
      return nil, "no unit or application specified", 2
    end
    local bag, refused = readable(juju, relation, member, args.flags.app)
    if not bag then
      return nil, refused
    elseif args[1] and args[1] ~= "-" then
      return bag[args[1]] and words.json(bag[args[1]]) or "null\n"
    end
    return words.json(bag)
  end,
}

M["relation-set"] = {
  flags = { relation = "value", app = "flag", file = "value" },
  run = function(juju, args)
    local relation, why, code = find(juju, args)
    if not relation then
      return nil, why, code
    elseif args.flags.app and not juju.leader then
      return nil, "cannot write relation settings"
    end
    local values, refused
    if args.flags.file then
      values, refused = words.map_of(args.stdin)
    else
      values, refused = words.pairs_of(args)
    end
    if not values then
      return nil, refused, 2
    end
    local bag = args.flags.app and relation.local_app_data
      or relation.local_unit_data
    for key, value in pairs(values) do
      bag[key] = value ~= "" and value or nil
    end
    return ""
  end,
}

M["relation-model-get"] = {
  flags = RELATION,
  run = function(juju, args)
    local relation, why, code = find(juju, args)
    if not relation then
      return nil, why, code
    end
    return words.json { uuid = relation.remote_model_uuid
      or juju.environ.JUJU_MODEL_UUID }
  end,
}

return M
