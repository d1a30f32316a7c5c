-- SPDX-License-Identifier: Apache-2.0
-- A workload container, by its Pebble: layers, services, checks, notices and
-- commands; files are ops/container_files.lua. Failures raise pebble-* errors.
local lazy = require "std.lazy"
local changes = lazy "pebble.changes"
local checks = lazy "pebble.checks"
local client = require "pebble.client"
local container_daemon = lazy "ops.container_daemon"
local container_files = require "ops.container_files"
local container_paths = lazy "ops.container_paths"
local ensure = lazy "ops.ensure"
local errors = require "std.error"
local exec = lazy "pebble.exec"
local layers = lazy "pebble.layers"
local must = require "ops.must"
local notices = lazy "pebble.notices"
local plan = lazy "pebble.plan"
local process = lazy "ops.process"
local security = lazy "ops.security"
local services = lazy "pebble.services"
local sys = require "host.sys"
local system = require "pebble.system"

local M = {}

---@class ops.Container: ops.ContainerFiles, ops.ContainerDaemon
---@field name string
---@field pebble pebble.Client
---@field change_timeout number seconds that actions on services may take
---@field private charm_dir? string where `ensure` notes what is unfinished
local Container = {}
Container.__name = "ops.Container"
Container.__index = Container
for name, method in pairs(container_files) do
  Container[name] = method
end

-- These load their module at the first use.
for _, name in ipairs {
  "get_system_info", "is_healthy", "get_logs", "follow_logs", "wait_notices",
  "refresh_check", "get_identities", "add_identities", "update_identities",
  "replace_identities", "remove_identities", "push_files", "pull_files",
  "make_dirs", "remove_paths", "get_warnings", "ack_warnings",
} do
  Container[name] = function(...)
    return container_daemon[name](...)
  end
end

---@class ops.ServiceInfo: pebble.ServiceInfo
local ServiceInfo = {}
ServiceInfo.__index = ServiceInfo

---@return boolean
function ServiceInfo:is_running()
  return self.current == "active"
end

---@param options {name: string, socket?: string, charm_dir?: string, timeout?: number}
---@return ops.Container
function M.new(options)
  local socket = options.socket
    or ("/charm/containers/%s/pebble.socket"):format(options.name)
  return setmetatable({
    name = options.name,
    charm_dir = options.charm_dir,
    change_timeout = 30,
    pebble = client.new {
      socket = socket,
      name = options.name,
      timeout = options.timeout,
    },
  }, Container)
end

---@return string
function Container:__tostring()
  return ("<ops.Container %s>"):format(self.name)
end

---Is Pebble there, now? The next call may fail all the same.
---@return boolean
function Container:can_connect()
  return system.is_there(self.pebble)
end

---Adds a layer. With `combine` an existing layer of that label is changed.
---@param label string
---@param layer table|string a table, or YAML
---@param options? {combine?: boolean}
function Container:add_layer(label, layer, options)
  must(layers.add(self.pebble, label, layer, options))
end

local function ensure_options(self, label, layer)
  return {
    label = label,
    layer = layer,
    charm_dir = self.charm_dir,
    timeout = self.change_timeout,
  }
end

---Makes the plan hold this layer and its enabled services run: adds it and
---replans only when there is something to do.
---@param label string
---@param layer table|string
---@return boolean changed
function Container:ensure(label, layer)
  return must(ensure.apply(self.pebble, ensure_options(self, label, layer)))
end

---Is it so already? `ensure` would do nothing then.
---@param label string
---@param layer table|string
---@return boolean
function Container:is_ensured(label, layer)
  return must(ensure.check(self.pebble, ensure_options(self, label, layer)))
end

---@return table plan `services`, `checks`, `["log-targets"]` by name
function Container:get_plan()
  return must(plan.get(self.pebble))
end

local function by_name(list, class)
  local map = {}
  for _, item in ipairs(list) do
    map[item.name] = setmetatable(item, class)
  end
  return map
end

local function one_of(self, map, what, name)
  return map[name] or errors.raise {
    kind = "pebble-unknown",
    tried = ("find %s %s in container %s"):format(what, name, self.name),
    happened = "the plan has none of that name",
  }
end

---@param ... string names; all when there are none
---@return table<string, ops.ServiceInfo> by name; unknown names are left out
function Container:get_services(...)
  local names = select("#", ...) > 0 and { ... } or nil
  return by_name(must(services.list(self.pebble, names)), ServiceInfo)
end

---@param name string
---@return ops.ServiceInfo
function Container:get_service(name)
  return one_of(self, self:get_services(name), "service", name)
end

local function act(self, action, names)
  if names and #names == 0 then
    error(action .. ": at least one service expected", 3)
  end
  must(services.act(self.pebble, action, names, self.change_timeout))
end

---Starts all services whose startup is enabled.
function Container:autostart()
  act(self, "autostart")
end

---Starts what is enabled, restarts what the plan has changed.
function Container:replan()
  act(self, "replan")
end

---@param ... string names
function Container:start(...)
  act(self, "start", { ... })
end

---@param ... string names
function Container:stop(...)
  act(self, "stop", { ... })
end

---Restarts the services; one that does not run is started.
---@param ... string names
function Container:restart(...)
  act(self, "restart", { ... })
end

---Sends a signal to the main process of each service.
---@param signal string "SIGHUP"
---@param ... string names
function Container:send_signal(signal, ...)
  must(services.signal(self.pebble, signal, { ... }))
end

---Starts a command. It runs on while its wait() or wait_output() is called.
---@param argv string[]
---@param options? pebble.ExecOptions
---@return ops.Process
function Container:exec(argv, options)
  return process.new(must(exec.start(self.pebble, argv, options)))
end

---Copies local files and folders into a folder of the container.
---@param source string|string[] "dir/*" is what is in dir
---@param dest_dir string
function Container:push_path(source, dest_dir)
  container_paths.push(self, source, dest_dir)
end

---Copies files and folders of the container into a local folder.
---@param source string|string[] "dir/*" is what is in dir
---@param dest_dir string
function Container:pull_path(source, dest_dir)
  container_paths.pull(self, source, dest_dir)
end

---@param id string
---@return pebble.Change
function Container:get_change(id)
  return must(changes.get(self.pebble, id))
end

---@param options? {select?: "in-progress"|"ready"|"all", service?: string}
---@return pebble.Change[]
function Container:get_changes(options)
  return must(changes.list(self.pebble, options))
end

---Asks Pebble to give a change up; wait_change tells how it ended.
---@param id string
---@return pebble.Change
function Container:abort_change(id)
  return must(changes.abort(self.pebble, id))
end

---@param id string
---@param timeout? number seconds
---@return pebble.Change change ready, however it ended
function Container:wait_change(id, timeout)
  return must(changes.wait(self.pebble, "wait for change " .. id, id,
    timeout or self.change_timeout))
end

---@param options? {names?: string[], level?: "alive"|"ready"}
---@return table<string, pebble.CheckInfo> by name
function Container:get_checks(options)
  return by_name(must(checks.list(self.pebble, options)))
end

---@param name string
---@return pebble.CheckInfo
function Container:get_check(name)
  return one_of(self, self:get_checks { names = { name } }, "check", name)
end

---@param ... string names
---@return string[] changed those that did not run before
function Container:start_checks(...)
  return must(checks.act(self.pebble, "start", { ... }))
end

---@param ... string names
---@return string[] changed those that ran before
function Container:stop_checks(...)
  local stopped = must(checks.act(self.pebble, "stop", { ... }))
  for _, name in ipairs(stopped) do
    security.report("WARN", "sys_monitor_disabled",
      ("%d,%s"):format(sys.getuid(), name), "stopped the check " .. name)
  end
  return stopped
end

---@param id string
---@return table notice
function Container:get_notice(id)
  return must(notices.get(self.pebble, id))
end

---@param options? {types?: string[], keys?: string[], users?: "all"}
---@return table[] notices oldest first
function Container:get_notices(options)
  return must(notices.list(self.pebble, options))
end

---Records a custom notice, which comes back as an event.
---@param key string "example.com/path"
---@param options? {data?: table<string, string>, repeat_after?: string}
---@return string id
function Container:notify(key, options)
  return must(notices.notify(self.pebble, key, options))
end

return M
