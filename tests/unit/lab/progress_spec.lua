-- SPDX-License-Identifier: Apache-2.0
local lab = require "tests.support.lab_model"
local progress = require "lab.progress"

local function unit()
  local model = lab.model()
  lab.deploy(model, "app")
  return model.units["app/0"], model
end

local HOOK <const> = { kind = "config-changed", name = "config-changed" }

describe("progress", function()
  it("doubles the delay from 5 s to 5 min, give or take a tenth", function()
    local it_unit = unit()
    local delays = {}
    for i = 1, 9 do
      delays[i] = progress.failed(it_unit, HOOK,
        { now = 0, random = 0.5, retry = true })
    end
    assert.same({ 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0 },
      delays)
    assert.equal(270.0, progress.failed(it_unit, HOOK,
      { now = 0, random = 0, retry = true }))
  end)

  it("shows the failed hook in the agent's status until it has run",
    function()
      local it_unit, model = unit()
      progress.failed(it_unit, HOOK, { now = 1, random = 0, retry = true })
      assert.same({
        status = "error", message = 'hook failed: "config-changed"', since = 1,
      }, it_unit.agent)
      progress.begin(model, it_unit, HOOK, 2)
      assert.equal("executing", it_unit.agent.status)
      assert.equal("running config-changed hook", it_unit.agent.message)
      progress.done(model, it_unit, HOOK, 3)
      assert.equal("idle", it_unit.agent.status)
      assert.is_nil(it_unit.uniter.failed)
    end)

  it("waits for a person when hooks are not retried", function()
    local it_unit = unit()
    progress.failed(it_unit, HOOK, { now = 1, random = 0, retry = false })
    assert.is_true(it_unit.uniter.failed.retry_at > 1e15)
  end)

  it("sets the workload's status until the charm does", function()
    local it_unit, model = unit()
    progress.begin(model, it_unit, { kind = "install", name = "install" }, 1)
    assert.equal("installing charm software", it_unit.workload.message)
    progress.done(model, it_unit, { kind = "start", name = "start" }, 2)
    assert.equal("unknown", it_unit.workload.status)
  end)
end)
