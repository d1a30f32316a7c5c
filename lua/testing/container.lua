-- SPDX-License-Identifier: Apache-2.0
-- A workload container in specs, in the place of ops.Container: plan and
-- services as tables, files in a real folder, commands answered as the spec
-- says. `history` tells what the charm had it do.
local checks = require "testing.container_checks"
local container_daemon = require "ops.container_daemon"
local commands = require "testing.container_exec"
local container_paths = require "ops.container_paths"
local errors = require "std.error"
local files = require "testing.container_files"
local layers = require "testing.container_layers"
local plans = require "pebble.plan"
local yaml = require "std.yaml"

local M = {}

---@class testing.Exec
---@field command_prefix string[] the command's first words
---@field return_code? integer
---@field stdout? string
---@field stderr? string
---@field handler? fun(argv: string[], options: table, stdin?: string): integer?, string?, string?

---@class testing.ContainerState
---@field name string
---@field can_connect? boolean
---@field layers? {label: string, layer: table}[] lowest first
---@field services? table<string, string> "active" or "inactive" by name
---@field files? table<string, string> text by path
---@field permissions? table<string, string> "600" by path, as pushed
---@field execs? testing.Exec[]
---@field checks? table<string, string|testing.Check> "up" or "down" by name
---@field notices? testing.Notice[]
---@field fails? table<string, string> method -> why it fails in this spec

---@class testing.Container
---@field name string
---@field state testing.ContainerState
---@field history table[]
---@field root string
local Container = {}
Container.__index = Container

-- What a spec has to put there itself, if its charm uses it.
for name in pairs(container_daemon) do
  Container[name] = function()
    error(("a container of a spec has no %s: set it, to a function"):format(
      name), 2)
  end
end

for _, methods in ipairs { files.methods, checks } do
  for name, method in pairs(methods) do
    Container[name] = method
  end
end

function Container:fail(kind, tried, happened, data)
  errors.raise {
    kind = kind,
    tried = ("%s in container %s"):format(tried, self.name),
    happened = happened,
    data = data,
  }
end

-- Every call of Pebble goes through here.
function Container:reach(method, ...)
  table.insert(self.history, { method, ... })
  if not self.state.can_connect then
    self:fail("pebble-connection", method, "cannot reach Pebble",
      { code = "ENOENT" })
  end
  local why = self.state.fails and self.state.fails[method]
  if why then
    self:fail("pebble-change", method, why, {})
  end
end

---@return boolean
function Container:can_connect()
  return self.state.can_connect == true
end

---@param label string
---@param layer table|string
---@param options? {combine?: boolean}
function Container:add_layer(label, layer, options)
  self:reach("add_layer", label)
  layer = type(layer) == "string" and assert(yaml.decode(layer)) or layer
  local ok, why = layers.add(self.state.layers, label, layer,
    options and options.combine)
  if not ok then
    self:fail("pebble-api", ("add layer '%s'"):format(label), why,
      { status = 400 })
  end
end

---@return table plan
function Container:get_plan()
  self:reach("get_plan")
  return layers.plan(self.state.layers)
end

local function set_active(self, names, status)
  local plan = layers.plan(self.state.layers)
  for _, name in ipairs(names) do
    if not plan.services[name] then
      self:fail("pebble-api", "change service " .. name,
        ('service "%s" does not exist'):format(name), { status = 400 })
    end
    self.state.services[name] = status
    self.running[name] = status == "active" and plan.services[name] or nil
  end
end

-- The services that a replan starts, or starts anew since they differ.
function Container:replan()
  self:reach("replan")
  local plan = layers.plan(self.state.layers)
  local names = {}
  for name, service in pairs(plan.services) do
    local active = self.state.services[name] == "active"
    if not active and service.startup == "enabled"
      or active and not layers.same(self.running[name], service) then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    table.insert(self.history, { "started", name })
  end
  set_active(self, names, "active")
end

local function has_stopped(self, layer)
  for name, service in pairs(layer.services or {}) do
    if service.startup == "enabled"
      and self.state.services[name] ~= "active" then
      return true
    end
  end
  return false
end

local function look(self, layer)
  layer = type(layer) == "string" and assert(yaml.decode(layer)) or layer
  local differs = plans.differs(layers.plan(self.state.layers), layer)
  return differs, differs or has_stopped(self, layer), layer
end

---@param label string
---@param layer table|string
---@return boolean
function Container:is_ensured(label, layer)
  self:reach("is_ensured", label)
  local _, wanted = look(self, layer)
  return not wanted
end

---As ops.Container:ensure; the history has its add_layer and replan too.
---@param label string
---@param layer table|string
---@return boolean changed
function Container:ensure(label, layer)
  self:reach("ensure", label)
  local differs, wanted, decoded = look(self, layer)
  if not wanted then
    return false
  end
  if differs then
    self:add_layer(label, decoded, { combine = true })
  end
  self:replan()
  return true
end

function Container:autostart()
  self:reach("autostart")
  for name, service in pairs(layers.plan(self.state.layers).services) do
    if service.startup == "enabled" then
      set_active(self, { name }, "active")
    end
  end
end

---@param ... string
function Container:start(...)
  self:reach("start", ...)
  set_active(self, { ... }, "active")
end

---@param ... string
function Container:restart(...)
  self:reach("restart", ...)
  set_active(self, { ... }, "active")
end

---@param ... string
function Container:stop(...)
  self:reach("stop", ...)
  set_active(self, { ... }, "inactive")
end

local function service_info(self, name, service)
  local current = self.state.services[name] or "inactive"
  return {
    name = name,
    startup = service.startup or "disabled",
    current = current,
    is_running = function()
      return current == "active"
    end,
  }
end

---@param ... string all when there are none
---@return table<string, table> services by name
function Container:get_services(...)
  self:reach("get_services", ...)
  local wanted, found = { ... }, {}
  local plan = layers.plan(self.state.layers)
  for name, service in pairs(plan.services) do
    found[name] = service_info(self, name, service)
  end
  if #wanted == 0 then
    return found
  end
  local some = {}
  for _, name in ipairs(wanted) do
    some[name] = found[name]
  end
  return some
end

---@param name string
---@return table
function Container:get_service(name)
  local service = self:get_services(name)[name]
  return service or self:fail("pebble-unknown", "find service " .. name,
    "the plan has none of that name")
end

---@param source string|string[]
---@param dest_dir string
function Container:push_path(source, dest_dir)
  container_paths.push(self, source, dest_dir)
end

---@param source string|string[]
---@param dest_dir string
function Container:pull_path(source, dest_dir)
  container_paths.pull(self, source, dest_dir)
end

---@param argv string[]
---@param options? pebble.ExecOptions
---@return testing.Process
function Container:exec(argv, options)
  return commands.start(self, argv, options)
end

---@param options {state: testing.ContainerState, history: table[]}
---@return testing.Container
function M.new(options)
  local state = options.state
  state.layers = state.layers or {}
  state.services = state.services or {}
  state.files = state.files or {}
  state.permissions = state.permissions or {}
  state.checks = state.checks or {}
  state.notices = state.notices or {}
  local self = setmetatable({
    name = state.name,
    state = state,
    history = options.history,
    running = {},
  }, Container)
  for name, service in pairs(layers.plan(state.layers).services) do
    if state.services[name] == "active" then
      self.running[name] = service
    end
  end
  files.open(self)
  return self
end

---Gathers the files into the state; the folder goes.
---@param container testing.Container
function M.close(container)
  files.close(container)
end

return M
