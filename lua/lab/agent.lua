-- SPDX-License-Identifier: Apache-2.0
-- One unit's agent: a task that asks lab.order for the next hook, runs it and
-- commits what it did; its workload containers beside it.
local actions = require "lab.model.actions"
local containers = require "lab.containers"
local fs = require "host.fs"
local hookrun = require "lab.hookrun"
local images = require "lab.images"
local models = require "lab.model"
local names = require "lab.names"
local order = require "lab.order"
local paths = require "lab.paths"
local progress = require "lab.progress"
local sys = require "host.sys"
local duration = require "std.duration"
local unitfiles = require "lab.unitfiles"

local M = {}
M.__index = M

local OPERATION <const> = "juju.worker.uniter.operation"
local UNITER <const> = "juju.worker.uniter"
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
    containers = {},
    last_update = sys.monotonic(),
  }, M)
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

-- Containers --------------------------------------------------------------

function M:start_containers()
  local world <const> = self.world
  local application <const> = self.model.applications[self.unit.application]
  local charm <const> = application.charm
  for name, about in names.each(charm.containers) do
    local image, message =
      images.find(application.resources[about.resource] or "scratch")
    if not image then
      self:log("ERROR", UNITER, message)
    else
      local container <const> = containers.new {
        loop = self.loop, machine = world.machine, unit = self.unit,
        paths = self.paths, name = name, image = image,
        mounts = containers.mounts(charm, self.unit, self.paths, name),
        program = world.pebble, on_change = function() world:wake() end,
        log = function(level, text)
          self:log(level, "juju.worker.uniter.container", text)
        end,
      }
      self.containers[name] = container
      self.loop:spawn(container.run, container).name = "container " .. name
    end
  end
end

function M:seen()
  local boots <const> = {}
  for name, container in pairs(self.containers) do
    boots[name] = container.boot
  end
  return {
    now = sys.time(),
    boots = boots,
    update_status = sys.monotonic() >= self:next_update(),
  }
end

-- Hooks -------------------------------------------------------------------

-- A commit that is refused fails the hook as a bad exit code does.
local function settle(hook, result)
  if result.signal and not hook.action then
    return "killed"
  elseif result.code ~= 0 then
    return "failed", ("exit status %d"):format(result.code)
  end
  local ok, message = result.context:commit()
  if not ok then
    return "failed", message
  end
  return "done"
end

function M:finish_action(hook, result, outcome, why)
  local action <const> = self.model.actions[hook.action]
  local failed = result.context.failure
  if result.signal then
    failed = "action terminated"
  elseif outcome == "failed" and result.code == 0 then
    failed, result.stderr = why, result.stderr .. why
  end
  actions.finish(action, {
    code = result.code,
    stdout = result.stdout,
    stderr = result.stderr,
    results = result.context.results,
    failed = failed,
  }, sys.time())
  progress.idle(self.unit, sys.time())
end

function M:finish_failed(hook, why)
  local now <const> = sys.time()
  self:log("ERROR", OPERATION, ('hook "%s" (via hook dispatching script: '
    .. "dispatch) failed: %s"):format(hook.name, why))
  if self.unit.force then
    progress.done(self.model, self.unit, hook, now)
    return
  end
  local retry <const> =
    models.setting(self.model, "automatically-retry-hooks") ~= "false"
  local random <const> = sys.random(1):byte() / 255
  local delay <const> = progress.failed(self.unit, hook,
    { now = now, random = random, retry = retry })
  self:log("INFO", UNITER, ('awaiting error resolution for "%s" hook')
    :format(hook.name) .. (retry and ("; next try in %.0f s"):format(delay)
    or ""))
end

function M:finish_done(hook, result)
  progress.done(self.model, self.unit, hook, sys.time())
  if result.missing then
    self:log("INFO", OPERATION, ('skipped "%s" hook (missing)')
      :format(hook.name))
  else
    self:log("INFO", OPERATION, ('ran "%s" hook (via hook dispatching '
      .. "script: %s)"):format(hook.name, result.via))
  end
end

-- What a run left behind goes to the model, and that to the disk, at once.
function M:finish(hook, result)
  if not self.model.units[self.unit.name] then
    return
  end
  local outcome, why = settle(hook, result)
  if hook.action then
    self:finish_action(hook, result, outcome, why)
  elseif outcome == "failed" then
    self:finish_failed(hook, why)
  elseif outcome == "done" then
    self:finish_done(hook, result)
  else
    self:log("INFO", OPERATION, ('"%s" hook was killed and is queued again')
      :format(hook.name))
    self.loop:sleep(self.stopping and 0 or 1)
  end
  self.world:save()
end

function M:run_hook(hook)
  local world <const> = self.world
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
  self:finish(hook, result)
  if hook.kind == "update-status" then
    self.last_update = sys.monotonic()
  end
end

-- A hook about a relation that was taken away by force counts as done.
local function is_void(agent, hook)
  return hook.relation and not agent.model.relations[hook.relation]
end

function M:until_due()
  local due = self:next_update()
  local failed <const> = self.unit.uniter.failed
  if failed then
    due = math.min(due, sys.monotonic() + failed.retry_at - sys.time())
  end
  return math.max(due - sys.monotonic(), 0.05)
end

---The agent's life; the body of its task. Returns when the unit is gone or
---the agent is stopped.
function M:run()
  self.finished = self.loop:event()
  unitfiles.prepare(self.world, self.unit, self.paths)
  self:start_containers()
  while not self.stopping do
    local hook <const> = order.next(self.model, self.unit, self:seen())
    if not hook then
      self.world.changed:wait(self:until_due())
    elseif hook.kind == "forget" then
      self.gone = true
      break
    elseif is_void(self, hook) then
      progress.done(self.model, self.unit, hook, sys.time())
      self.world:save()
    else
      self:run_hook(hook)
    end
  end
  self:stop_containers()
  self.finished:set()
  if self.gone then
    self.world:forget(self)
  end
end

function M:stop_containers()
  local tasks <const> = {}
  for _, container in pairs(self.containers) do
    tasks[#tasks + 1] = self.loop:spawn(container.stop, container)
  end
  for _, task in ipairs(tasks) do
    task:join()
  end
end

---Ends the agent: the running hook gets SIGTERM (it runs again next time),
---the containers end gracefully.
function M:stop()
  self.stopping = true
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
