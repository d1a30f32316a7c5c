-- SPDX-License-Identifier: Apache-2.0
local lab = require "tests.support.lab_model"
local leadership = require "lab.model.leadership"
local models = require "lab.model"
local removal = require "lab.model.removal"

local function leader_of(model)
  return model.applications.app.leader
end

describe("leadership", function()
  it("is granted to one of those that stay and run", function()
    local model = lab.model()
    lab.deploy(model, "app", nil, 4)
    removal.units { model.units["app/1"] }
    model.units["app/2"].away = true
    removal.forget(model, "app/0")
    assert.equal("app/3", leader_of(model))
  end)

  it("is not lost when nobody else can have it", function()
    local model = lab.model()
    lab.deploy(model, "app", nil, 2)
    model.units["app/1"].away = true
    assert.is_false(leadership.revoke(model, model.units["app/0"]))
    assert.equal("app/0", leader_of(model))
    model.units["app/1"].away = nil
    assert.is_false(leadership.revoke(model, model.units["app/1"]))
    assert.is_true(leadership.revoke(model, model.units["app/0"]))
    assert.equal("app/1", leader_of(model))
  end)

  it("is chosen by the seed among equals", function()
    local chosen = {}
    for number = 1, 30 do
      local model = lab.model()
      model.seed = number
      local application = assert(models.add_application(model, {
        name = "app", charm = lab.charm(), origin = {}, config = {},
        resources = {},
      }))
      models.add_units(model, "app", 3, 0)
      chosen[application.leader] = true
    end
    assert.same({ ["app/0"] = true, ["app/1"] = true, ["app/2"] = true },
      chosen)
  end)

  it("stays false for a run that was told so", function()
    local model = lab.model()
    lab.deploy(model, "app", nil, 2)
    local run = lab.context(model, "app/1", { kind = "start", name = "start" })
    assert.is_false(run:is_leader())
    leadership.revoke(model, model.units["app/0"])
    assert.is_false(run:is_leader())
    local next_run =
      lab.context(model, "app/1", { kind = "start", name = "start" })
    assert.is_true(next_run:is_leader())
  end)
end)
