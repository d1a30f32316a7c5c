-- SPDX-License-Identifier: Apache-2.0
local lab = require "tests.support.lab_model"
local relations = require "lab.model.relations"

local function two()
  local model = lab.model()
  lab.deploy(model, "client", lab.CLIENT)
  lab.deploy(model, "server", lab.SERVER)
  return model
end

local function refused(model, first, second)
  local relation, message = relations.relate(model, first, second)
  assert.is_nil(relation)
  return message
end

describe("relations", function()
  it("finds the endpoints that fit, in either order", function()
    for _, words in ipairs {
      { "client", "server" }, { "server", "client:db" },
      { "client:db", "server:db" },
    } do
      local relation = assert(relations.relate(two(), words[1], words[2]))
      assert.equal("client:db server:db", relations.key(relation.endpoints))
      assert.equal("sql", relation.interface)
    end
  end)

  it("says what is wrong with the two names", function()
    local model = two()
    assert.equal('application "x" not found', refused(model, "x", "server"))
    assert.equal('application "client" has no "x" relation',
      refused(model, "client:x", "server"))
    assert.equal("no relations found", refused(model, "client", "client"))
    lab.deploy(model, "many", lab.charm {
      endpoints = {
        a = { interface = "sql", role = "provider" },
        b = { interface = "sql", role = "provider" },
      },
    })
    assert.equal('ambiguous relation: "client many" could refer to '
      .. '"client:db many:a"; "client:db many:b"',
      refused(model, "client", "many"))
  end)

  it("refuses what is there already and what exceeds a limit", function()
    local model = two()
    lab.deploy(model, "second", lab.SERVER)
    assert(relations.relate(model, "client", "server"))
    assert.matches("already exists", refused(model, "client", "server"))
    assert.matches("maximum relation limit of 1",
      refused(model, "client", "second"))
  end)

  it("writes a unit's addresses when it joins", function()
    local model = lab.related()
    assert.same({
      ["egress-subnets"] = "127.100.0.1/32",
      ["ingress-address"] = "127.100.0.1",
      ["private-address"] = "127.100.0.1",
    }, model.relations["1"].bags["client/0"])
  end)

  it("writes no private-address for Juju 4", function()
    local model = two()
    model.config["agent-version"] = "4.0.1"
    local relation = assert(relations.relate(model, "client", "server"))
    relations.enter(model, relation, model.units["client/0"])
    assert.is_nil(relation.bags["client/0"]["private-address"])
  end)

  it("deletes a key with an empty text; no change, no version", function()
    local relation = lab.related().relations["1"]
    relations.write(relation, "client", { a = "1", b = "2" })
    assert.equal(1, relation.versions.client)
    relations.write(relation, "client", { a = "1" })
    assert.equal(1, relation.versions.client)
    relations.write(relation, "client", { a = "" })
    assert.equal(2, relation.versions.client)
    assert.same({ b = "2" }, relation.bags.client)
  end)

  it("is gone at once when no unit had joined", function()
    local model = two()
    assert(relations.relate(model, "client", "server"))
    assert(relations.remove(model, "client", "server"))
    assert.is_nil(model.relations["1"])
    local _, message = relations.remove(model, "client", "server")
    assert.equal('relation "client server" not found', message)
  end)

  it("removes the related one of two pairs that fit", function()
    local model = two()
    lab.deploy(model, "many", lab.charm {
      endpoints = {
        a = { interface = "sql", role = "provider" },
        b = { interface = "sql", role = "provider" },
      },
    })
    assert(relations.relate(model, "client", "many:b"))
    assert(relations.remove(model, "client", "many"))
    assert.is_nil(model.relations["1"])
  end)
end)
