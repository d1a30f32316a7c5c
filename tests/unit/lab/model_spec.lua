-- SPDX-License-Identifier: Apache-2.0
local lab = require "tests.support.lab_model"
local models = require "lab.model"
local relations = require "lab.model.relations"
local removal = require "lab.model.removal"

local function add(model, fields)
  local options <const> = {
    name = "app", charm = lab.charm(), origin = {}, config = {},
    resources = {},
  }
  for key, value in pairs(fields) do
    options[key] = value
  end
  return models.add_application(model, options)
end

describe("model", function()
  it("refuses a bad name, a second application, an unknown resource", function()
    local model = lab.model()
    local _, message = add(model, { name = "App" })
    assert.equal('invalid application name "App"', message)
    assert(add(model, {}))
    _, message = add(model, {})
    assert.equal('cannot add application "app": application already exists',
      message)
    _, message = add(model, { name = "b", resources = { image = "x" } })
    assert.equal('unrecognized resource "image"', message)
    assert.is_nil(model.applications.b)
  end)

  it("gives each unit its own address, also the next model's", function()
    local model = lab.model()
    lab.deploy(model, "app", nil, 2)
    assert.equal("127.100.0.1", model.units["app/0"].address)
    assert.equal("127.100.0.2", model.units["app/1"].address)
    local other =
      models.new { name = "n", uuid = "u", index = 1, network = 100 }
    lab.deploy(other, "app")
    assert.equal("127.100.1.1", other.units["app/0"].address)
  end)

  it("gives a unit's number to no other, its address late", function()
    local model = lab.model()
    lab.deploy(model, "app", nil, 2)
    removal.forget(model, "app/1")
    local unit = models.add_unit(model, "app", 0)
    assert.equal("app/2", unit.name)
    assert.equal("127.100.0.3", unit.address)
    model.next_address = 254
    assert.equal("127.100.0.254", models.add_unit(model, "app", 0).address)
    assert.equal("127.100.0.2", models.add_unit(model, "app", 0).address)
  end)

  it("makes the first unit leader, and another when it goes", function()
    local model = lab.model()
    lab.deploy(model, "app", nil, 2)
    assert.is_true(models.is_leader(model, model.units["app/0"]))
    removal.forget(model, "app/0")
    assert.is_true(models.is_leader(model, model.units["app/1"]))
  end)

  it("forgets a dying application with its last unit and relations", function()
    local model = lab.related()
    removal.application(model, model.applications.server, false)
    assert.equal("dying", model.units["server/0"].life)
    assert.equal("dying", model.relations["1"].life)
    removal.forget(model, "server/0")
    assert.is_nil(model.applications.server)
    assert.is_not_nil(model.relations["1"], "the client has still to leave")
    relations.leave(model, model.relations["1"], model.units["client/0"])
    assert.is_nil(model.relations["1"])
  end)

  it("fails what a unit's actions wait for when the unit goes", function()
    local model = lab.model()
    lab.deploy(model, "app", nil, 2)
    model.actions["2"] = { unit = "app/0", status = "pending" }
    removal.forget(model, "app/0")
    assert.equal("aborted", model.actions["2"].status)
  end)
end)
