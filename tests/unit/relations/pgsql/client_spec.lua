-- SPDX-License-Identifier: Apache-2.0
local json = require "std.json"
local ops = require "ops"
local pgsql = require "relations.pgsql"
local testing = require "testing"

local METADATA <const> = {
  name = "app",
  peers = { peer = { interface = "app" } },
  requires = { db = { interface = "pgsql" } },
}
local SUBNET <const> = "10.0.0.5/32"
local MASTER <const> = "dbname=app host=pg password=s3cret port=5432 user=u"
local EVENTS <const> = {
  "database_relation_joined", "database_relation_broken",
  "database_available", "database_changed", "database_gone",
  "master_available", "master_changed", "master_gone",
  "standby_available", "standby_changed", "standby_gone",
}

describe("a client of pgsql", function()
  local ctx, heard, on_event

  before_each(function()
    local Charm = ops.charm "app"
    function Charm:init()
      self.db = pgsql.client(self, "db")
      for _, name in ipairs(EVENTS) do
        self:observe(self.db.on[name], self["on_" .. name])
      end
    end
    for _, name in ipairs(EVENTS) do
      Charm["on_" .. name] = function(self, event)
        table.insert(heard, name)
        if on_event then
          on_event(self, event, name)
        end
      end
    end
    heard, on_event = {}, nil
    ctx = testing.context { charm = Charm, metadata = METADATA }
  end)

  local function requests(id)
    return ('{"%d":{"database":"app"}}'):format(id or 3)
  end

  local function relation(data, id)
    return { endpoint = "db", id = id or 3, remote_app_name = "pg",
      remote_app_data = data or {},
      local_unit_data = { ["egress-subnets"] = SUBNET } }
  end

  local function answer(changes)
    local data = { database = "app", master = MASTER, version = "15.20",
      ["allowed-subnets"] = SUBNET }
    for key, value in pairs(changes or {}) do
      data[key] = value
    end
    return data
  end

  local function state(db, asked, leader)
    return { leader = leader ~= false, relations = {
      { endpoint = "peer", id = 0, local_app_data = asked
        and { ["pgsql.Client[db]/requests"] = asked } or {} },
      db } }
  end

  local function changed(before)
    heard = {}
    return ctx:run("db_relation_changed", before, { app = true })
  end

  it("hears once that a server has joined, and asks it", function()
    on_event = function(_, event)
      event.database = "app"
      assert.equal("app", event.database)
      assert.equal("pg", event.app.name)
    end
    local out = ctx:run("db_relation_joined", state(relation()))
    assert.same({ "database_relation_joined" }, heard)
    for _, bag in ipairs { "local_app_data", "local_unit_data" } do
      assert.equal("app", out:get_relation("db")[bag].database)
    end
    ctx:run("db_relation_joined", out)
    assert.same({ "database_relation_joined" }, heard)
  end)

  it("hears of the joining also when leadership came first", function()
    local out = ctx:run("leader_elected", state(relation()))
    ctx:run("db_relation_joined", out)
    assert.same({ "database_relation_joined" }, heard)
  end)

  it("takes over what a charm of Python asked for, on its upgrade", function()
    local db = relation(answer { roles = "a,b" })
    db.local_unit_data.database = "app"
    db.local_unit_data.roles = "a,b"
    local before = state(db)
    before.leader = false
    ctx:run("upgrade_charm", before)
    assert.same({}, heard) -- the leader's to take over
    before.leader = true
    local out = ctx:run("upgrade_charm", before)
    assert.same({ "master_available", "master_changed",
      "database_available", "database_changed" }, heard)
    assert.same({ ["3"] = { database = "app", roles = { "a", "b" },
      extensions = {} } }, json.decode(out:get_relation("peer")
        .local_app_data["pgsql.Client[db]/requests"]))
  end)

  it("cannot ask unless it leads", function()
    on_event = function(_, event)
      event.database = "app"
    end
    local code = ctx:try("db_relation_joined", state(relation(), nil, false))
    assert.equal(1, code)
    assert.is_truthy(ctx.failure.text:find("cannot ask db:3 for a database: "
      .. "this unit is not the leader", 1, true))
  end)

  it("keeps the request for its other units in the peer relation", function()
    on_event = function(self, event)
      self.db:ask(event.relation, { database = "app", roles = { "b", "a" },
        extensions = { "citext" } })
    end
    local out = ctx:run("db_relation_joined", state(relation()))
    assert.same({ ["3"] = { database = "app", roles = { "b", "a" },
      extensions = { "citext" } } }, json.decode(
      out:get_relation("peer").local_app_data["pgsql.Client[db]/requests"]))
    local bag = out:get_relation("db").local_app_data
    assert.equal("a,b", bag.roles)
    assert.equal("citext", bag.extensions)
  end)

  it("needs no leader-get, which Juju 4 does not have", function()
    changed(state(relation(answer()), requests(), false))
    for _, line in ipairs(ctx:tool_lines()) do
      assert.is_nil(line:find("^leader%-"))
    end
    assert.is_truthy(#heard > 0)
  end)

  it("hears of a new master, with its connection", function()
    local seen
    on_event = function(_, event)
      seen = event.master
      assert.equal("15.20", event.version)
    end
    local out = changed(state(relation(answer()), requests()))
    assert.same({ "master_available", "master_changed", "database_available",
      "database_changed" }, heard)
    assert.equal("pg", seen.host)
    assert.equal("s3cret", seen.password)
    changed(out)
    assert.same({}, heard)
  end)

  it("hears nothing before the answer is for its request", function()
    for _, wrong in ipairs { { database = "other" }, { roles = "x" },
      { ["allowed-subnets"] = "" } } do
      changed(state(relation(answer(wrong)), requests()))
      assert.same({}, heard)
    end
    changed(state(relation(answer())))
    assert.same({}, heard)
  end)

  it("hears of a changed password", function()
    local out = changed(state(relation(answer()), requests()))
    out:get_relation("db").remote_app_data.master = MASTER:gsub("s3cret", "new")
    changed(out)
    assert.same({ "master_changed", "database_changed" }, heard)
  end)

  it("hears of standbys apart from the master", function()
    local before = state(relation(answer {
      standbys = "host=s1 user=u\nhost=s2 user=u" }), requests())
    local hosts
    on_event = function(_, event)
      hosts = {}
      for _, each in ipairs(event.standbys) do
        table.insert(hosts, each.host)
      end
    end
    changed(before)
    assert.same({ "master_available", "master_changed", "standby_available",
      "standby_changed", "database_available", "database_changed" }, heard)
    assert.same({ "s1", "s2" }, hosts)
  end)

  it("hears the end of a relation, and forgets it", function()
    local out = changed(state(relation(answer()), requests()))
    heard = {}
    on_event = function(self, event)
      assert.is_nil(event.master)
      assert.is_nil(self.db:master())
    end
    out = ctx:run("db_relation_broken", out, { relation = 3 })
    assert.same({ "master_changed", "master_gone", "database_changed",
      "database_gone", "database_relation_broken" }, heard)
    assert.equal("{}",
      out:get_relation("peer").local_app_data["pgsql.Client[db]/requests"])
  end)

  it("loses its own connection when its unit leaves, not the others' request",
    function()
      local out = changed(state(relation(answer()), requests()))
      heard = {}
      out = ctx:run("db_relation_departed", out,
        { relation = 3, unit = 0, departing_unit = "app/0" })
      assert.same({}, heard)
      out = ctx:run("db_relation_broken", out, { relation = 3 })
      assert.same({ "master_changed", "master_gone", "database_changed",
        "database_gone", "database_relation_broken" }, heard)
      assert.equal(requests(),
        out:get_relation("peer").local_app_data["pgsql.Client[db]/requests"])
    end)

  it("keeps no password, only a digest of what it saw", function()
    local out = changed(state(relation(answer()), requests()))
    local kept = json.encode { out.unit_state, out.container_state,
      out:get_relation("peer").local_app_data, ctx.juju_log }
    assert.is_nil(kept:find("s3cret", 1, true))
    assert.is_truthy(kept:find(ops.digest(MASTER), 1, true))
  end)

  it("keeps no password in a deferred event, which tells the present", function()
    local seen
    on_event = function(_, event, name)
      if name == "master_changed" then
        seen = event.master.password
        event:defer()
      end
    end
    local out = changed(state(relation(answer()), requests()))
    assert.equal(1, #out.deferred)
    assert.is_nil(json.encode(out.deferred[1]):find("s3cret", 1, true))
    out:get_relation("db").remote_app_data.master = MASTER:gsub("s3cret", "new")
    ctx:run("config_changed", out)
    assert.equal("new", seen)
  end)

  it("emits again when the hook failed", function()
    on_event = function(_, _, name)
      if name == "database_available" then
        error "no"
      end
    end
    local code, out = ctx:try("db_relation_changed",
      state(relation(answer()), requests()), { app = true })
    assert.equal(1, code)
    on_event = nil
    changed(out)
    assert.equal("master_available", heard[1])
  end)

  it("follows when the leader's request becomes known later", function()
    local out = changed(state(relation(answer()), nil, false))
    assert.same({}, heard)
    out:get_relation("peer").local_app_data["pgsql.Client[db]/requests"] =
      requests()
    out = ctx:run("peer_relation_changed", out, { app = true })
    assert.equal("master_available", heard[1])
    assert.equal("app", out:get_relation("db").local_unit_data.database)
  end)

  it("reports a connection string that it cannot read, without it", function()
    on_event = function(_, event)
      return event.master
    end
    local code = ctx:try("db_relation_changed", state(relation(answer {
      master = "host=pg password='s3cret" }), requests()), { app = true })
    assert.equal(1, code)
    assert.is_truthy(ctx.failure.text:find("connection string", 1, true))
    assert.is_nil(ctx.failure.text:find("s3cret", 1, true))
  end)
end)
