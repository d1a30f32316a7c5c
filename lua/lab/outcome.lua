-- SPDX-License-Identifier: Apache-2.0
-- The end of a hook, an action or a command: committed or not, logged, and
-- noted in the model. For lab.agent.
local actions = require "lab.model.actions"
local models = require "lab.model"
local progress = require "lab.progress"
local sys = require "host.sys"

local M = {}

local OPERATION <const> = "juju.worker.uniter.operation"
local UNITER <const> = "juju.worker.uniter"

-- A commit that is refused fails the hook as a bad exit code does.
local function settle(self, hook, result)
  if result.signal and not hook.action then
    return "killed"
  elseif result.code ~= 0 then
    return "failed", ("exit status %d"):format(result.code)
  end
  local ok, message = result.context:commit()
  if not ok then
    self:log("ERROR", UNITER .. ".context", "cannot apply changes: " .. message)
    return "failed", message
  end
  return "done"
end

local function finish_action(self, hook, result, outcome, why)
  local action <const> = self.model.actions[hook.action]
  local failed = result.context.failure
  if result.signal then
    failed = "action terminated"
  elseif outcome == "failed" and result.code == 0 then
    failed, result.code = "committing requested changes failed", 1
    result.stderr = result.stderr == "" and why or result.stderr .. "\n" .. why
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

local function finish_failed(self, hook, why)
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

local function finish_done(self, hook, result)
  progress.done(self.model, self.unit, hook, sys.time())
  if result.missing then
    self:log("INFO", OPERATION, ('skipped "%s" hook (missing)')
      :format(hook.name))
  else
    self:log("INFO", OPERATION, ('ran "%s" hook (via hook dispatching '
      .. "script: %s)"):format(hook.name, result.via))
  end
end

---What a run left behind goes to the model, and that to the disk, at once.
---@param self table the unit's agent
---@param hook lab.Hook
---@param result lab.HookResult
function M.finish(self, hook, result)
  if not self.model.units[self.unit.name] then
    return
  end
  local outcome, why = settle(self, hook, result)
  if hook.action then
    finish_action(self, hook, result, outcome, why)
  elseif outcome == "failed" then
    finish_failed(self, hook, why)
  elseif outcome == "done" then
    finish_done(self, hook, result)
  else
    self:log("INFO", OPERATION, ('"%s" hook was killed and is queued again')
      :format(hook.name))
    self.loop:sleep((self.stopping or self.pod_end) and 0 or 1)
  end
  self.world:save()
end

return M
