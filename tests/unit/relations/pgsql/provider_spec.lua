-- SPDX-License-Identifier: Apache-2.0
local ops = require "ops"
local pgsql = require "relations.pgsql"
local testing = require "testing"

local METADATA <const> = { name = "pg", provides = { db = { interface = "pgsql" } } }
local SUBNET <const> = "10.0.0.5/32"

describe("a provider of pgsql", function()
  local ctx, heard, on_requested

  before_each(function()
    heard, on_requested = {}, nil
    local Charm = ops.charm "pg"
    function Charm:init()
      self.db = pgsql.provider(self, "db")
      self:observe(self.db.on.database_requested, self.on_requested)
      self:observe(self.db.on.database_released, self.on_released)
    end
    function Charm:on_requested(event)
      table.insert(heard, "requested " .. event.relation.id)
      if on_requested then
        on_requested(self)
      end
    end
    function Charm.on_released(_, event)
      table.insert(heard, "released " .. event.relation.id)
    end
    ctx = testing.context { charm = Charm, metadata = METADATA }
  end)

  local function client(data, units)
    return { endpoint = "db", id = 4, remote_app_name = "app",
      remote_app_data = data or {},
      remote_units_data = units or { [0] = { ["egress-subnets"] = SUBNET } } }
  end

  local function run(event, relation, options)
    return ctx:run(event, { leader = true, relations = { relation } }, options)
  end

  it("hears of every change of a client", function()
    run("db_relation_joined", client())
    run("db_relation_changed", client(), { app = true })
    run("db_relation_broken", client(), { relation = 4 })
    assert.same({ "requested 4", "requested 4", "released 4" }, heard)
  end)

  it("reads the application's request before the units'", function()
    on_requested = function(self)
      local demand = self.db:requests()[1]
      assert.equal("mine", demand.database)
      assert.same({ "a", "b" }, demand.extensions)
      assert.same({}, demand.roles)
    end
    run("db_relation_changed", client({ database = "mine", extensions = "a,b" },
      { [0] = { database = "other" } }), { app = true })
    assert.equal(1, #heard)
  end)

  it("has no request of a client that has not asked", function()
    on_requested = function(self)
      assert.same({}, self.db:requests())
    end
    run("db_relation_joined", client())
    assert.equal(1, #heard)
  end)

  it("publishes to both databags, for the client's units and subnets", function()
    on_requested = function(self)
      self.db:publish(self.db:requests()[1], {
        version = "15.20",
        conninfo = ops.pg.conninfo.new { host = "h", port = "5432", user = "u",
          password = "p w", dbname = "mine" },
      })
    end
    local out = run("db_relation_changed", client({ database = "mine",
      roles = "r" }, { [0] = { ["egress-subnets"] = SUBNET },
      [1] = { ["egress-subnets"] = "10.0.0.1/32" } }), { app = true })
    local bag = out:get_relation("db").local_app_data
    assert.equal("dbname=mine host=h password='p w' port=5432 user=u", bag.master)
    assert.equal("10.0.0.1/32,10.0.0.5/32", bag["allowed-subnets"])
    assert.equal("app/0,app/1", bag["allowed-units"])
    assert.equal("mine", bag.database)
    assert.equal("r", bag.roles)
    assert.equal("15.20", bag.version)
    assert.equal(bag.master, out:get_relation("db").local_unit_data.master)
  end)

  it("knows what it has published", function()
    local known
    on_requested = function(self)
      known = self.db:published(self.db:requests()[1].relation)
    end
    local relation = client { database = "mine" }
    run("db_relation_changed", relation, { app = true })
    assert.is_nil(known)
    relation.local_app_data = { master = "host=h password=p" }
    run("db_relation_changed", relation, { app = true })
    assert.equal("p", known.password)
  end)
end)
