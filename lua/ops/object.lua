-- SPDX-License-Identifier: Apache-2.0
-- What charms and charm libraries are made of: objects in a tree, each with
-- a path that is the same in every dispatch, its events and its observers.
--
--   local Client = ops.object "pgsql.Client"
--   Client.events = { "master_changed" }     -- or { name = ops.event() }
--   function Client:init(endpoint) ... end
--   return { client = Client.new }           -- Client.new(parent, "db")
local event = require "ops.event"

local M = {}

---@class ops.Object
---@field path string
---@field parent? ops.Object
---@field charm ops.Object the charm at the root
---@field framework ops.Framework
---@field model ops.Model
---@field unit ops.Unit
---@field app ops.App
---@field meta ops.Meta
---@field on table<string, ops.BoundEvent>
local Object = {}
Object.__index = Object

---Calls a method of this object for each of the event's emissions.
---@param bound_event ops.BoundEvent self.on.config_changed
---@param handler function self.on_config_changed
function Object:observe(bound_event, handler)
  self.framework:observe(self, bound_event, handler)
end

---@return string
function Object:__tostring()
  return ("<%s>"):format(self.path)
end

---@param declared? table {"a", b = class}
---@return table<string, table> classes
function M.event_classes(declared)
  local classes = {}
  for key, value in pairs(declared or {}) do
    if math.type(key) == "integer" and type(value) == "string" then
      classes[value] = event.class { source = "custom" }
    elseif type(key) == "string" and event.is_class(value) then
      classes[key] = value
    else
      error(("cannot declare the event %s: expected a name, or name = "
        .. "ops.event()"):format(tostring(key)), 3)
    end
  end
  return classes
end

---A new kind of object.
---@param kind string
---@return table class
function M.class(kind)
  assert(type(kind) == "string" and kind ~= "", "the kind must have a name")
  local class = setmetatable({}, { __index = Object })
  class.kind = kind
  class.__index = class
  class.__name = kind
  class.__tostring = Object.__tostring

  ---@param parent ops.Object
  ---@param key? string tells siblings of one kind apart: "db"
  function class.new(parent, key, ...)
    if type(parent) ~= "table" or not parent.framework then
      error(("cannot make a %s: the first argument must be the object it "
        .. "belongs to"):format(kind), 2)
    end
    local suffix = key ~= nil and ("[%s]"):format(tostring(key)) or ""
    local self = M.place(class, parent.framework, parent, kind .. suffix)
    parent.framework:add_events(self, M.event_classes(class.events))
    if self.init then
      self:init(key, ...)
    end
    return self
  end
  return class
end

---Puts a new instance into the tree, its events and init not yet there.
---@param class table
---@param framework ops.Framework
---@param parent? ops.Object
---@param name string
---@return ops.Object
function M.place(class, framework, parent, name)
  local self = setmetatable({}, class)
  self.path = parent and parent.path .. "/" .. name or name
  self.parent = parent
  self.framework = framework
  self.charm = parent and parent.charm or self
  self.model = framework.model
  self.unit = framework.model.unit
  self.app = framework.model.app
  self.meta = framework.model.meta
  framework:register(self)
  return self
end

return M
