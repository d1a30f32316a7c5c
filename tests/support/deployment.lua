-- SPDX-License-Identifier: Apache-2.0
-- The three charms of this project in a lab, and what a person with access to
-- the machine does beside them: SQL as superuser, Pebble's API, a kill.
local flow = require "lab.flow"
local fs = require "host.fs"
local labs = require "tests.support.lab"
local pebble = require "pebble.client"
local pebble_exec = require "pebble.exec"
local pg = require "pg"
local proc = require "host.proc"
local services = require "pebble.services"
local sys = require "host.sys"
local yaml = require "std.yaml"

local M = {}

M.APPLICATIONS = flow.APPLICATIONS

local STORAGE <const> = "/models/temporal/storage/pgdata-0/"
local WORKFLOW_TIMEOUT <const> = 150

---@class tests.Deployment
---@field lab tests.Lab
local Deployment = {}
Deployment.__index = Deployment

---@param unit string
---@param container string
---@return pebble.Client
function Deployment:pebble(unit, container)
  local folder <const> = self.lab:show_unit(unit)["charm-folder"]
  return pebble.new {
    socket = ("%s/containers/%s/pebble.socket"):format(
      folder:match("^(.*)/charm$"), container),
  }
end

---What Pebble says of a service.
---@param unit string
---@param container string
---@param service string
---@return pebble.ServiceInfo
function Deployment:service(unit, container, service)
  return assert(services.list(self:pebble(unit, container), { service }))[1]
end

---@param unit string
---@param container string
---@param action "start"|"stop"|"restart"
---@param service string
function Deployment:act(unit, container, action, service)
  assert(services.act(self:pebble(unit, container), action, { service }))
end

---Kills a container's supervisor, and with it all in the container.
---@param unit string
---@param container string
function Deployment:kill(unit, container)
  local client <const> = self:pebble(unit, container)
  local process <const> = assert(pebble_exec.start(client,
    { "sh", "-c", "kill -KILL $PPID" }))
  process:wait()
end

---@return string of the superuser, from the file on the storage
function Deployment:operator_password()
  return assert(fs.read(self.lab.data .. STORAGE .. "operator.pw"))
end

---@return string of the server's role, from the server's configuration
function Deployment:server_password()
  local rootfs <const> =
    self.lab:show_unit("temporal-k8s/0")["container-file-systems"]
  local text <const> =
    assert(fs.read(rootfs .. "/temporal/root/etc/temporal/config/charm.yaml"))
  return yaml.decode(text).persistence.datastores.default.sql.password
end

---The first value of a statement run as superuser.
---@param database string
---@param sql string
---@return any
function Deployment:sql(database, sql)
  local session <close> = assert(pg.connect {
    host = self.lab:unit("postgresql-k8s/0").address, dbname = database,
    user = "operator", password = self:operator_password(),
  })
  local value, err = session:value(sql)
  if err then
    error(err, 0)
  end
  return value
end

---Runs a workflow with an activity, and lists it.
function Deployment:run_workflow()
  local build <const> = self.lab.host:match("^(.*)/")
  local address <const> = self.lab:unit(flow.SERVER).address
  local result <const> = assert(proc.run {
    argv = { build .. "/client/bin/python", "tests/integration/workflow.py",
      ("%s:%d"):format(address, flow.FRONTEND_PORT) },
    cwd = sys.getcwd(), timeout = WORKFLOW_TIMEOUT, max_output = 1 << 20,
  })
  assert(result.code == 0, result.stderr .. result.stdout)
end

---A lab without applications.
---@param options table of tests.support.lab
---@return tests.Deployment
function M.start(options)
  return setmetatable({ lab = labs.start(options) }, Deployment)
end

return M
