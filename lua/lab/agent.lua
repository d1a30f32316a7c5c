-- SPDX-License-Identifier: Apache-2.0
-- One unit's agent: a task that asks lab.order for the next hook, runs it and
-- commits what it did; its pod beside it, which may end and come back.
local fs = require "host.fs"
local hookrun = require "lab.hookrun"
local leadership = require "lab.model.leadership"
local models = require "lab.model"
local order = require "lab.order"
local outcomes = require "lab.outcome"
local paths = require "lab.paths"
local pods = require "lab.pod"
local progress = require "lab.progress"
local secret_events = require "lab.model.secret_events"
local secrets = require "lab.model.secrets"
local seed = require "lab.seed"
local sys = require "host.sys"
local duration = require "std.duration"
local unitfiles = require "lab.unitfiles"

local M = {}
M.__index = M

local OPERATION <const> = "juju.worker.uniter.operation"
local STOP_TIMEOUT <const> = 5

---@param world lab.World
---@param unit lab.Unit
---@return table agent
function M.new(world, unit)
  local agent <const> = setmetatable({
    world = world,
    loop = world.loop,
    model = world.model,
    unit = unit,
    paths = paths.unit(world.data, world.model.name, unit.name),
    last_update = sys.monotonic(),
  }, M)
  agent.pod = pods.new(world, unit, agent.paths, function(...)
    agent:log(...)
  end)
  return agent
end

-- When the next update-status is due; the interval may change meanwhile.
function M:next_update()
  return self.last_update + duration.parse(
    models.setting(self.model, "update-status-hook-interval"))
end

function M:log(level, module, message)
  self.world:write_log(self.paths.tag, level, module, message)
end

function M:seen()
  return {
    now = sys.time(),
    boots = self.pod:boots(),
    events = self.pod:events(),
    update_status = sys.monotonic() >= self:next_update(),
    pod_ending = self.pod_end ~= nil,
  }
end

-- Hooks -------------------------------------------------------------------

function M:run_hook(hook)
  local world <const> = self.world
  if hook.kind == "upgrade-charm" then
    unitfiles.replace_charm(world, self.unit, self.paths)
    self.pod:refresh()
  end
  progress.begin(self.model, self.unit, hook, sys.time())
  world:save()
  local result, message = hookrun.run {
    loop = self.loop, machine = world.machine, model = self.model,
    unit = self.unit, paths = self.paths, hook = hook,
    program = world.program,
    log = function(...) self:log(...) end,
    save = function() world:save() end,
    started = function(process) self.process = process end,
    resource_path = function(name)
      return unitfiles.resource(self.paths, self.model, self.unit, name)
    end,
  }
  self.process = nil
  if not result then
    result = {
      code = 127, stdout = "", stderr = message,
      context = { results = {} },
    }
    self:log("ERROR", OPERATION, "cannot run the charm: " .. message)
  end
  outcomes.finish(self, hook, result)
  if hook.kind == "update-status" then
    self.last_update = sys.monotonic()
  end
end

-- A hook about what was taken away meanwhile counts as done.
local function is_void(agent, hook)
  local model <const> = agent.model
  return hook.relation and not model.relations[hook.relation]
    or hook.secret and not secrets.all(model)[hook.secret]
end

function M:until_due()
  local due = self:next_update()
  local failed <const> = self.unit.uniter.failed
  if failed then
    due = math.min(due, sys.monotonic() + failed.retry_at - sys.time())
  end
  local secret <const> = secret_events.due(self.model, self.unit)
  if secret then
    due = math.min(due, sys.monotonic() + secret - sys.time())
  end
  return math.max(due - sys.monotonic(), 0.05)
end

-- Who goes first when several units have a hook to run is open: the seed has
-- some of them wait, and then look again.
local DELAYS <const>, LONGEST <const> = 8, 0.35

function M:waits_its_turn()
  local turn <const> = self.unit.uniter.turn
  if self.waited == turn or not seed.chooses(self.model) then
    return false
  end
  self.waited = turn
  local step <const> =
    seed.number(self.model, DELAYS, "delay", self.unit.name, turn)
  self.loop:sleep(math.max(step - DELAYS // 2, 0) / (DELAYS // 2) * LONGEST)
  return true
end

-- Runs hooks until the agent or its pod is to end, or the unit is gone.
function M:serve()
  while not self.stopping and not (self.pod_end and self.pod_end.kill) do
    local hook <const> = order.next(self.model, self.unit, self:seen())
    if not hook and self.pod_end then
      return
    elseif not hook then
      self.world.changed:wait(self:until_due())
    elseif hook.kind == "forget" then
      self.gone = true
      return
    elseif is_void(self, hook) then
      progress.done(self.model, self.unit, hook, sys.time())
      self.world:save()
    elseif not self:waits_its_turn() then
      self:run_hook(hook)
    end
  end
end

-- Time between two pods: leadership goes to another, what was on the pod's
-- own disk is lost, storages stay.
function M:between_pods()
  local unit <const>, ending <const> = self.unit, self.pod_end
  unit.away = true
  leadership.revoke(self.model, unit)
  unit.agent = models.status("lost",
    "agent is not communicating with the server", sys.time())
  self.world:save()
  self.comes_back = self.loop:event()
  self.comes_back:wait(ending.away)
  self.pod_end, self.comes_back, unit.away = nil, nil, nil
  if not self.stopping then
    assert(fs.remove_all(self.paths.root))
    unitfiles.prepare(self.world, unit, self.paths)
    progress.pod_started(self.model, unit, sys.time())
  end
  self.world:save()
end

---The agent's life; the body of its task. Returns when the unit is gone or
---the agent is stopped.
function M:run()
  self.finished = self.loop:event()
  unitfiles.prepare(self.world, self.unit, self.paths)
  while true do
    self.pod:start()
    self:serve()
    self.pod:stop(self.pod_end and self.pod_end.kill)
    if self.stopping or self.gone or not self.pod_end then
      break
    end
    self:between_pods()
    if self.stopping then
      break
    end
  end
  self.finished:set()
  if self.gone then
    self.world:forget(self)
  end
end

---Ends the unit's pod, as `kubectl delete pod` does; it comes back by itself.
---@param options { kill: boolean?, away: number } seconds until it does
function M:end_pod(options)
  self.pod_end = options
  if options.kill and self.process then
    self.process:kill("KILL")
  end
  self.world:wake()
end

---Ends the agent: the running hook gets SIGTERM (it runs again next time),
---the containers end gracefully.
function M:stop()
  self.stopping = true
  if self.comes_back then
    self.comes_back:set()
  end
  self.world:wake()
  local process <const> = self.process
  if process then
    process:kill("TERM")
  end
  if self.finished and not self.finished:wait(STOP_TIMEOUT) then
    if self.process then
      self.process:kill("KILL")
    end
    self.finished:wait()
  end
end

---Removes the unit's folders; storages stay unless they are to go too.
---@param destroy_storage boolean?
function M:remove_files(destroy_storage)
  assert(fs.remove_all(self.paths.root))
  if destroy_storage then
    for id in pairs(self.unit.storage) do
      assert(fs.remove_all(paths.storage(self.paths, id)))
    end
  end
end

return M
