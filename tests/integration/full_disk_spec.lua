-- SPDX-License-Identifier: Apache-2.0
-- A lab on a disk that fills up: verbs are refused with the reason and change
-- nothing, what runs goes on, status tells; with room again all is as it
-- should be, by itself. Runs itself once more where a small tmpfs is mounted.
local fs = require "host.fs"
local labs = require "tests.support.own_lab"
local paths = require "lab.paths"
local preflight = require "lab.preflight"
local proc = require "host.proc"
local store = require "lab.store"
local sys = require "host.sys"

local SIZE <const> = 24 << 20
local FULL <const> = "No space left on device"
local SPEC <const> = "tests/integration/full_disk_spec.lua"
local DIR <const> = sys.getenv("FULL_DISK")

local COUNTER <const> = [[
local ops = require "ops"
local Counter = ops.charm "counter"

function Counter:init()
  self.here = ops.state(self, { lifetime = "container" })
  self.here:set_default { runs = 0 }
  self.state = ops.state(self, { lifetime = "unit" })
  self.state:set_default { runs = 0 }
  self:observe(self.on.update_status, self.count)
  self:observe(self.on.config_changed, self.count)
end

function Counter:count()
  self.here.runs = self.here.runs + 1
  self.state.runs = self.state.runs + 1
  assert(self.here.runs == self.state.runs)
  self.unit.status = ops.ActiveStatus(self.config.note)
end

return Counter
]]

local function pack(folder)
  local source <const> = folder .. "/counter"
  local files <const> = {
    ["metadata.yaml"] = "name: counter\nsummary: x\ndescription: x\n",
    ["config.yaml"] = "options: {note: {type: string, default: one}}\n",
    ["charm.lua"] = COUNTER,
  }
  assert(fs.mkdirs(source))
  for name, text in pairs(files) do
    assert(fs.write(source .. "/" .. name, text))
  end
  local result <const> = assert(proc.run { argv = {
    paths.program_folder() .. "/charmhost", "pack", source, "-o",
    source .. ".charm" }, timeout = 60 })
  assert(result.code == 0, result.stderr)
  return source .. ".charm"
end

local function inside()
  local lab, filler, charm
  local model_folder

  setup(function()
    lab = labs.new(DIR)
    model_folder = lab.data .. "/models/m"
    filler = DIR .. "/filler"
    charm = pack(DIR)
    lab:must("bootstrap", "here", "spec")
    lab:must("add-model", "m")
    lab:must("deploy", charm)
    lab:must("model-config", "update-status-hook-interval=500ms")
  end)

  teardown(function()
    fs.remove(filler)
    lab:close()
  end)

  local function unit()
    return lab:status().applications.counter.units["counter/0"]
  end

  local function is_active(note)
    lab:wait("the unit is active " .. note, function()
      local it <const> = unit()["workload-status"]
      return it.current == "active" and it.message == note
    end)
  end

  local function fill()
    for _, size in ipairs { 1 << 20, 4096, 1 } do
      repeat
        local ok <const> = fs.append(filler, ("x"):rep(size))
      until not ok
    end
  end

  local function refused(...)
    local result <const> = lab:run(...)
    assert.equal(1, result.code)
    assert.matches("^ERROR cannot change anything now: cannot write ",
      result.stderr)
    assert.matches(FULL, result.stderr, 1, true)
  end

  local function runs()
    local model <const> = assert(store.model(model_folder))
    return tonumber(model.units["counter/0"].state["state/runs"])
  end

  it("refuses verbs, says why, and changes nothing", function()
    is_active "one"
    fill()
    refused("config", "counter", "note=two")
    refused("deploy", charm, "second")
    refused("add-model", "other")
    local status <const> = lab:status()
    assert.is_nil(status.applications.second)
    assert.matches("value: one", lab:must("config", "counter"))
  end)

  it("shows that the model is not saved, and a charm's failed write", function()
    fill()
    local status <const> = lab:wait("the hook has failed", function()
      local status <const> = lab:status()
      local it <const> = status.applications.counter.units["counter/0"]
      return it["workload-status"].current == "error" and status
    end)
    assert.equal('hook failed: "update-status"', status.applications.counter
      .units["counter/0"]["workload-status"].message)
    assert.equal("error", status.model["model-status"].current)
    assert.matches("cannot save the model: .*" .. FULL,
      status.model["model-status"].message)
    assert.matches("cannot save the model", lab:must("status"))
  end)

  it("goes on by itself when there is room again", function()
    assert(fs.remove(filler))
    is_active "one"
    lab:wait("the model is saved", function()
      return lab:status().model["model-status"].current == "available"
    end)
    local before <const> = runs()
    lab:must("config", "counter", "note=three")
    is_active "three"
    assert.is_true(runs() > before)
    assert.matches("cannot write ./.charmhost-state.json: ", lab:log(), 1,
      true)
    for _, folder in ipairs { model_folder,
      model_folder .. "/units/counter-0/charm" } do
      for _, name in ipairs(assert(fs.list(folder))) do
        assert.is_nil(name:find("new", 1, true), name)
      end
    end
  end)
end

local function outside()
  it("is got over", function()
    local machine, unable = preflight.check()
    if not machine then
      pending(unable)
    end
    local dir <const> = assert(fs.mkdtemp("/tmp/full-disk-"))
    local result <const> = assert(proc.run {
      argv = { machine.bwrap, "--die-with-parent", "--dev-bind", "/", "/",
        "--size", tostring(SIZE), "--tmpfs", dir, "--setenv", "FULL_DISK", dir,
        "--", sys.executable(), "test", SPEC },
      timeout = 120, max_output = 4 << 20,
    })
    assert(fs.remove_all(dir))
    assert.equal(0, result.code, result.stdout .. result.stderr)
    assert.matches("3 passed, 0 failed", result.stdout, 1, true)
  end)
end

describe("a full disk", DIR and inside or outside)
