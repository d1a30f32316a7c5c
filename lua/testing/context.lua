-- SPDX-License-Identifier: Apache-2.0
-- Runs one event of a charm over a state, through the true dispatch: what the
-- framework asks of Juju is answered by testing.juju, containers are
-- testing.container. Nothing stays behind between two runs.
local consistency = require "testing.consistency"
local container_state = require "testing.container_state"
local containers = require "testing.container"
local dispatch = require "ops.dispatch"
local environs = require "testing.environ"
local errors = require "std.error"
local fake_juju = require "testing.juju"
local fs = require "host.fs"
local metas = require "ops.meta"
local notices = require "testing.notice"
local states = require "testing.state"
local tool = require "juju.tool"

local M = {}

---@class testing.Context
---@field charm_root string
---@field meta ops.Meta
---@field calls {tool: string, args: string[], stdin?: string}[] hook tools
---@field juju_log {level: string, message: string}[]
---@field unit_status_history {name: string, message: string}[]
---@field app_status_history {name: string, message: string}[]
---@field action_logs string[]
---@field action_results? table
---@field action_failure? string
---@field removed_secret_revisions integer[]
---@field requested_storages table<string, integer> count by name
---@field reboot? "now"|"later"
---@field stderr string
---@field container_calls table<string, table[]> by container
---@field exit_code integer of the last run
---@field failure? ops.Failure
local Context = {}
Context.__index = Context

---@class testing.ContextOptions
---@field charm_root? string folder with metadata.yaml and charm.lua
---@field charm? ops.Charm the class, instead of charm.lua
---@field metadata? table instead of metadata.yaml; with config and actions
---@field config? table
---@field actions? table
---@field app_name? string
---@field unit_id? integer
---@field juju_version? string

---@param options testing.ContextOptions
---@return testing.Context
function M.new(options)
  local meta = options.metadata
    and metas.new(options.metadata, options.config or {},
      options.actions or {})
    or metas.read(options.charm_root)
  local app_name = options.app_name or meta.name
  local unit_id = options.unit_id or 0
  return setmetatable({
    charm = options.charm,
    charm_root = options.charm_root or "/nowhere",
    meta = meta,
    app_name = app_name,
    unit_id = unit_id,
    unit_name = ("%s/%d"):format(app_name, unit_id),
    juju_version = options.juju_version or "3.6.26",
  }, Context)
end

-- Modules of the charm's folder are read anew by the next context.
local function load_charm(self, d)
  if self.charm then
    return self.charm
  end
  local path, before = package.path, {}
  for name in pairs(package.loaded) do
    before[name] = true
  end
  self.charm = dispatch.load_charm(d)
  for name in pairs(package.loaded) do
    if not before[name] and package.searchpath(name, package.path) then
      package.loaded[name] = nil
    end
  end
  package.path = path
  return self.charm
end

local function fake_containers(self, state)
  local made = {}
  return function(options)
    local inner
    for _, each in ipairs(state.containers) do
      if each.name == options.name then
        inner = each
      end
    end
    local history = {}
    self.container_calls[options.name] = history
    made[#made + 1] = containers.new {
      state = inner or { name = options.name, can_connect = false },
      history = history,
    }
    return made[#made]
  end, made
end

local function new_juju(self, state, environ, options)
  return fake_juju.new {
    environ = environ,
    meta = self.meta,
    unit = self.unit_name,
    app = self.app_name,
    leader = state.leader,
    config = state.config,
    networks = state.networks,
    resources = state.resources,
    storages = state.storages,
    planned_units = state.planned_units,
    cloud_spec = state.cloud_spec,
    params = environ.JUJU_ACTION_NAME and (options.params or {}) or nil,
    broken_tools = options.broken_tools,
    now = self,
    buffered = {
      relations = states.copy(state.relations),
      stored = states.copy(state.stored),
      opened_ports = states.copy(state.opened_ports),
      secrets = states.copy(state.secrets),
      removed_secret_revisions = {},
      requested_storages = {},
    },
  }
end

local function reset(self, state)
  self.juju_log, self.action_logs, self.container_calls = {}, {}, {}
  self.unit_status_history, self.app_status_history = {}, {}
  self.action_results, self.action_failure, self.stderr = nil, nil, ""
  self.unit_status, self.app_status = state.unit_status, state.app_status
  self.workload_version = state.workload_version
  self.removed_secret_revisions, self.requested_storages = {}, {}
  self.reboot = nil
end

local function door_to(juju)
  return {
    name = "spec",
    call = function(_, name, args, stdin)
      return juju:run(name, args, stdin)
    end,
    close = function() end,
  }
end

local function dispatch_once(self, juju, state, dir)
  local new_container, made = fake_containers(self, state)
  local previous = tool.use(door_to(juju))
  local code, failure = dispatch.run {
    environ = juju.environ,
    charm_dir = self.charm_root,
    state_dir = dir,
    stderr = {
      write = function(_, ...)
        self.stderr = self.stderr .. table.concat { ... }
      end,
    },
    meta = self.meta,
    load = function(d)
      return load_charm(self, d)
    end,
    new_container = new_container,
  }
  tool.use(previous)
  for _, container in ipairs(made) do
    containers.close(container)
  end
  return code, failure
end

local COMMITTED <const> = { "relations", "stored", "opened_ports", "secrets" }

-- What is there afterwards: what Juju buffered counts only after exit code 0.
local function outcome(self, state, juju, dir)
  if self.exit_code == 0 and juju.commit_error then
    self.exit_code = 1
    self.failure = {
      error = juju.commit_error,
      text = "cannot commit the hook: " .. juju.commit_error,
    }
  end
  if self.exit_code == 0 then
    for _, name in ipairs(COMMITTED) do
      state[name] = juju.buffered[name]
    end
    self.removed_secret_revisions = juju.buffered.removed_secret_revisions
    self.requested_storages = juju.buffered.requested_storages
  end
  state.container_state = container_state.read(dir, state.stored)
  state.unit_status, state.app_status = self.unit_status, self.app_status
  state.workload_version = self.workload_version
  return states.result(state)
end

---@class testing.RunOptions
---@field relation? integer|testing.Relation which, if there are several
---@field unit? integer the remote unit
---@field app? boolean relation-changed for application data
---@field departing_unit? string
---@field storage? integer|testing.Storage which, if there are several
---@field secret? string|testing.Secret which, by id or label
---@field revision? integer of secret_expired and secret_remove
---@field notice? string|table which, by id or key
---@field check? string which, by name
---@field params? table of an action
---@field broken_tools? table<string, string> hook tool -> why it fails
---@field environ? table<string, string> more variables

---Runs an event whatever comes of it.
---@param event string "config_changed", "db_relation_changed", "x_action"
---@param state? testing.State
---@param options? testing.RunOptions
---@return integer exit_code
---@return testing.State out
function Context:try(event, state, options)
  options = options or {}
  local whole = states.complete(state or {}, self.meta)
  local environ = environs.make(event, self.meta, whole,
    setmetatable({
      charm_root = self.charm_root,
      unit_name = self.unit_name,
      app_name = self.app_name,
      juju_version = self.juju_version,
    }, { __index = options }))
  consistency.check(event, state or {}, self.meta, {
    unit_id = self.unit_id,
    unit_name = self.unit_name,
    juju_version = self.juju_version,
    params = options.params,
    environ = environ,
  })
  reset(self, whole)
  local juju = new_juju(self, whole, environ, options)
  self.calls = juju.calls
  local dir = assert(fs.mkdtemp("/tmp/charm-spec-"))
  container_state.write(dir, whole.container_state)
  self.exit_code, self.failure = dispatch_once(self, juju, whole, dir)
  local out = outcome(self, whole, juju, dir)
  assert(fs.remove_all(dir))
  return self.exit_code, out
end

---Runs an event; raises "uncaught-charm-error" if the charm does.
---@param event string
---@param state? testing.State
---@param options? testing.RunOptions
---@return testing.State out
function Context:run(event, state, options)
  local code, out = self:try(event, state, options)
  if code ~= 0 then
    errors.raise {
      kind = "uncaught-charm-error",
      tried = "run " .. event,
      happened = self.failure and self.failure.text or "exit code " .. code,
      cause = self.failure and self.failure.error,
    }
  end
  return out
end

---A notice for state.deferred: this handler deferred this event.
---@param event string
---@param handler string the method's name
---@param fields? table {relation = {endpoint, id}, unit = "db/0", ...}
---@param observer? string path of the object, by default the charm
---@return ops.Notice
function Context:deferred(event, handler, fields, observer)
  load_charm(self, { charm_dir = self.charm_root })
  return notices.new(self, event, handler, fields, observer)
end

---The hook tools of the last run, as "tool arg arg", for one look.
---@param but? string Lua pattern of what to leave out, "^juju%-log"
---@return string[]
function Context:tool_lines(but)
  local lines = {}
  for _, call in ipairs(self.calls) do
    local line = table.concat({ call.tool, table.unpack(call.args) }, " ")
    if not but or not line:find(but) then
      lines[#lines + 1] = line
    end
  end
  return lines
end

return M
