-- SPDX-License-Identifier: Apache-2.0
local lab = require "tests.support.lab_model"
local relations = require "lab.model.relations"
local removal = require "lab.model.removal"

describe("removal", function()
  it("takes an application without units at once, its peers too", function()
    local model = lab.model()
    lab.deploy(model, "client", lab.CLIENT, 0)
    removal.application(model, model.applications.client)
    assert.same({}, model.applications)
    assert.same({}, model.relations)
  end)

  it("keeps an application until its last unit is forgotten", function()
    local model = lab.related()
    removal.application(model, model.applications.client)
    assert.equal("dying", model.units["client/0"].life)
    assert.equal("dying", model.relations["1"].life)
    removal.forget(model, "client/0")
    assert.is_nil(model.applications.client)
    assert.is_not_nil(model.relations["1"], "the server's hooks come first")
    lab.settle(model, "server/0")
    assert.same({}, model.relations)
  end)

  it("marks units by force for good", function()
    local model = lab.model()
    lab.deploy(model, "app")
    removal.units({ model.units["app/0"] }, true)
    removal.units({ model.units["app/0"] }, false)
    assert.is_true(model.units["app/0"].force)
  end)

  it("aborts what a gone unit was to do", function()
    local model = lab.related()
    model.actions["2"] = { id = "2", unit = "client/0", status = "pending" }
    removal.forget(model, "client/0")
    assert.equal("aborted", model.actions["2"].status)
    assert.same({}, relations.others(model.relations["1"],
      model.units["server/0"]))
  end)
end)
