-- SPDX-License-Identifier: Apache-2.0
-- `self.on`: the events of one object, each bound to that object so that it
-- can be observed and emitted. self.on.db_relation_changed and
-- self.on["db"].relation_changed are the same.
local errors = require "std.error"
local event = require "ops.event"
local names = require "ops.names"

local M = {}

---@class ops.BoundEvent
---@field emitter ops.Object
---@field name string
---@field class table
---@field path string
local BoundEvent = {}
BoundEvent.__index = BoundEvent
BoundEvent.__name = "ops.BoundEvent"

---@return string "SchemaChangedEvent"
function BoundEvent:type_name()
  local options = self.class.options
  return options.type_name or event.default_type_name(options.kind or self.name)
end

---Runs the observers at once, depth first.
---@param fields? table<string, any>
function BoundEvent:emit(fields)
  self.emitter.framework:emit(self, fields)
end

---@return string
function BoundEvent:__tostring()
  return self.path
end

---@param value any
---@return boolean
function M.is(value)
  return getmetatable(value) == BoundEvent
end

local function unknown(owner, name, known)
  errors.raise {
    kind = "no-such-event",
    tried = ("use the event %s of %s"):format(name, owner.path),
    happened = "there is no such event",
    hint = "it has: " .. names.listed(known),
  }
end

---@param owner ops.Object
---@param classes table<string, table> event name -> event class
---@param prefixes? table<string, boolean> what on["db"] may name
---@return table on
function M.source(owner, classes, prefixes)
  local cache = {}
  local function find(name)
    local class = classes[name]
    if class and not cache[name] then
      cache[name] = setmetatable({
        emitter = owner,
        name = name,
        class = class,
        path = ("%s/on/%s"):format(owner.path, name),
      }, BoundEvent)
    end
    return cache[name]
  end
  local function by_prefix(prefix)
    return setmetatable({}, {
      __index = function(_, name)
        local full = prefix .. "_" .. names.event(name)
        return find(full) or unknown(owner, full, classes)
      end,
    })
  end
  return setmetatable({}, {
    __index = function(_, name)
      name = names.event(tostring(name))
      local found = find(name)
      if not found and prefixes and prefixes[name] then
        return by_prefix(name)
      end
      return found or unknown(owner, name, classes)
    end,
    __newindex = function(_, name)
      error(("cannot assign on.%s: events are declared in the class's "
        .. "`events`"):format(tostring(name)), 2)
    end,
  }), find
end

return M
