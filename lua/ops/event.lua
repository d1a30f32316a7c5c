-- SPDX-License-Identifier: Apache-2.0
-- What a handler is given. An event class says how it may be used; an event's
-- fields are plain keys (event.relation). What the framework knows about an
-- event is kept beside it, so that a field may have any name.
local errors = require "std.error"
local names = require "ops.names"

local M = {}

---@class ops.Event
---@field relation? ops.Relation
---@field app? ops.App
---@field unit? ops.Unit
local Event = {}
Event.__index = Event

-- event -> {bound=, number=, fields=, framework=, deferred=}
local private <const> = setmetatable({}, { __mode = "k" })

local function describe(event)
  local own = private[event]
  return ("<%s via %s>"):format(own.bound:type_name(), M.path(event))
end

local function property_reader(class, properties)
  return function(event, key)
    local property = properties[key]
    if property then
      return property.get and property.get(event)
    end
    return class[key]
  end
end

local function property_writer(properties)
  return function(event, key, value)
    local property = properties[key]
    if not property then
      rawset(event, key, value)
    elseif property.set then
      property.set(event, value)
    else
      error(("cannot set %s of an event: it is read only"):format(key), 2)
    end
  end
end

---@class ops.EventOptions
---@field source? "juju"|"action"|"custom"|"lifecycle"
---@field no_defer? string why defer() is refused
---@field type_name? string
---@field kind? string what it is called after, if not after its own name
---@field scope? string which fields Juju gives: "relation", "workload"
---@field properties? table<string, {get?: function, set?: function}>

---A new event class; methods are added to the table that is returned.
---@param options? ops.EventOptions
---@return table class
function M.class(options)
  options = options or {}
  local class = setmetatable({}, { __index = Event })
  class.options = options
  class.__index = class
  class.__tostring = describe
  if options.properties then
    class.__index = property_reader(class, options.properties)
    class.__newindex = property_writer(options.properties)
  end
  return class
end

---@param value any
---@return boolean
function M.is_class(value)
  return type(value) == "table" and type(rawget(value, "options")) == "table"
end

---@param framework ops.Framework
---@param bound ops.BoundEvent
---@param number integer
---@param fields? table<string, any>
---@return ops.Event
function M.new(framework, bound, number, fields)
  local event, kept = {}, {}
  for key, value in pairs(fields or {}) do
    event[key], kept[key] = value, value
  end
  private[event] = {
    framework = framework,
    bound = bound,
    number = number,
    fields = kept,
    deferred = false,
  }
  return setmetatable(event, bound.class)
end

---Asks for the event to be given to this handler again, before the next one.
---Raises for events that Juju does not repeat: actions, stop, remove.
---@param reason? string what it waits for; `charmhost deferred` shows it
function Event:defer(reason)
  local own = private[self]
  local why = own.bound.class.options.no_defer
  if why then
    errors.raise {
      kind = "defer",
      tried = "defer " .. tostring(self),
      happened = why,
    }
  elseif reason ~= nil and type(reason) ~= "string" then
    error(("cannot defer %s: the reason is a %s, not a string")
      :format(tostring(self), type(reason)), 2)
  end
  if not own.framework.quiet then
    own.framework.log.debug(reason and "Deferring %s. Reason: %s"
      or "Deferring %s.", tostring(self), reason)
  end
  own.deferred, own.reason = true, reason
end

---@param event ops.Event
---@return string "charm/on/config_changed[3]"
function M.path(event)
  local own = private[event]
  return ("%s[%d]"):format(own.bound.path, own.number)
end

---@param event ops.Event
---@return table what the framework keeps about it
function M.private(event)
  return private[event]
end

---@param name string
---@return string
function M.default_type_name(name)
  return names.camel(name) .. "Event"
end

return M
