-- SPDX-License-Identifier: Apache-2.0
-- The event of an action: event.params, event:set_results{}, event:log(text),
-- event:fail(text). Juju keeps what was said even if the action then fails.
local lazy = require "std.lazy"
local abort = require "ops.abort"
local errors = require "std.error"
local event = require "ops.event"
local json = require "std.json"
local juju_action = lazy "juju.action"
local must = require "ops.must"
local names = require "ops.names"

local M = {}

local RESERVED <const> = {
  stdout = true,
  stderr = true,
  ["stdout-encoding"] = true,
  ["stderr-encoding"] = true,
}

local function refuse(key, happened, hint)
  errors.raise {
    kind = "action-results",
    tried = ("set the action's result '%s'"):format(key),
    happened = happened,
    hint = hint,
  }
end

-- What Juju accepts between two dots.
local function is_key(part)
  return part:find("^[a-z0-9]$") or part:find("^[a-z0-9][a-z0-9-]*[a-z0-9]$")
end

local function check_key(key)
  for part in (key .. "."):gmatch("([^.]*)%.") do
    if not is_key(part) then
      refuse(key, ("'%s' is not a key of lower case letters, digits and "
        .. "inner dashes"):format(part))
    end
  end
  if RESERVED[key] then
    refuse(key, "Juju keeps this key for itself")
  end
end

local function put(flat, key, value)
  check_key(key)
  if flat[key] ~= nil then
    refuse(key, "it is given twice, nested and with a dot")
  end
  flat[key] = value
end

---Nested tables become dotted keys; values become text.
---@param results table
---@param prefix? string
---@param flat? table<string, string>
---@return table<string, string>
function M.flatten(results, prefix, flat)
  flat = flat or {}
  for _, name in ipairs(names.sorted_keys(results)) do
    local value = results[name]
    local key = prefix and prefix .. "." .. name or name
    if type(value) ~= "table" then
      local simple = type(value) == "string" or type(value) == "number"
        or type(value) == "boolean"
      if not simple then
        refuse(key, ("its value is a %s"):format(type(value)))
      end
      put(flat, key, tostring(value))
    elseif #value > 0 or json.is_array(value) then
      refuse(key, "its value is a list", "encode it: ops.json.encode(value)")
    else
      M.flatten(value, key, flat)
    end
  end
  return flat
end

local function check_results(results)
  if type(results) ~= "table" then
    refuse("results", ("expected a table, got a %s"):format(type(results)))
  elseif #results > 0 then
    refuse("results", "expected named values, got a list")
  end
  local flat = M.flatten(results)
  for key in pairs(flat) do
    local parent = key:match("^(.*)%.[^.]+$")
    while parent do
      if flat[parent] then
        refuse(key, ("'%s' is a value already"):format(parent))
      end
      parent = parent:match("^(.*)%.[^.]+$")
    end
  end
  return flat
end

-- event -> its parameters, asked for once.
local params <const> = setmetatable({}, { __mode = "k" })

---@class ops.ActionEvent: ops.Event
---@field id string
---@field params table<string, any>

---The event class of one action.
---@return table class
function M.event_class()
  local ActionEvent = event.class {
    source = "action",
    scope = "action",
    type_name = "ActionEvent",
    no_defer = "an action is over when its handler returns",
    properties = {
      params = {
        get = function(self)
          params[self] = params[self] or must(juju_action.get())
          return params[self]
        end,
      },
    },
  }

  ---Nested tables become dotted keys: {db = {host = "x"}} is db.host=x.
  ---@param results table
  function ActionEvent:set_results(results)
    local flat = check_results(results)
    if next(flat) then
      must(juju_action.set(flat))
    end
  end

  ---Marks the action as failed. What the handler changed is kept.
  ---@param message? string
  function ActionEvent:fail(message)
    must(juju_action.fail(message ~= nil and tostring(message) or ""))
  end

  ---The parameters as this schema has them: max_wait is max-wait. What is
  ---wrong is raised; with `errors = "fail"` the action fails with it, and ends
  ---here with nothing committed.
  ---@param schema std.Schema
  ---@param options? {errors?: "raise"|"fail"}
  ---@return table<string, any>
  function ActionEvent:load_params(schema, options)
    local values, err = schema:load(self.params,
      { tried = "load the action's parameters" })
    if values then
      return values
    elseif not (options and options.errors == "fail") then
      error(err, 0)
    end
    local message <const> = "Error in action parameters: " .. err.happened
    self:fail(message)
    return abort.raise(0, message)
  end

  ---Tells the person who waits for the action.
  ---@param message string
  function ActionEvent:log(message)
    must(juju_action.log(tostring(message)))
  end

  return ActionEvent
end

return M
