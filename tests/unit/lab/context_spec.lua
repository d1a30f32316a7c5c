-- SPDX-License-Identifier: Apache-2.0
local lab = require "tests.support.lab_model"
local relations = require "lab.model.relations"

local HOOK <const> = {
  kind = "relation-changed", name = "db-relation-changed", relation = "1",
  endpoint = "db", remote_app = "server", remote_unit = "server/0",
}

local function context(fields)
  local model = lab.related()
  local hook = {}
  for key, value in pairs(HOOK) do
    hook[key] = value
  end
  for key, value in pairs(fields or {}) do
    hook[key] = value
  end
  return lab.context(model, "client/0", hook), model
end

describe("context", function()
  it("buffers writes, shows them to itself, commits them at once", function()
    local run, model = context()
    local relation = model.relations["1"]
    run:set_bag(relation, "client/0", { a = "1" })
    run:set_state("k", "v")
    table.insert(run.ports, { name = "80/tcp", open = true })
    assert.equal("1", run:bag(relation, "client/0").a)
    assert.is_nil(relation.bags["client/0"].a)
    assert.same({ k = "v" }, run:charm_state())
    assert.same({}, model.units["client/0"].state)
    assert(run:commit())
    assert.equal("1", relation.bags["client/0"].a)
    assert.same({ k = "v" }, model.units["client/0"].state)
    assert.same({ ["80/tcp"] = true }, model.units["client/0"].ports)
  end)

  it("reads remote data once", function()
    local run, model = context()
    local relation = model.relations["1"]
    assert.is_nil(run:bag(relation, "server/0").late)
    relations.write(relation, "server/0", { late = "1" })
    assert.is_nil(run:bag(relation, "server/0").late)
  end)

  it("refuses the commit as a whole when leadership was lost", function()
    local run, model = context()
    run:set_bag(model.relations["1"], "client", { a = "1" })
    run:set_state("k", "v")
    model.applications.client.leader = "client/1"
    local ok, message = run:commit()
    assert.is_nil(ok)
    assert.matches("checking leadership continuity", message)
    assert.same({}, model.units["client/0"].state)
    assert.same({}, model.relations["1"].bags.client)
  end)

  it("refuses more than 2 MiB of state", function()
    local run = context()
    for i = 1, 33 do
      run:set_state("k" .. i, ("x"):rep(65536))
    end
    local _, message = run:commit()
    assert.matches("for charm state exceeded", message)
  end)

  it("stays not the leader once it was told so", function()
    local run, model = context()
    model.applications.client.leader = "client/1"
    assert.is_false(run:is_leader())
    model.applications.client.leader = "client/0"
    assert.is_false(run:is_leader())
  end)

  it("hides the departing unit and the broken relation", function()
    local run, model = context { kind = "relation-departed" }
    assert.same({}, run:members(model.relations["1"]))
    assert.same({ "db:1" }, run:relation_ids("db"))
    run = context { kind = "relation-broken" }
    assert.same({}, run:relation_ids("db"))
    assert.is_not_nil(run:relation("1"))
  end)

  it("knows which databags a unit may read", function()
    local run, model = context()
    local relation = model.relations["1"]
    for who, may in pairs {
      ["client/0"] = true, ["server/0"] = true, server = true, client = true,
      other = false, ["other/0"] = false, ["client/1"] = false,
    } do
      assert.equal(may, run:may_read(relation, who), who)
    end
    model.applications.client.leader = "client/1"
    run = lab.context(model, "client/0", HOOK)
    assert.is_false(run:may_read(relation, "client"))
    assert.is_true(run:may_read(model.relations["0"], "client"),
      "everyone reads its own peer application databag")
  end)
end)
