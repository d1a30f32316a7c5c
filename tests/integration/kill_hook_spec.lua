-- SPDX-License-Identifier: Apache-2.0
-- A hook killed at each of its system calls in turn: what Juju holds is as
-- before, and the hook that runs again ends where one uninterrupted run does.
-- KILL_STRIDE=n tries every n-th call only.
local fs = require "host.fs"
local kill = require "tests.support.kill"
local loops = require "lab.loop"
local preflight = require "lab.preflight"
local paths = require "lab.paths"
local proc = require "host.proc"
local sys = require "host.sys"

local STRIDE <const> = math.tointeger(tonumber(sys.getenv("KILL_STRIDE") or 1))
local TRIALS <const> = 6

local KEEPER <const> = [[
local ops = require "ops"

local Keeper = ops.charm "keeper"
Keeper.events = { "counted" }

function Keeper:init()
  self.state = ops.state(self, { lifetime = "unit" })
  self.state:set_default { runs = 0, late = 0, counted = 0, list = {} }
  self.shared = ops.state(self, { lifetime = "app" })
  self.shared:set_default { runs = 0 }
  self.here = ops.state(self, { lifetime = "container" })
  self.here:set_default { runs = 0 }
  self:observe(self.on.start, self.on_start)
  self:observe(self.on.config_changed, self.on_config_changed)
  self:observe(self.on.counted, self.on_counted)
end

function Keeper:on_start(event)
  if not self.config.open then
    return event:defer()
  end
  self.state.late = self.state.late + 1
end

function Keeper:on_counted(event)
  self.state.counted = self.state.counted + 1
  if self.state.counted % 2 == 1 then
    event:defer()
  end
end

function Keeper:on_config_changed(event)
  self.state.runs = self.state.runs + 1
  self.shared.runs = self.shared.runs + 1
  self.here.runs = self.here.runs + 1
  table.insert(self.state.list, self.state.runs)
  local bag = self.model:get_relation("peer").data[self.unit]
  bag.runs = tostring(self.state.runs)
  self.on.counted:emit { run = self.state.runs }
  self.unit.status = ops.ActiveStatus("run " .. self.state.runs)
  self.unit:open_port("tcp", 8000 + self.state.runs)
  event:defer()
end

return Keeper
]]

local function pack_keeper(folder)
  local source <const> = folder .. "/keeper"
  assert(fs.mkdirs(source))
  local files <const> = {
    ["metadata.yaml"] = "name: keeper\nsummary: x\ndescription: x\n"
      .. "peers: {peer: {interface: peers}}\n",
    ["config.yaml"] = "options: {open: {type: boolean, default: false}}\n",
    ["charm.lua"] = KEEPER,
  }
  for name, text in pairs(files) do
    assert(fs.write(source .. "/" .. name, text))
  end
  local file <const> = folder .. "/keeper.charm"
  local result <const> = assert(proc.run { argv = {
    paths.program_folder() .. "/charmhost", "pack", source, "-o", file },
    timeout = 60 })
  assert(result.code == 0, result.stderr)
  return file
end

local function report(what, count)
  io.stdout:write(("kill test, %s: %d points, %d held\n"):format(what,
    count.points, count.held))
  assert.equal("", table.concat(count.broken, "\n", 1,
    math.min(#count.broken, 3)))
  assert.equal(count.points, count.held)
  assert.is_true(count.points > 100 / STRIDE)
end

describe("a hook killed at each of its system calls", function()
  local loop <const> = loops.new()
  local folder, machine

  setup(function()
    folder = assert(fs.mkdtemp("/tmp/kill-charms-"))
    machine = assert(preflight.check())
  end)

  teardown(function()
    assert(fs.remove_all(folder))
  end)

  local function start_all(count, options)
    local trials <const> = {}
    for i = 1, count do
      trials[i] = kill.start(options)
    end
    return trials
  end

  local function stop_all(trials)
    for _, trial in ipairs(trials) do
      trial:stop()
    end
  end

  it("loses no deferred event, and doubles none", function()
    loop:main(function()
      local trials <const> = start_all(TRIALS, { loop = loop,
        machine = machine, app = "keeper", charm = pack_keeper(folder) })
      local function open(trial)
        local application <const> = trial.model.applications.keeper
        application.config.open = true
        application.config_version = application.config_version + 1
      end
      local expected
      for _, trial in ipairs(trials) do
        trial:kill_at(0)
        trial:settle()
        open(trial)
        trial.before = trial:held()
        trial.start = trial:image()
        trial:settle()
        local after <const> = trial:held()
        expected = expected or after
        assert.is_nil(kill.differs("two undisturbed runs", expected, after))
      end
      report("config-changed with deferred events", kill.each_point(trials,
        function(trial, at)
          trial:reset(trial.start)
          trial:kill_at(at)
          trial:step()
          local killed <const> = trial.unit.uniter.pending ~= nil
          local fault
          if killed then
            fault = kill.differs("after the kill", trial.before, trial:held())
          end
          trial:kill_at(0)
          trial:settle()
          return killed, fault
            or kill.differs("at the end", expected, trial:held())
        end, STRIDE))
      stop_all(trials)
    end)
  end)
end)
