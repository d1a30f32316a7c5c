-- SPDX-License-Identifier: Apache-2.0
-- The charm: the root of the objects, with the events of its metadata and
-- those it declares itself (Class.events).
local lazy = require "std.lazy"
local abort = require "ops.abort"
local events = require "ops.events"
local object = require "ops.object"
local secret = lazy "ops.secret"
local status = require "ops.status"

local M = {}

-- class -> true, to know a charm from anything else that charm.lua returns
local classes <const> = setmetatable({}, { __mode = "k" })

---@class ops.Charm: ops.Object
---@field config table<string, any>
---@field load_config fun(self, schema: std.Schema, options?: table): table

-- The configuration by its options' names; a secret's id becomes the secret,
-- of which nothing is asked yet.
local function raw_config(charm)
  local raw = {}
  for name, value in pairs(charm.config) do
    local option = charm.meta.config[name]
    raw[name] = option.type == "secret" and value ~= ""
      and secret.new(charm.model, { id = value }) or value
  end
  return raw
end

---The configuration as this schema has it: log_level is the option log-level.
---What is wrong is raised; with `errors = "blocked"` it becomes the unit's
---status, and the event ends here with nothing committed.
---@param self ops.Charm
---@param schema std.Schema
---@param options? {errors?: "raise"|"blocked"}
---@return table<string, any>
local function load_config(self, schema, options)
  local values, err = schema:load(raw_config(self),
    { tried = "load the configuration" })
  if values then
    return values
  elseif not (options and options.errors == "blocked") then
    error(err, 0)
  end
  local message <const> = "Invalid config: " .. err.happened
  self.unit.status = status.BlockedStatus(message)
  return abort.raise(0, message)
end

---@param name string as in metadata.yaml
---@return ops.Charm class
function M.class(name)
  local class = object.class(name)
  class.new = nil
  class.load_config = load_config
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
