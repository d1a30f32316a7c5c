-- SPDX-License-Identifier: Apache-2.0
-- One service's state machine: starting, running, backing off, stopping. What
-- happens is told to waiting tasks by the `changed` event.
local clock = require "lab.supervisor.clock"
local runs = require "lab.supervisor.run"
local sys = require "host.sys"

local M = {}
M.__index = M

local OKAY_DELAY <const> = 1
local KILL_DELAY <const> = 5
local AFTER_KILL <const> = 5
local BACKOFF <const> = { delay = 0.5, factor = 2.0, limit = 30 }
local OUTPUT_LINES <const> = 20

-- The state as the API words it.
local CURRENT <const> = {
  initial = "inactive",
  starting = "active",
  running = "active",
  terminating = "inactive",
  killing = "inactive",
  stopped = "inactive",
  backoff = "backoff",
  exited = "error",
}

local EXIT_CODES <const> = {
  shutdown = { success = 0, failure = 10, check = 11 },
  ["success-shutdown"] = { success = 0, failure = 0, check = 0 },
  ["failure-shutdown"] = { success = 10, failure = 10, check = 10 },
}

---@class lab.supervisor.Service
---@field name string
---@field state string
---@field config table? the plan entry it was last started with
---@field run lab.supervisor.Run?
---@field changed lab.Event
---@field since integer? when `current` became what it is

---@param loop lab.Loop
---@param name string
---@param ring lab.supervisor.Ring
---@param shutdown fun(code: integer) ends the daemon
---@return lab.supervisor.Service
function M.new(loop, name, ring, shutdown)
  return setmetatable({
    loop = loop,
    name = name,
    ring = ring,
    shutdown = shutdown,
    state = "initial",
    changed = loop:event(),
    restarts = 0,
  }, M)
end

---@return string current "active", "inactive", "backoff" or "error"
function M:current()
  return CURRENT[self.state]
end

local function enter(self, state)
  if CURRENT[state] ~= CURRENT[self.state] or not self.since then
    self.since = clock.now()
  end
  self.state = state
  self.changed:pulse()
end

local function kill_delay(self)
  return self.config["kill-delay"] or KILL_DELAY
end

local on_exit

local function start_run(self, state)
  local run <const>, message = runs.start(self.loop, {
    config = self.config,
    ring = self.ring,
    patience = 0.9 * kill_delay(self),
    on_exit = function(run) on_exit(self, run) end,
  })
  self.run = run
  enter(self, run and state or "stopped")
  return run, message
end

local function back_off(self)
  local config <const> = self.config
  local limit <const> = config["backoff-limit"] or BACKOFF.limit
  local delay <const> = (config["backoff-delay"] or BACKOFF.delay)
    * (config["backoff-factor"] or BACKOFF.factor) ^ self.restarts
  self.restarts = self.restarts + 1
  enter(self, "backoff")
  self.timer = self.loop:spawn(function()
    self.loop:sleep(math.min(delay, limit) * (1 + math.random() / 10))
    self.timer = nil
    local run, message = start_run(self, "running")
    if not run then
      self.ring:append(("cannot start service: %s\n"):format(message))
    end
  end)
end

-- What follows an end: of the process ("success", "failure") or of patience
-- with a check ("check").
local function act(self, action, cause)
  local codes <const> = EXIT_CODES[action]
  if action == "restart" then
    back_off(self)
  else
    enter(self, cause == "success" and "stopped" or "exited")
    if codes then
      self.shutdown(codes[cause])
    end
  end
end

on_exit = function(self, run)
  if self.run ~= run then
    return
  end
  local config <const> = self.config
  local stopping <const> =
    self.state == "terminating" or self.state == "killing"
  if stopping and not self.restart_after then
    return enter(self, "stopped")
  end
  if run:age() >= (config["backoff-limit"] or BACKOFF.limit) then
    self.restarts = 0
  end
  if stopping then
    self.restart_after = nil
    return back_off(self)
  end
  local cause <const> = run.code == 0 and "success" or "failure"
  run.action = config["on-" .. cause] or "restart"
  act(self, run.action, cause)
end

local function note_output(self, task)
  local lines <const> = {}
  for index, line in ipairs(self.ring:tail(OUTPUT_LINES)) do
    lines[index] = "    " .. line.text
  end
  if #lines > 0 then
    task:note("INFO", "Most recent service output:\n"
      .. table.concat(lines, "\n"))
  end
end

local function await_okay(self, run, task)
  local deadline <const> = run.started + OKAY_DELAY
  while self.run == run and self.state == "starting" and not task.aborted do
    local left <const> = deadline - sys.monotonic()
    if left <= 0 or not self.changed:wait(left) and not run.code then
      enter(self, "running")
      return true
    end
  end
  if run.action then
    note_output(self, task)
    return nil, ("service start attempt: exited quickly with code %d, will %s")
      :format(run.code, run.action)
  elseif task.aborted then
    run:kill("KILL", true)
    return nil, "start aborted, sent SIGKILL to process"
  end
  return nil, "stopped before the 1s okay delay"
end

---The work of a start task: done when it has run for a second.
---@param config table plan entry
---@param task lab.supervisor.Task
---@return true? ok
---@return string? message
function M:start(config, task)
  if self.state == "starting" or self.state == "running" then
    task:note("INFO", ("Service %q already started."):format(self.name))
    return true
  elseif self.state == "terminating" or self.state == "killing" then
    return nil, "cannot start service while terminating"
  elseif self.timer then
    self.timer:cancel()
    self.timer = nil
  end
  self.config, self.restarts, self.restart_after = config, 0, nil
  local run, message = start_run(self, "starting")
  if not run then
    return nil, "cannot start service: " .. message
  end
  return await_okay(self, run, task)
end

---Asks a starting service to end, for an aborted start task.
---@param task lab.supervisor.Task
function M:abort_start(task)
  task.aborted = true
  if self.state == "starting" then
    self.state = "terminating"
  end
  self.changed:pulse()
end

local function await_end(self, run, patience)
  local deadline <const> = sys.monotonic() + patience
  while self.run == run and not run.code do
    local left <const> = deadline - sys.monotonic()
    if left <= 0 then
      return false
    end
    self.changed:wait(left)
  end
  return true
end

-- SIGTERM, and after kill-delay SIGKILL, to the process group.
local function terminate(self)
  local run <const> = self.run
  if self.state ~= "terminating" and self.state ~= "killing" then
    enter(self, "terminating")
    run:kill("TERM", true)
  end
  if await_end(self, run, kill_delay(self)) then
    return true
  end
  enter(self, "killing")
  run:kill("KILL", true)
  if await_end(self, run, AFTER_KILL) then
    return true
  end
  return nil, "process still running after SIGTERM and SIGKILL"
end

---The work of a stop task.
---@param task lab.supervisor.Task?
---@return true? ok
---@return string? message
function M:stop(task)
  self.restart_after = nil
  if self.state == "backoff" then
    self.timer:cancel()
    self.timer = nil
    enter(self, "stopped")
    return true
  elseif CURRENT[self.state] == "active" or self.state == "terminating"
    or self.state == "killing"
  then
    return terminate(self)
  elseif task then
    task:note("INFO", ("Service %q already stopped."):format(self.name))
  end
  return true
end

---To the main process only.
---@param signal string "HUP"
---@return true? ok
---@return string? message
function M:signal(signal)
  local known, ok, message = pcall(self.run.kill, self.run, signal)
  if not known then
    return nil, ("invalid signal name \"SIG%s\""):format(signal)
  end
  return ok, message
end

---A check of the plan reached its threshold; `action` is what the plan says.
---@param action string
function M:check_failed(action)
  if action == "ignore" or self.state == "backoff" then
    return
  elseif action ~= "restart" then
    if self.state == "running" or self.state == "exited" then
      self.shutdown(EXIT_CODES[action].check)
    end
  elseif self.state == "exited" then
    back_off(self)
  elseif self.state == "running" then
    self.restart_after = true
    self.loop:spawn(terminate, self)
  end
end

return M
