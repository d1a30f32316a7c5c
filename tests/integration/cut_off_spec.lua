-- SPDX-License-Identifier: Apache-2.0
-- A config-changed of the packed temporal-k8s that brings a new configuration,
-- while the agent leaves at its n-th hook tool or Pebble at its n-th request,
-- for every n: the hook fails with a reason in the log and nothing of it held,
-- or the status says what it waits for, or it got over it; the next run, at
-- the latest update-status, ends where an undisturbed one does.
local fs = require "host.fs"
local hooktools = require "lab.hooktools"
local kill = require "tests.support.kill"
local loops = require "lab.loop"
local pebble_cut = require "tests.support.pebble_cut"
local preflight = require "lab.preflight"
local temporal = require "tests.support.temporal_trial"

local TRIALS <const> = 8

describe("temporal-k8s cut off in the middle of a hook", function()
  local loop <const> = loops.new()
  local folder, restore, server, run_tool
  local by_model <const> = {}

  -- The agent of a trial: which call it leaves at, and how.
  local function leaving(run, request)
    local trial <const> = by_model[run.model]
    if not trial.leave then
      return run_tool(run, request)
    end
    trial.calls = trial.calls + 1
    local now <const> = trial.calls == trial.leave.at
    if now or trial.left and trial.leave.how == "for good" then
      trial.left = true
      if trial.leave.how == "silent" then
        loop:event():wait()
      end
      if trial.leave.how == "late" then
        run_tool(run, request)
      end
      error(loop.cancelled, 0)
    end
    return run_tool(run, request)
  end

  setup(function()
    folder = assert(fs.mkdtemp("/tmp/cut-charms-"))
    restore = temporal.stand_in(folder)
    server = temporal.database()
    run_tool, hooktools.run = hooktools.run, leaving
  end)

  teardown(function()
    hooktools.run = run_tool
    server:stop()
    restore()
    assert(fs.remove_all(folder))
  end)

  local function view(trial)
    local held <const> = trial:held()
    held.versions = nil -- they count on from trial to trial
    return { held = held, workload = temporal.workload(trial),
      status = trial.unit.workload.status }
  end

  local function start_all(wanted)
    local machine <const> = assert(preflight.check())
    local tasks <const>, trials <const> = {}, {}
    for i = 1, wanted do
      tasks[i] = loop:spawn(function()
        -- Known by its model from its first hook on.
        trials[i] = temporal.start(loop, machine, server, function(trial)
          by_model[trial.model] = trial
        end)
        trials[i].cut = pebble_cut.start(trials[i], "temporal")
        trials[i].side = 1
      end)
    end
    for _, task in ipairs(tasks) do
      assert(task:join())
    end
    return trials
  end

  local LEVELS <const> = { "info", "debug" }

  local function ends_of(trial)
    local expected <const> = {}
    for _, side in ipairs { 2, 1 } do
      temporal.log_level(trial, LEVELS[side])
      trial:settle()
      expected[side] = view(trial)
      assert.equal("active", expected[side].status)
    end
    return expected
  end

  -- What a failed hook must have left: its reason, and nothing held.
  local function check_failed(trial, before, reason)
    local log <const> = table.concat(trial.log, "\n")
    if not log:find(reason) then
      return ("no %s in the log:\n%s"):format(reason, log)
    end
    trial.failures = (trial.failures or 0) + 1
    trial.unit.uniter.failed.retry_at = 0
    return kill.differs("Juju's part after the failure", before, trial:held())
  end

  -- arm(trial, at) sets the trap, disarm(trial) says whether it went off.
  local function try_all(what, options)
    loop:main(function()
      local trials <const> = start_all(TRIALS)
      local expected <const> = ends_of(trials[1])
      local count <const> = kill.each_point(trials, function(trial, at)
        trial.side = 3 - trial.side
        temporal.log_level(trial, LEVELS[trial.side])
        local before <const> = trial:held()
        for i in ipairs(trial.log) do
          trial.log[i] = nil
        end
        options.arm(trial, at)
        trial:step()
        local happened <const> = options.disarm(trial)
        local fault = trial.unit.uniter.failed
          and check_failed(trial, before, options.reason)
        if not trial.unit.uniter.failed and view(trial).status == "waiting" then
          fault = trial.unit.workload.message ~= options.waits_for
            and "it waits for " .. trial.unit.workload.message
          trial.agent.last_update = -math.huge -- update-status is due
        end
        trial:settle()
        return happened,
          fault or kill.differs("at the end", expected[trial.side], view(trial))
      end)
      local failures = 0
      for _, trial in ipairs(trials) do
        failures = failures + (trial.failures or 0)
        trial:stop()
      end
      io.stdout:write(("%s: %d points, %d held, %d failed hooks\n")
        :format(what, count.points, count.held, failures))
      assert.equal("", table.concat(count.broken, "\n", 1,
        math.min(#count.broken, 3)))
      assert.equal(count.points, count.held)
      assert.is_true(count.points >= options.least)
    end)
  end

  for _, how in ipairs { "for good", "for one call", "late" } do
    it("by the agent, " .. how, function()
      try_all("the agent leaves " .. how, {
        least = 8,
        reason = "cannot ",
        arm = function(trial, at)
          trial.leave, trial.calls, trial.left = { at = at, how = how }, 0,
            false
        end,
        disarm = function(trial)
          trial.leave = nil
          return trial.left
        end,
      })
    end)
  end

  -- Nothing bounds it, as with Juju's own tools: the hook waits, its status
  -- says that it runs, and whoever ends the agent ends it.
  it("by an agent that never answers, until that ends", function()
    loop:main(function()
      local trial <const> = start_all(1)[1]
      local expected <const> = ends_of(trial)
      for _, at in ipairs { 1, 4, 8, 12 } do
        trial.side = 3 - trial.side
        temporal.log_level(trial, LEVELS[trial.side])
        trial.leave, trial.calls, trial.left =
          { at = at, how = "silent" }, 0, false
        local hook <const> = loop:spawn(trial.step, trial)
        while not trial.left do
          loop:sleep(0.05)
        end
        assert.is_nil((hook:join(0.5)))
        assert.equal("running config-changed hook", trial.unit.agent.message)
        trial.agent.process:kill("TERM")
        assert(hook:join(10))
        assert.is_not_nil(trial.unit.uniter.pending)
        trial.leave = nil
        trial:settle()
        assert.is_nil(kill.differs("at the end", expected[trial.side],
          view(trial)))
      end
      trial:stop()
    end)
  end)

  for _, mode in ipairs { "before", "after" } do
    it("by Pebble, " .. mode .. " it has heard", function()
      try_all("Pebble leaves " .. mode .. " it has heard", {
        least = 5,
        reason = "in container temporal",
        waits_for = "waiting for pebble in the container temporal",
        arm = function(trial, at) trial.cut:arm(at, mode) end,
        disarm = function(trial)
          local happened <const> = trial.cut.cut
          trial.cut:back()
          return happened
        end,
      })
    end)
  end
end)
