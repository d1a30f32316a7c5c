-- SPDX-License-Identifier: Apache-2.0
-- A unit. What concerns Juju (status, leadership, ports, containers) is there
-- for the charm's own unit alone.
local lazy = require "std.lazy"
local abort = require "ops.abort"
local errors = require "std.error"
local juju_application = lazy "juju.application"
local juju_leader = lazy "juju.leader"
local juju_machine = lazy "juju.machine"
local juju_port = lazy "juju.port"
local juju_status = lazy "juju.status"
local must = require "ops.must"
local ports = lazy "ops.ports"
local secrets = lazy "ops.secret"
local security = lazy "ops.security"
local statuses = require "ops.status"
local sys = require "host.sys"

local M = {}

---@class ops.Unit
---@field name string
---@field app ops.App
---@field is_own boolean
---@field is_app boolean false
---@field status ops.Status
---@field containers table<string, ops.Container>
---@field model ops.Model
local Unit = {}
Unit.__name = "ops.Unit"

local function check_own(self, tried)
  if not self.is_own then
    errors.raise {
      kind = "not-own-unit",
      tried = ("%s of %s"):format(tried, self.name),
      happened = ("this charm runs in %s"):format(self.model.unit.name),
    }
  end
end

local function get_status(self)
  if not self.is_own then
    return statuses.UnknownStatus()
  end
  if not self.known_status then
    local found = must(juju_status.get {})
    rawset(self, "known_status", statuses.from_juju(found))
  end
  return self.known_status
end

function Unit.__index(self, key)
  if key == "status" then
    return get_status(self)
  elseif key == "containers" then
    check_own(self, "get the containers")
    return self.model.containers
  end
  return Unit[key]
end

function Unit.__newindex(self, key, value)
  if key ~= "status" then
    error(("cannot set %s of a unit"):format(tostring(key)), 2)
  end
  self:set_status(value)
end

---Sent at once, since it is for people watching. What was sent already in
---this dispatch is not sent again.
---@param status ops.Status
function Unit:set_status(status)
  statuses.check_settable(status, "the unit " .. self.name)
  check_own(self, "set the status")
  if status ~= rawget(self, "sent_status") then
    must(juju_status.set(status.name, status.message, {}))
    rawset(self, "sent_status", status)
    rawset(self, "known_status", status)
  end
end

---Asked once a dispatch.
---@return boolean
function Unit:is_leader()
  check_own(self, "ask for the leadership")
  if rawget(self, "leader") == nil then
    rawset(self, "leader", must(juju_leader.is_leader()))
  end
  return self.leader
end

---@param name string
---@return ops.Container
function Unit:get_container(name)
  return self.containers[name]
end

---@param version string
function Unit:set_workload_version(version)
  check_own(self, "set the workload version")
  if type(version) ~= "string" then
    error(("cannot set the workload version: expected a string, got %s")
      :format(type(version)), 2)
  end
  must(juju_application.set_version(version))
end

---@param options? {endpoints?: boolean} say for which, too
---@return juju.Port[]
function Unit:opened_ports(options)
  check_own(self, "get the ports")
  return must(juju_port.opened(options))
end

---@param protocol "tcp"|"udp"|"icmp"
---@param port? integer the first one with options.to_port
---@param options? juju.PortOptions
function Unit:open_port(protocol, port, options)
  check_own(self, "open a port")
  must(juju_port.open(protocol, port, options))
end

---@param protocol "tcp"|"udp"|"icmp"
---@param port? integer the first one with options.to_port
---@param options? juju.PortOptions
function Unit:close_port(protocol, port, options)
  check_own(self, "close a port")
  must(juju_port.close(protocol, port, options))
end

---Opens and closes so that exactly these are open: 80, "53/udp",
---"5000-5010/tcp", { protocol = "tcp", port = 80, endpoints = { "db" } }.
---@param ... integer|string|ops.PortSpec
function Unit:set_ports(...)
  local wanted = {}
  for i, port in ipairs { ... } do
    wanted[i] = ports.spec(port)
  end
  local close, open =
    ports.difference(wanted, self:opened_ports { endpoints = true })
  for _, each in ipairs(close) do
    self:close_port(each.spec.protocol, each.spec.port,
      { to_port = each.spec.to_port, endpoints = each.endpoints })
  end
  for _, each in ipairs(open) do
    self:open_port(each.spec.protocol, each.spec.port,
      { to_port = each.spec.to_port, endpoints = each.endpoints })
  end
end

---A new secret, this unit's own.
---@param content table<string, string>
---@param options? ops.SecretOptions
---@return ops.Secret
function Unit:add_secret(content, options)
  check_own(self, "add a secret")
  return secrets.add(self.model, "unit", content, options)
end

---Reboots the machine after this hook; with `now` at once: nothing is
---committed and the hook runs again.
---@param options? {now?: boolean}
function Unit:reboot(options)
  check_own(self, "reboot the machine")
  security.report("WARN", "sys_restart", tostring(sys.getuid()),
    ("rebooting the unit %s"):format(self.name))
  must(juju_machine.reboot(options))
  if options and options.now then
    abort.raise(0, "the machine reboots")
  end
end

---@return string
function Unit:__tostring()
  return ("<unit %s>"):format(self.name)
end

---@param model ops.Model
---@param name string
---@param app ops.App
---@param is_own boolean
---@return ops.Unit
function M.new(model, name, app, is_own)
  return setmetatable({
    model = model,
    name = name,
    app = app,
    is_own = is_own,
    is_app = false,
  }, Unit)
end

return M
