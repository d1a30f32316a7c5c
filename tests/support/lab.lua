-- SPDX-License-Identifier: Apache-2.0
-- A real lab for integration specs: controller and model in a folder of their
-- own, driven by the command line alone, as a person drives it. `stop` proves
-- that nothing of it is left.
local charms = require "tests.support.lab_charms"
local fs = require "host.fs"
local http = require "host.http"
local json = require "std.json"
local paths = require "lab.paths"
local proc = require "host.proc"
local remains = require "tests.support.remains"
local sys = require "host.sys"
local yaml = require "std.yaml"

local M = {}

local COMMAND_TIMEOUT <const> = 150
local POLL <const>, WAIT_TIMEOUT <const> = 0.1, 60
local TAIL <const> = 30
local GONE_TIMEOUT <const> = 5
local CONTROLLER <const> = "it"

---@class tests.Lab
---@field folder string all of it
---@field data string CHARMLAB_DATA
---@field env table<string, string> of the commands, and of the controller
---@field dist string where commands run: the folder of the packed charms
local Lab = {}
Lab.__index = Lab
for name, method in pairs(charms) do
  Lab[name] = method
end

---What a command did, whatever its exit code.
---@param ... string words after `charmlab`
---@return { code: integer, stdout: string, stderr: string }
function Lab:try(...)
  local env <const> = sys.environ()
  env.CHARMLAB_DATA = self.data
  for name, value in pairs(self.env) do
    env[name] = value
  end
  return assert(proc.run {
    argv = { sys.executable(), ... }, env = env, cwd = self.dist,
    timeout = COMMAND_TIMEOUT, max_output = 64 << 20,
  })
end

---The standard output of a command that must succeed.
---@param ... string words after `charmlab`
---@return string stdout
function Lab:run(...)
  local result <const> = self:try(...)
  if result.code ~= 0 then
    error(("charmlab %s: exit code %s: %s"):format(
      table.concat({ ... }, " "), tostring(result.code or result.signal),
      result.stderr), 2)
  end
  return result.stdout
end

---@return table status as Juju's JSON has it
function Lab:status()
  return assert(json.decode(self:run("status", "--format", "json")))
end

local function brief(status)
  return status
    and { current = status.current, message = status.message or "" }
end

---An application's status; empty when there is no such application.
---@param name string
---@param status table? of lab:status(); asked for when absent
---@return { current: string?, message: string? }
function Lab:app(name, status)
  local app <const> = (status or self:status()).applications[name]
  return brief(app and app["application-status"]) or {}
end

---A unit's workload status, its agent's in the field `agent`; empty when there
---is no such unit.
---@param name string
---@param status table?
---@return { current: string?, message: string?, agent: table? }
function Lab:unit(name, status)
  local apps <const> = (status or self:status()).applications
  local app <const> = apps[name:match("^[^/]*")]
  local unit <const> = app and app.units[name]
  if not unit then
    return {}
  end
  local found <const> = brief(unit["workload-status"])
  found.agent = brief(unit["juju-status"])
  found.address = unit.address
  return found
end

---@return string text the whole debug-log
function Lab:log()
  return self:run("debug-log", "--replay", "--no-tail")
end

local function tail(text)
  local lines <const> = {}
  for line in text:gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n", math.max(#lines - TAIL, 1))
end

---Polls until the predicate returns something true, and returns that.
---@param what string for the failure's message
---@param predicate fun(status: table, lab: tests.Lab): any
---@param timeout number? seconds
---@return any
function Lab:wait(what, predicate, timeout)
  local deadline <const> = sys.monotonic() + (timeout or WAIT_TIMEOUT)
  repeat
    local found <const> = predicate(self:status(), self)
    if found then
      return found
    end
    sys.sleep(POLL)
  until sys.monotonic() > deadline
  error(("waited %d s in vain: %s\n%s\n%s"):format(timeout or WAIT_TIMEOUT,
    what, self:run("status", "--relations"), tail(self:log())), 2)
end

---Waits until an application has a status, and a message if one is given.
---@param name string
---@param current string
---@param message string?
---@param timeout number?
function Lab:wait_app(name, current, message, timeout)
  self:wait(("%s is %s %s"):format(name, current, message or ""),
    function(status)
      local app <const> = self:app(name, status)
      return app.current == current
        and (message == nil or app.message == message)
    end, timeout)
end

---Waits until a unit's agent runs no hook.
---@param name string
---@param timeout number?
---@return table unit as lab:unit() has it
function Lab:wait_idle(name, timeout)
  return self:wait(name .. " is idle", function(status)
    local unit <const> = self:unit(name, status)
    return unit.agent and unit.agent.current == "idle" and unit
  end, timeout)
end

---Waits until the log has a plain text.
---@param text string
---@param timeout number?
function Lab:wait_log(text, timeout)
  self:wait("the log says " .. text, function()
    return self:log():find(text, 1, true)
  end, timeout)
end

---Waits until a unit has run a hook to its good end.
---@param unit string
---@param hook string
---@param timeout number?
function Lab:wait_ran(unit, hook, timeout)
  local line <const> = ('unit-%s: %%d+:%%d+:%%d+ INFO juju.worker.uniter.'
    .. 'operation ran "%s" hook'):format((unit:gsub("/", "-")), hook)
    :gsub("%-", "%%-")
  self:wait(("%s runs %s"):format(unit, hook), function()
    return self:log():find(line)
  end, timeout)
end

---The folders of a unit: charm-folder, container-file-systems.
---@param name string
---@return table
function Lab:show_unit(name)
  return yaml.decode(self:run("show-unit", name))[name]
end

---Ends the daemon as the machine's shutdown would; `resume` starts it again.
function Lab:halt()
  local client <close> = http.client {
    socket = self.data .. "/controller.socket",
  }
  local answer <const> = assert(client:request {
    method = "POST", path = "/v1/call", body = '{"verb":"ping"}',
  })
  local pid <const> = json.decode(answer.body).result.pid
  assert(sys.kill(pid, "TERM"))
  local lock <close> = assert(fs.open(self.data .. "/controller.lock", "a"))
  local deadline <const> = sys.monotonic() + COMMAND_TIMEOUT
  while not lock:lock(true, true) do
    assert(sys.monotonic() < deadline, "the controller does not end")
    sys.sleep(POLL)
  end
end

---Ends the lab and proves that no process, mount or file of it is left.
function Lab:stop()
  self:run("destroy-controller", self.controller, "--no-prompt",
    "--destroy-all-models")
  local deadline <const> = sys.monotonic() + GONE_TIMEOUT
  local found = remains.find(self.data)
  while found and sys.monotonic() < deadline do
    sys.sleep(POLL)
    found = remains.find(self.data)
  end
  assert(not found, found)
  assert(not fs.lstat(self.data), "the data folder is left")
  assert(fs.remove_all(self.folder))
end

---A lab with one empty model; `bare` has neither controller nor model yet.
---@param options { name: string, bare: boolean?, controller: string?,
---  config: table<string, string>?, env: table<string, string>? }
---@return tests.Lab
function M.start(options)
  local build <const> = paths.program_folder()
  local folder <const> = ("%s/it/%s"):format(build, options.name)
  local self <const> = setmetatable({
    folder = folder,
    data = folder .. "/data",
    dist = build:gsub("/[^/]*$", "") .. "/dist",
    host = build .. "/charmhost",
    controller = options.controller or CONTROLLER,
    env = options.env or {},
  }, Lab)
  self:try("kill-controller", self.controller) -- of a run that was killed
  assert(fs.remove_all(folder))
  assert(fs.mkdirs(folder))
  if not options.bare then
    self:run("bootstrap", "microk8s", self.controller, "--seed",
      tostring(options.seed or 0))
    self:run("add-model", "temporal")
    for key, value in pairs(options.config or {}) do
      self:run("model-config", key .. "=" .. value)
    end
  end
  return self
end

return M
