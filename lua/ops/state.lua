-- SPDX-License-Identifier: Apache-2.0
-- A charm's state with a stated lifetime (ops/state_backends.lua has the
-- places where it is kept). state.x reads, state.x = value writes.
--
--   self.state = ops.state(self, { lifetime = "app" })
--   self.state:set_default { schema_ready = false }
--
-- A name without value and default is nil. nil and ops.null are the same.
-- A table that a handler changes in place is noticed at commit.
local backends = require "ops.state_backends"
local errors = require "std.error"
local json = require "std.json"

local M = {}

---@class ops.StateCore
---@field label string
---@field backend table
---@field values table<string, any>
---@field texts table<string, string> what is stored or the default, as JSON
---@field defaults table<string, string>

-- state -> its core; a state itself is empty, so that every name is free.
local cores <const> = setmetatable({}, { __mode = "k" })

local State = {}
State.__name = "ops.State"

local methods = {}

local function encode(core, name, value)
  local ok, text = pcall(json.encode, value == nil and json.null or value)
  if ok then
    return text
  end
  return errors.raise {
    kind = "state-type",
    tried = ("set %s in the state of %s"):format(name, core.label),
    happened = tostring(text),
    hint = "state holds booleans, numbers, strings, lists and maps of them",
  }
end

local function decode(core, name, text)
  local value, message = json.decode(text)
  if value == nil then
    errors.raise {
      kind = "state-damaged",
      tried = ("read %s in the state of %s"):format(name, core.label),
      happened = message,
    }
  end
  if value == json.null then
    return nil
  end
  return value
end

---The values that names have until they are set; also the list of names for
---the reader. Nothing is read or written.
---@param defaults table<string, any>
function methods.set_default(state, defaults)
  local core = cores[state]
  for name, value in pairs(defaults) do
    core.defaults[name] = encode(core, name, value)
  end
end

---Can it be read and written? An app's state needs the peer relation, which
---is not there yet during install: reads give the defaults then, writes raise.
---@return boolean
function methods.is_ready(state)
  return cores[state].backend:is_ready()
end

local function load(core, name)
  if core.texts[name] == nil then
    local text = core.backend:get(name) or core.defaults[name] or "null"
    core.texts[name] = text
    core.values[name] = decode(core, name, text)
  end
  return core.values[name]
end

function State.__index(state, name)
  if methods[name] then
    return methods[name]
  end
  return load(cores[state], name)
end

local function store(core, name, value, text)
  core.backend:set(name, text)
  core.texts[name], core.values[name] = text, value
end

function State.__newindex(state, name, value)
  local core = cores[state]
  if type(name) ~= "string" or methods[name] then
    error(("cannot set %s in a state: the name is %s"):format(tostring(name),
      methods[name] and "taken" or "not a string"), 2)
  end
  if value == json.null then
    value = nil
  end
  local text = encode(core, name, value)
  load(core, name)
  if text ~= core.texts[name] or not core.backend:is_ready() then
    store(core, name, value, text)
  else
    core.values[name] = value
  end
end

-- What was changed inside a table goes the way of an assignment.
local function flush(core)
  for name, value in pairs(core.values) do
    if type(value) == "table" then
      local text = encode(core, name, value)
      if text ~= core.texts[name] then
        store(core, name, value, text)
      end
    end
  end
end

---@param owner ops.Object
---@param options {lifetime: "container"|"unit"|"app", relation?: string}
---@return table state
function M.new(owner, options)
  local lifetime = options and options.lifetime
  local make = backends[lifetime]
  if not make then
    errors.raise {
      kind = "state-lifetime",
      tried = ("give %s a state"):format(owner.path),
      happened = ("its lifetime is %s"):format(tostring(lifetime)),
      hint = "say { lifetime = 'container' }, 'unit' or 'app'",
    }
  end
  local label = ("%s/state[%s]"):format(owner.path, lifetime)
  local state = setmetatable({}, State)
  local core = {
    label = label,
    backend = make(owner, options),
    values = {},
    texts = {},
    defaults = {},
  }
  cores[state] = core
  owner.framework:register { path = label }
  owner.framework:before_commit(function()
    flush(core)
  end)
  return state
end

return M
