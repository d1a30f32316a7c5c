-- SPDX-License-Identifier: Apache-2.0
-- One event, one way through: the stages below, in order. Whatever raises
-- ends the dispatch with nothing more sent, a traceback in the unit's log and
-- exit code 1, so that Juju drops what it buffered and retries the hook.
local lazy = require "std.lazy"
local abort = require "ops.abort"
local ahead = require "ops.ahead"
local charms = require "ops.charm"
local collect_status = require "ops.collect_status"
local compiled = require "ops.compiled"
local container = lazy "ops.container"
local contexts = require "juju.context"
local deferral = require "ops.deferral"
local errors = require "std.error"
local events = require "ops.events"
local file_store = require "ops.file_store"
local frameworks = require "ops.framework"
local fs = require "host.fs"
local log = require "ops.log"
local metas = require "ops.meta"
local models = require "ops.model"
local scripts = require "ops.scripts"
local security = require "ops.security"
local stores = require "ops.store"
local sys = require "host.sys"
local tool = require "juju.tool"
local traceback = require "ops.traceback"

local M = {}

---@class ops.Dispatch
---@field environ table<string, string>
---@field charm_dir string
---@field state_dir? string of state with the lifetime 'container'
---@field stderr? {write: function} an action's user reads it
---@field meta? ops.Meta instead of the files in charm_dir
---@field compiled? ops.Compiled what pack made ready of the charm's files
---@field load? fun(dispatch: ops.Dispatch): table the charm's class
---@field new_container? fun(options: table): ops.Container
---@field context? table
---@field event? string "db_relation_changed"
---@field framework? ops.Framework
---@field charm? ops.Charm

local function load_failure(path, happened)
  errors.raise {
    kind = "charm-load",
    tried = "load " .. path,
    happened = happened,
  }
end

---Loads charm.lua of a folder.
---@param dispatch {charm_dir: string, compiled: ops.Compiled?}
---@return ops.Charm class
function M.load_charm(dispatch)
  local path = dispatch.charm_dir .. "/charm.lua"
  scripts.use(dispatch.charm_dir, dispatch.compiled)
  local chunk, why = scripts.load(path)
  if not chunk then
    load_failure(path, why)
  end
  local class = chunk()
  if not charms.is_class(class) then
    load_failure(path, 'it must end with `return` and the class made by '
      .. 'ops.charm "name"')
  end
  return class
end

local function read_context(dispatch)
  local context = contexts.read(dispatch.environ)
  if not context.unit_name then
    errors.raise {
      kind = "no-unit",
      tried = "run an event of the charm",
      happened = "JUJU_UNIT_NAME is not set",
      hint = "Juju runs the charm; charmhost has other commands for people",
    }
  end
  dispatch.context, dispatch.event = context, events.name(context)
  security.use(context)
end

-- In these Juju answers hardly anything: no state, no leadership, no status.
local RESTRICTED <const> = {
  collect_metrics = true,
  meter_status_changed = true,
}

local function new_container(options)
  return container.new(options)
end

local function restore(dispatch)
  if not RESTRICTED[dispatch.event] then
    ahead.ask(dispatch.context, dispatch.event)
  end
  local store = stores.new()
  local framework = frameworks.new {
    log = log,
    store = store,
    file_store = file_store.new(dispatch.state_dir or dispatch.charm_dir,
      store),
    queue = deferral.new(store),
    model = models.new {
      context = dispatch.context,
      meta = dispatch.meta or metas.read(dispatch.charm_dir, dispatch.compiled),
      new_container = dispatch.new_container or new_container,
      charm_dir = dispatch.charm_dir,
    },
  }
  dispatch.framework = framework
end

local function build(dispatch)
  local class = (dispatch.load or M.load_charm)(dispatch)
  dispatch.charm = charms.new(class, dispatch.framework)
end

local function emit(dispatch)
  local framework, context = dispatch.framework, dispatch.context
  local charm, name = dispatch.charm, dispatch.event
  if not RESTRICTED[name] then
    framework:reemit()
  end
  local bound_event = framework:find_event(charm.path .. "/on/" .. name)
  if bound_event then
    log.debug("Emitting Juju event %s.", name)
    framework:emit(bound_event,
      events.fields(bound_event, context, framework.model))
  else
    log.debug("Event %s not defined for %s.", name, charm)
  end
  if not RESTRICTED[name] then
    collect_status.evaluate(framework, charm)
  end
end

local function commit(dispatch)
  dispatch.framework:commit()
end

local STAGES <const> = { read_context, restore, build, emit, commit }

local function run_stages(dispatch)
  for _, stage in ipairs(STAGES) do
    stage(dispatch)
  end
end

local function report(dispatch, failure)
  local framework = dispatch.framework
  local where = framework and framework.delivering
  local text = ("Uncaught error while in charm code:\n%s%s"):format(
    failure.text, where and "\nin " .. where or "")
  local logged = pcall(log.error, "%s", text)
  if not logged or dispatch.context and dispatch.context.action_name then
    (dispatch.stderr or io.stderr):write(text, "\n")
  end
  local kind = errors.is(failure.error) and failure.error.kind or "error"
  security.report("WARN", "sys_crash", kind,
    "uncaught error in charm code: " .. tostring(failure.error))
end

---@param dispatch ops.Dispatch
---@return integer exit code
---@return ops.Failure? failure
function M.run(dispatch)
  local ok, failure = xpcall(run_stages, traceback.handler, dispatch)
  if ok then
    return 0
  end
  local code, why = abort.read(failure.error)
  if code then
    log.debug("Leaving early: %s.", why)
    return code
  end
  report(dispatch, failure)
  return 1, failure
end

-- Juju runs a charm in its folder. Paths are relative then, so that a
-- traceback says ./charm.lua:12 where Lua would cut a long path short.
local function charm_dir(environ)
  local dir = environ.JUJU_CHARM_DIR or environ.CHARM_DIR or "."
  return fs.realpath(dir) == sys.getcwd() and "." or dir
end

---What the host does when it runs as a charm's `dispatch`.
---@return integer exit code
function M.main()
  local environ = sys.environ()
  -- A charm that calls its own dispatch is not asked twice.
  if (environ.OPERATOR_DISPATCH or "") ~= "" then
    return 0
  end
  local dir = charm_dir(environ)
  local code = M.run {
    environ = environ,
    charm_dir = dir,
    compiled = compiled.open(dir),
  }
  tool.settle()
  return code
end

return M
