-- SPDX-License-Identifier: Apache-2.0
-- One running model: its state, its agents, its log, its place on disk. Every
-- change is saved and then seen by all agents.
local agents = require "lab.agent"
local disks = require "lab.disk"
local fs = require "host.fs"
local models = require "lab.model"
local names = require "lab.names"
local paths = require "lab.paths"
local progress = require "lab.progress"
local removal = require "lab.model.removal"
local secrets = require "lab.model.secrets"
local sys = require "host.sys"

local M = {}
M.__index = M

local AGENT_RETRY <const> = 5 -- seconds

---@class lab.World
---@field loop lab.Loop
---@field machine lab.Machine
---@field data string
---@field program string charmlab
---@field pebble string charmlab, or what CHARMLAB_PEBBLE names
---@field model table
---@field agents table<string, table>
---@field disk lab.Disk
---@field changed lab.Event pulsed at every change

---@param options table loop, machine, data, model
---@return lab.World
function M.new(options)
  local folder <const> = paths.model(options.data, options.model.name)
  assert(fs.mkdirs(folder .. "/charms"))
  local pebble <const> = sys.getenv("CHARMLAB_PEBBLE")
  return setmetatable({
    loop = options.loop,
    machine = options.machine,
    data = options.data,
    folder = folder,
    program = sys.executable(),
    pebble = pebble and pebble ~= "" and pebble or sys.executable(),
    model = options.model,
    agents = {},
    changed = options.loop:event(),
    disk = disks.new {
      loop = options.loop, folder = folder, model = options.model,
      logging = models.setting(options.model, "logging-config"),
    },
  }, M)
end

---Lets every agent look at the model again.
function M:wake()
  self.changed:pulse()
end

---Keeps the model on disk and tells the agents.
function M:save()
  secrets.sweep(self.model)
  self.disk:save()
  self:wake()
end

---@param entity string "unit-app-0" or "controller"
---@param level string
---@param module string
---@param message string
function M:write_log(entity, level, module, message)
  self.disk:write_log(entity, level, module, message)
end

-- A new agent in a failed one's place, unless the unit is to go.
local function replace_agent(self, agent)
  local at <const> = sys.monotonic() + AGENT_RETRY
  repeat
    self.changed:wait(math.max(at - sys.monotonic(), 0.05))
  until sys.monotonic() >= at or agent.stopping or agent.gone
  if agent.gone then
    self:forget(agent)
  elseif not agent.stopping then
    progress.idle(agent.unit, sys.time())
    self:start_agent(agent.unit)
  end
end

-- An agent that cannot go on (a full disk, say) says so where people look, and
-- is tried again.
local function run_agent(self, agent)
  local ok, err = xpcall(agent.run, function(err)
    return err == self.loop.cancelled and err
      or debug.traceback(tostring(err), 2)
  end, agent)
  if ok then
    return
  elseif err == self.loop.cancelled then
    error(err, 0)
  end
  local unit <const> = agent.unit
  unit.agent = models.status("error",
    "the unit agent has failed: " .. err:match("[^\n]*"), sys.time())
  self:write_log(agent.paths.tag, "ERROR", "juju.worker.uniter", err)
  agent.pod:stop()
  if agent.finished then
    agent.finished:set()
  end
  self:wake()
  replace_agent(self, agent)
end

---@param unit lab.Unit
function M:start_agent(unit)
  local agent <const> = agents.new(self, unit)
  self.agents[unit.name] = agent
  self.loop:spawn(run_agent, self, agent).name = "agent of " .. unit.name
end

-- Actions that ran when the lab went away are not run again; units that were
-- started start again, as after their pods' restart.
local function recover(model)
  for _, action in pairs(model.actions) do
    if action.status == "running" then
      action.status, action.message = "failed", "action terminated"
      action.completed = sys.time()
    end
  end
  for _, unit in pairs(model.units) do
    unit.away = nil
    progress.pod_started(model, unit, sys.time())
  end
end

---Goes on from what the disk holds.
function M:resume()
  recover(self.model)
  self:save()
  for _, unit in names.each(self.model.units) do
    self:start_agent(unit)
  end
end

---A unit at its end: out of the model, its files removed.
function M:forget(agent)
  local model <const>, unit <const> = self.model, agent.unit
  self.agents[unit.name] = nil
  if model.units[unit.name] then
    local destroy <const> = unit.destroy_storage
    removal.forget(model, unit.name)
    agent:remove_files(destroy)
    self:save()
    self:write_log("controller", "INFO", "juju.worker.undertaker",
      ("removed unit %s"):format(unit.name))
  end
end

---Takes a unit away without asking its charm.
function M:kill_unit(name)
  local agent <const> = self.agents[name]
  if agent then
    agent.gone = true
    agent:stop()
  end
end

---Stops all agents and their containers, side by side.
function M:stop()
  local tasks <const> = {}
  for _, agent in pairs(self.agents) do
    tasks[#tasks + 1] = self.loop:spawn(agent.stop, agent)
  end
  for _, task in ipairs(tasks) do
    task:join()
  end
end

return M
