-- SPDX-License-Identifier: Apache-2.0
-- Actions: parameters checked against actions.yaml, tasks and their results.
-- An operation and its task take one number each, as Juju counts them. Pure.
local names = require "lab.names"
local null = require "std.null"

local M = {}

---@class lab.Action
---@field id string the task's number
---@field operation string
---@field unit string
---@field name string
---@field params table
---@field commands string? shell text: it is a juju exec
---@field status "pending"|"running"|"completed"|"failed"|"aborted"
---@field message string
---@field results table
---@field log { at: number, message: string }[]

local KEPT <const> = 100

local CHECKS <const> = {
  string = function(value) return type(value) == "string" end,
  integer = function(value) return math.type(value) == "integer" end,
  number = function(value) return type(value) == "number" end,
  boolean = function(value) return type(value) == "boolean" end,
  array = function(value) return type(value) == "table" end,
  object = function(value) return type(value) == "table" end,
  null = function(value) return value == null end,
}

local function wrong(name, why)
  return nil, ("validation failed: (root).%s : %s"):format(name, why)
end

local function allowed(value, choices)
  for _, choice in ipairs(choices) do
    if choice == value then
      return true
    end
  end
  return false
end

local function check_param(name, schema, value)
  local check <const> = CHECKS[schema.type]
  if check and not check(value) then
    return wrong(name, ("must be of type %s, given %s")
      :format(schema.type, tostring(value)))
  end
  if type(schema.enum) == "table" and not allowed(value, schema.enum) then
    return wrong(name, "must match one of the enum values")
  end
  return true
end

---@param spec table an action of lab.Charm
---@param params table
---@return table? params with the defaults filled in
---@return string? message
function M.validate(spec, params)
  local filled <const> = {}
  for name, value in names.each(params) do
    local schema <const> = spec.params[name]
    if not schema and not spec.additional then
      return nil, ("validation failed: (root) : additional property "
        .. '"%s" is not allowed, given %s'):format(name, name)
    end
    local ok, message = check_param(name, schema or {}, value)
    if not ok then
      return nil, message
    end
    filled[name] = value
  end
  for _, name in ipairs(spec.required) do
    if filled[name] == nil then
      return nil, ('validation failed: (root) : "%s" property is missing '
        .. "and required"):format(name)
    end
  end
  for name, schema in pairs(spec.params) do
    if filled[name] == nil and type(schema) == "table"
      and schema.default ~= null then
      filled[name] = schema.default
    end
  end
  return filled
end

-- The model is written whole at every change: only the latest tasks stay.
local function forget_old(model)
  local ids <const> = names.sorted(model.actions)
  local extra = #ids - KEPT
  for _, id in ipairs(ids) do
    if extra > 0 and model.actions[id].completed then
      model.actions[id] = nil
      extra = extra - 1
    end
  end
end

local function enqueue(model, fields)
  local action <const> = {
    id = tostring(model.next_task + 1),
    operation = tostring(model.next_task),
    status = "pending",
    message = "",
    results = {},
    log = {},
  }
  for key, value in pairs(fields) do
    action[key] = value
  end
  model.next_task = model.next_task + 2
  model.actions[action.id] = action
  forget_old(model)
  return action
end

---@param model table
---@param options { unit: string, name: string, params: table, now: number }
---@return lab.Action?
---@return string? message
function M.enqueue(model, options)
  local unit <const> = model.units[options.unit]
  if not unit then
    return nil, ('unit "%s" not found'):format(options.unit)
  end
  local charm <const> = model.applications[unit.application].charm
  local spec <const> = charm.actions[options.name]
  if not spec then
    return nil, ('action "%s" not defined on unit "%s"')
      :format(options.name, options.unit)
  end
  local params, message = M.validate(spec, options.params)
  if not params then
    return nil, message
  end
  return enqueue(model, {
    unit = options.unit, name = options.name, params = params,
    enqueued = options.now,
  })
end

---Shell text to be run beside a unit's charm, as `juju exec` has it.
---@param model table
---@param options { unit: string, commands: string, now: number }
---@return lab.Action?
---@return string? message
function M.enqueue_commands(model, options)
  if not model.units[options.unit] then
    return nil, ('unit "%s" not found'):format(options.unit)
  end
  return enqueue(model, {
    unit = options.unit, name = "juju-exec", params = {},
    commands = options.commands, enqueued = options.now,
  })
end

---The unit's oldest action that has not started.
---@param model table
---@param unit lab.Unit
---@param commands_only boolean?
---@return lab.Action?
function M.next(model, unit, commands_only)
  for _, action in names.each(model.actions) do
    if action.unit == unit.name and action.status == "pending"
      and (action.commands or not commands_only) then
      return action
    end
  end
end

---@param action lab.Action
---@param outcome { code: integer, stdout: string, stderr: string,
---  results: table, failed: string? }
---@param now number
function M.finish(action, outcome, now)
  local results <const> = outcome.results
  results["return-code"] = outcome.code
  for _, stream in ipairs { "stdout", "stderr" } do
    if outcome[stream] ~= "" then
      results[stream] = outcome[stream]
    end
  end
  action.results, action.completed = results, now
  if outcome.failed then
    action.status, action.message = "failed", outcome.failed
  elseif outcome.code ~= 0 then
    action.status = "failed"
    action.message = ("exit status %d"):format(outcome.code)
  else
    action.status = "completed"
  end
end

return M
