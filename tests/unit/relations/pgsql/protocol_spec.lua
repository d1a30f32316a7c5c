-- SPDX-License-Identifier: Apache-2.0
local protocol = require "relations.pgsql.protocol"

local function request(database, roles, extensions)
  return { database = database or "", roles = roles or {},
    extensions = extensions or {} }
end

describe("a pgsql request", function()
  it("is written with sorted, comma-joined names", function()
    assert.same({ database = "d", roles = "a,b", extensions = "x,y:s" },
      protocol.request_keys(request("d", { "b", "a" }, { "y:s", "x" })))
  end)

  it("does not sort the caller's list in place", function()
    local names = { "b", "a" }
    protocol.join(names)
    assert.same({ "b", "a" }, names)
  end)
end)

describe("a pgsql answer", function()
  local answer = { database = "d", roles = "a", extensions = "",
    ["allowed-subnets"] = "10.0.0.1/32,10.0.0.2/32" }

  it("counts when database, roles and extensions are mirrored", function()
    assert.is_true(protocol.answered(request("d", { "a" }), "10.0.0.1/32", answer))
  end)

  it("does not count for another database", function()
    assert.is_false(protocol.answered(request("e", { "a" }), "", answer))
  end)

  it("counts with any database when none was asked for", function()
    assert.is_true(protocol.answered(request("", { "a" }), "", answer))
  end)

  it("does not count while the roles differ", function()
    assert.is_false(protocol.answered(request("d"), "", answer))
  end)

  it("does not count while the extensions differ", function()
    assert.is_false(protocol.answered(request("d", { "a" }, { "x" }), "", answer))
  end)

  it("does not count before this unit's subnets are allowed", function()
    assert.is_false(protocol.answered(request("d", { "a" }),
      "10.0.0.1/32, 10.0.0.9/32", answer))
  end)

  it("needs no subnets when this unit has none", function()
    assert.is_true(protocol.answered(request("d"), nil, { database = "d" }))
  end)
end)

describe("the lookup of a master", function()
  it("takes the application before its units", function()
    local entities = {
      { name = "pg/0", data = { database = "d", master = "unit" } },
      { name = "pg", data = { database = "d", master = "app" } },
    }
    assert.equal("app", (protocol.find(entities, request("d"), "", "master")))
    assert.equal("pg/0", entities[1].name)
  end)

  it("passes by databags that do not answer or are empty", function()
    local entities = {
      { name = "pg", data = { database = "e", master = "app" } },
      { name = "pg/0", data = { database = "d", master = "" } },
      { name = "pg/1", data = { database = "d", master = "unit" } },
    }
    assert.equal("unit", (protocol.find(entities, request("d"), "", "master")))
  end)

  it("finds nothing where nothing answers", function()
    assert.is_nil((protocol.find({}, request("d"), "", "master")))
  end)
end)

describe("the events between two looks", function()
  it("are none when nothing changed", function()
    assert.same({}, protocol.events({ master = "x" }, { master = "x" }))
  end)

  it("say available and changed for the first master", function()
    assert.same({ "master_available", "master_changed", "database_available",
      "database_changed" }, protocol.events({}, { master = "x" }))
  end)

  it("say changed alone for another master", function()
    assert.same({ "master_changed", "database_changed" },
      protocol.events({ master = "x" }, { master = "y" }))
  end)

  it("say database_gone only when nothing is left", function()
    assert.same({ "master_changed", "master_gone", "database_changed" },
      protocol.events({ master = "x", standbys = "s" }, { standbys = "s" }))
    assert.same({ "master_changed", "master_gone", "standby_changed",
      "standby_gone", "database_changed", "database_gone" },
      protocol.events({ master = "x", standbys = "s" }, {}))
  end)
end)
