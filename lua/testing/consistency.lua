-- SPDX-License-Identifier: Apache-2.0
-- States that Juju could never bring about are refused before the charm runs:
-- a spec that passes on one proves nothing.
local errors = require "std.error"
local model = require "testing.consistency_model"
local null = require "std.null"

local M = {}

local LUA_TYPES <const> = {
  string = "string",
  boolean = "boolean",
  secret = "string",
}

local function is_of_type(value, wanted)
  if wanted == "int" or wanted == "integer" then
    return math.type(value) == "integer"
  elseif wanted == "float" or wanted == "number" then
    return type(value) == "number"
  end
  return LUA_TYPES[wanted] == nil or type(value) == LUA_TYPES[wanted]
end

local function check_config(state, meta, say)
  for name, value in pairs(state.config or {}) do
    local option = meta.config[name]
    if not option then
      say("the config option '%s' is not in config.yaml", name)
    elseif value == null then
      say("the config option '%s' is null; leave it out", name)
    elseif not is_of_type(value, option.type) then
      say("the config option '%s' must be a %s, not %s", name, option.type,
        tostring(value))
    end
  end
end

local function check_bag(bag, what, say)
  for key, value in pairs(bag or {}) do
    if type(key) ~= "string" or type(value) ~= "string" then
      say("%s: relation data are strings, but %s is a %s", what,
        tostring(key), type(value))
    end
  end
end

local function check_bags(relation, say)
  local endpoint = relation.endpoint
  check_bag(relation.remote_app_data, endpoint .. ".remote_app_data", say)
  check_bag(relation.local_app_data, endpoint .. ".local_app_data", say)
  check_bag(relation.local_unit_data, endpoint .. ".local_unit_data", say)
  for _, section in ipairs { "remote_units_data", "peers_data" } do
    for number, bag in pairs(relation[section] or {}) do
      if math.type(number) ~= "integer" then
        say("%s.%s: its keys are unit numbers, not %s", endpoint, section,
          tostring(number))
      else
        check_bag(bag, ("%s.%s[%d]"):format(endpoint, section, number), say)
      end
    end
  end
end

local function check_relations(state, meta, say, options)
  local ids = {}
  for _, relation in ipairs(state.relations or {}) do
    local declared = meta.relations[relation.endpoint]
    if not declared then
      say("the endpoint '%s' is not in metadata.yaml", relation.endpoint)
    elseif declared.role == "peer" and relation.remote_units_data then
      say("'%s' is a peer relation: it has peers_data", relation.endpoint)
    elseif declared.role ~= "peer" and relation.peers_data then
      say("'%s' is no peer relation: it has remote_units_data",
        relation.endpoint)
    end
    if relation.id and ids[relation.id] then
      say("two relations have the id %d", relation.id)
    end
    ids[relation.id or relation] = true
    if relation.peers_data and relation.peers_data[options.unit_id] then
      say("the peers_data of '%s' has this unit itself, %s",
        relation.endpoint, options.unit_name)
    end
    check_bags(relation, say)
  end
end

local function check_containers(state, meta, say)
  local seen = {}
  for _, container in ipairs(state.containers or {}) do
    local name = tostring(container.name)
    if not meta.containers[name] then
      say("the container '%s' is not in metadata.yaml", name)
    elseif seen[name] then
      say("the container '%s' is there twice", name)
    end
    seen[name] = true
  end
  return seen
end

local function check_resources(state, meta, say)
  for name in pairs(state.resources or {}) do
    if not meta.resources[name] then
      say("the resource '%s' is not in metadata.yaml", name)
    end
  end
end

local function check_action(params, declared, say)
  local properties = declared.params or {}
  for name, value in pairs(params or {}) do
    local property = properties[name]
    if not property then
      say("the action has no parameter '%s'", name)
    elseif type(property) == "table" and not is_of_type(value, property.type)
    then
      say("the action's parameter '%s' must be a %s", name, property.type)
    end
  end
  for _, name in ipairs(declared.required or {}) do
    if (params or {})[name] == nil then
      say("the action's parameter '%s' is required", name)
    end
  end
end

---Raises an error of kind "inconsistent-scenario" that lists what is wrong.
---@param event string
---@param state testing.State as the spec wrote it
---@param meta ops.Meta
---@param options table unit_id, unit_name, juju_version, params, environ
function M.check(event, state, meta, options)
  local wrong = {}
  local function say(format, ...)
    wrong[#wrong + 1] = format:format(...)
  end
  check_config(state, meta, say)
  check_relations(state, meta, say, options)
  check_resources(state, meta, say)
  for _, check in ipairs { model.secrets, model.storages, model.endpoints,
    model.networks, model.workloads, model.cloud } do
    check(state, meta, say, options)
  end
  local present = check_containers(state, meta, say)
  local workload = options.environ.JUJU_WORKLOAD_NAME
  if workload and not present[workload] then
    say("the state has no container '%s'", workload)
  end
  local action = meta.actions[options.environ.JUJU_ACTION_NAME]
  if action then
    check_action(options.params, action, say)
  elseif event:find("_action$") then
    say("the action is not in actions.yaml")
  elseif options.params then
    say("only an action has parameters")
  end
  if #wrong > 0 then
    errors.raise {
      kind = "inconsistent-scenario",
      tried = "run " .. event,
      happened = table.concat(wrong, "; "),
    }
  end
end

return M
