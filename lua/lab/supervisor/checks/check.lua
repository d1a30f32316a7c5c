-- SPDX-License-Identifier: Apache-2.0
-- One check: performed every period as a change, and, when it has failed often
-- enough, recovered as another. Fires the plan's on-check-failure once.
local duration = require "std.duration"
local probes = require "lab.supervisor.checks.probe"

local M = {}
M.__index = M

local DEFAULT <const> = { period = 10, timeout = 3, threshold = 3 }

---@class lab.supervisor.Check
---@field name string
---@field config table the plan's entry
---@field status "up"|"down"|"inactive"
---@field successes integer
---@field failures integer
---@field change lab.supervisor.Change? the running one

---@param daemon lab.supervisor.Daemon
---@param name string
---@param config table
---@return lab.supervisor.Check
function M.new(daemon, name, config)
  return setmetatable({
    daemon = daemon,
    name = name,
    config = config,
    status = "inactive",
    successes = 0,
    failures = 0,
    wake = daemon.loop:event(),
  }, M)
end

---@return boolean
function M:is_active()
  return self.change ~= nil
end

local function threshold(self)
  return self.config.threshold or DEFAULT.threshold
end

-- One run, within its time.
local function probe(self)
  local config <const>, loop <const> = self.config, self.daemon.loop
  local period <const> = config.period or DEFAULT.period
  local timeout <const> = math.min(config.timeout or DEFAULT.timeout, period)
  local kind <const> = config.http and "http" or config.tcp and "tcp"
    or "exec"
  local run <const> = loop:spawn(probes[kind], loop, config, timeout,
    self.daemon.plan.combined.services)
  local done, ok, message = run:join(timeout)
  if done == nil or message == "timed out" then
    run:cancel()
    return nil, "check timed out after " .. duration.format(timeout)
  elseif not done then
    return nil, tostring(ok)
  end
  return ok, message
end

-- The next result: after a period, or from a refresh before that. nil when the
-- check was stopped.
local function next_result(self, change)
  if self.change ~= change then
    return nil -- stopped before its first turn
  end
  self.wake:wait(self.config.period or DEFAULT.period)
  local forced <const> = self.forced
  self.forced = nil
  if self.change ~= change then
    return nil
  elseif forced then
    return forced
  end
  local ok, message = probe(self)
  return self.change == change and { ok = ok, message = message } or nil
end

local begin

local function fire(self)
  for name, config in pairs(self.daemon.plan.combined.services) do
    local action <const> = (config["on-check-failure"] or {})[self.name]
    local service <const> = self.daemon.services.by_name[name]
    if action and service then
      service:check_failed(action)
    end
  end
end

local works = {}

works["perform-check"] = function(self, task)
  while true do
    local result <const> = next_result(self, task.change)
    if not result then
      return true
    elseif result.ok then
      self.successes, self.failures = self.successes + 1, 0
    else
      self.failures = self.failures + 1
      if self.failures >= threshold(self) then
        self.status, self.successes = "down", 0
        begin(self, "recover-check")
        fire(self)
        return nil, result.message
      end
      task:note("ERROR", result.message)
    end
  end
end

works["recover-check"] = function(self, task)
  while true do
    local result <const> = next_result(self, task.change)
    if not result then
      return true
    elseif result.ok then
      self.status, self.successes, self.failures = "up", 1, 0
      begin(self, "perform-check")
      return true
    end
    self.failures = self.failures + 1
    task:note("ERROR", result.message)
  end
end

begin = function(self, kind)
  local verb <const> = kind == "perform-check" and "Perform" or "Recover"
  local task <const> = {
    kind = kind,
    summary = ("%s %s check %q"):format(verb,
      self.config.http and "HTTP" or self.config.tcp and "TCP" or "exec",
      self.name),
    run = function(task) return works[kind](self, task) end,
    abort = function() self:stop() end,
  }
  self.previous = self.change or self.previous
  self.change = self.daemon.changes:add({
    kind = kind,
    summary = task.summary,
    notice = { ["check-name"] = self.name },
  }, { task })
end

---It reports "up" before its first run, as Pebble's do.
function M:start()
  self.status, self.successes, self.failures = "up", 0, 0
  begin(self, "perform-check")
end

---Keeps the counters; the change ends.
function M:stop()
  self.previous, self.change = self.change or self.previous, nil
  self.status = "inactive"
  self.wake:pulse()
end

---Runs it now.
---@return true? ok
---@return string? message
function M:refresh()
  local ok, message = probe(self)
  if self:is_active() then
    self.forced = { ok = ok, message = message }
    self.wake:pulse()
    self.daemon.loop:sleep(0)
  end
  return ok, message
end

---@return table shown as the API has it
function M:show()
  return {
    name = self.name,
    level = self.config.level,
    startup = self.config.startup or "enabled",
    status = self.status,
    successes = self.successes,
    failures = self.failures > 0 and self.failures or nil,
    threshold = threshold(self),
    ["change-id"] = self.change and self.change.id,
    ["prev-change-id"] = self.previous and self.previous.id,
  }
end

return M
