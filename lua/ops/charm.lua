-- SPDX-License-Identifier: Apache-2.0
-- The charm: the root of the objects, with the events of its metadata and
-- those it declares itself (Class.events).
local events = require "ops.events"
local object = require "ops.object"

local M = {}

-- class -> true, to know a charm from anything else that charm.lua returns
local classes <const> = setmetatable({}, { __mode = "k" })

---@class ops.Charm: ops.Object
---@field config table<string, any>

---@param name string as in metadata.yaml
---@return ops.Charm class
function M.class(name)
  local class = object.class(name)
  class.new = nil
  classes[class] = true
  return class
end

---@param value any
---@return boolean
function M.is_class(value)
  return type(value) == "table" and classes[value] == true
end

---Makes the charm: its objects and observers. Nothing is asked of Juju.
---@param class ops.Charm
---@param framework ops.Framework
---@return ops.Charm
function M.new(class, framework)
  local self = object.place(class, framework, nil, class.kind)
  local juju, prefixes = events.from_metadata(self.meta)
  for name, custom in pairs(object.event_classes(class.events)) do
    juju[name] = juju[name] or custom
  end
  framework:add_events(self, juju, prefixes)
  self.config = self.model.config
  if self.init then
    self:init()
  end
  return self
end

return M
