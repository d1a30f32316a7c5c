-- SPDX-License-Identifier: Apache-2.0
package.path = "charm/temporal-k8s/?.lua;" .. package.path
local frontend = require "temporal.frontend"
local model = require "tests.support.temporal_model"

describe("the frontend", function()
  local world, restore

  before_each(function()
    world, restore = model.stand_in()
  end)

  after_each(function()
    restore()
  end)

  it("answers, or does not", function()
    assert.is_true((frontend.answers("10.0.0.1", 7233)))
    world.answers = false
    local answers, err = frontend.answers("10.0.0.1", 7233)
    assert.is_false(answers)
    assert.equal("grpc", err.kind)
  end)

  it("is asked until it answers", function()
    world.answers = { false, false, true }
    assert.is_true((frontend.wait("10.0.0.1", 7233, 30)))
    assert.equal(3, #world.calls)
    assert.equal(1.0, world.slept)
  end)

  it("is not waited for past the time", function()
    world.answers = false
    assert.is_false((frontend.wait("10.0.0.1", 7233, 3)))
    assert.is_true(world.slept < 3)
    assert.is_true(#world.calls > 1)
  end)
end)
