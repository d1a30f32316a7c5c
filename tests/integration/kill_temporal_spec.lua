-- SPDX-License-Identifier: Apache-2.0
-- The packed temporal-k8s killed at each system call of a pebble-ready that
-- finds an empty container and of a config-changed and a db-relation-changed
-- that bring a new server configuration: databags, state, files, plan and the
-- running server end as after one uninterrupted run.
-- That takes minutes, so `make test` tries every tenth call, `make kill-test`
-- all of them (KILL_STRIDE=1).
local fs = require "host.fs"
local kill = require "tests.support.kill"
local loops = require "lab.loop"
local preflight = require "lab.preflight"
local sys = require "host.sys"
local temporal = require "tests.support.temporal_trial"

local STRIDE <const> = math.tointeger(tonumber(sys.getenv("KILL_STRIDE") or 10))
local TRIALS <const> = 24

-- Databags and state with their versions counted from where the event began.
local function view(trial)
  local held <const> = trial:held()
  for id, versions in pairs(held.versions) do
    for name, version in pairs(versions) do
      versions[name] = version - (trial.base[id][name] or 0)
    end
  end
  return { held = held, workload = temporal.workload(trial),
    status = trial.unit.workload.status .. " "
      .. trial.unit.workload.message }
end

local function rebase(trial)
  trial.base = trial:held().versions
end

-- Not buffered by Juju: each part as before or as after, never between.
local function half_done(before, after, now)
  for _, part in ipairs { "services", "config" } do
    local as_before <const> =
      kill.differs("", before.workload[part], now.workload[part])
    if as_before
      and kill.differs("", after.workload[part], now.workload[part]) then
      return ("%s is neither old nor new: %s"):format(part, as_before)
    end
  end
end

describe("temporal-k8s killed at each system call", function()
  local folder, restore, server
  local loop <const> = loops.new()

  setup(function()
    folder = assert(fs.mkdtemp("/tmp/kill-charms-"))
    restore = temporal.stand_in(folder)
    server = temporal.database()
  end)

  teardown(function()
    server:stop()
    restore()
    assert(fs.remove_all(folder))
  end)

  -- One event from one side to the other, undisturbed: where it ends.
  local function undisturbed(trial, cause, side)
    rebase(trial)
    cause(trial, side)
    trial:settle()
    return view(trial)
  end

  local function point(trial, at, cause, expected)
    local to <const> = 3 - trial.side
    rebase(trial)
    cause(trial, to)
    local before <const>, begun <const> = trial:held(), view(trial)
    trial:kill_at(at)
    trial:step()
    local killed <const> = trial.unit.uniter.pending ~= nil
    local fault = killed and (kill.differs("Juju's part after the kill",
      before, trial:held())
      or half_done(begun, expected[to], view(trial)))
    trial:kill_at(0)
    trial:settle()
    trial.side = to
    return killed,
      fault or kill.differs("at the end", expected[to], view(trial))
  end

  -- cause(trial, side) makes the event due, from one of two sides to the other.
  local function try_all(what, cause)
    local machine <const> = assert(preflight.check())
    loop:main(function()
      local tasks <const>, trials <const> = {}, {}
      for i = 1, TRIALS do
        tasks[i] = loop:spawn(function()
          trials[i] = temporal.start(loop, machine, server)
        end)
      end
      for _, task in ipairs(tasks) do
        assert(task:join())
      end
      local expected <const> = {}
      for _, side in ipairs { 2, 1, 2, 1 } do
        expected[side] = undisturbed(trials[1], cause, side)
      end
      for _, at in ipairs(expected) do
        assert.equal("active ", at.status)
        assert.equal("active", at.workload.current)
        assert.equal(at.workload.services.temporal.environment.CONFIG_SHA256,
          at.workload.running)
      end
      for _, trial in ipairs(trials) do
        trial.side = 1
      end
      local count <const> = kill.each_point(trials, function(trial, at)
        return point(trial, at, cause, expected)
      end, STRIDE)
      for _, trial in ipairs(trials) do
        trial:stop()
      end
      io.stdout:write(("kill test, temporal-k8s %s: %d points, %d held\n")
        :format(what, count.points, count.held))
      assert.equal("", table.concat(count.broken, "\n", 1,
        math.min(#count.broken, 3)))
      assert.equal(count.points, count.held)
      assert.is_true(count.points > 100 / STRIDE)
    end)
  end

  -- Nothing is in the new container: no folder, no file, no layer.
  it("of pebble-ready ends where one run would", function()
    try_all("pebble-ready", function(trial)
      trial.agent.pod:stop(true)
      trial.agent.pod:start()
      trial:wait_containers()
    end)
  end)

  it("of config-changed ends where one run would", function()
    try_all("config-changed", function(trial, side)
      temporal.log_level(trial, side == 1 and "info" or "debug")
    end)
  end)

  it("of db-relation-changed ends where one run would", function()
    try_all("db-relation-changed", function(trial, side)
      temporal.connect_as(trial, server, side == 1 and "anna" or "bert")
    end)
  end)
end)
