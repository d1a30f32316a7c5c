-- SPDX-License-Identifier: Apache-2.0
local json = require "std.json"
local ops = require "ops"
local temporal_admin = require "relations.temporal_admin"
local testing = require "testing"

local METADATA <const> = {
  name = "server",
  peers = { peer = { interface = "server" } },
  requires = { admin = { interface = "temporal" } },
}
local CONNECTION <const> = { dbname = "d", host = "h", port = "5432", user = "u",
  password = "p" }
local PLACES <const> = "db=d/public@h:5432 visibility=d/visibility@h:5432"

describe("the requirer of the temporal interface", function()
  local ctx, heard, connection

  before_each(function()
    heard, connection = {}, CONNECTION
    local Charm = ops.charm "server"
    function Charm:init()
      self.admin = temporal_admin.requirer(self, "admin", function()
        return connection
      end)
      self:observe(self.admin.on.schema_changed, self.on_schema_changed)
      self:observe(self.on.config_changed, self.on_config_changed)
    end
    function Charm.on_schema_changed(_, event)
      table.insert(heard, event.schema_ready)
    end
    function Charm:on_config_changed()
      self.admin:publish()
    end
    ctx = testing.context { charm = Charm, metadata = METADATA }
  end)

  local function state(data, leader)
    return { leader = leader ~= false, relations = { {
      endpoint = "admin", id = 5, remote_app_name = "tools",
      remote_app_data = data or {},
    } } }
  end

  local function handed_over(out)
    return out:get_relation("admin").local_app_data.database_connections
  end

  it("hands its connection over when somebody joins", function()
    local out = ctx:run("admin_relation_joined", state())
    assert.equal("visibility",
      json.decode(handed_over(out)).visibility.schema)
    assert.same({ false }, heard)
  end)

  it("leaves that to its leader, but hears all the same", function()
    local out = ctx:run("admin_relation_changed",
      state({ schema_status = "ready" }, false), { app = true })
    assert.is_nil(handed_over(out))
    assert.same({ true }, heard)
  end)

  it("hears that the schema of its database is ready, or another's", function()
    ctx:run("admin_relation_changed", state { schema_status = "ready",
      schema_databases = PLACES }, { app = true })
    ctx:run("admin_relation_changed", state { schema_status = "ready",
      schema_databases = "db=x/public@h:5432" }, { app = true })
    assert.same({ true, false }, heard)
  end)

  it("takes the connection back when its database is gone", function()
    local out = ctx:run("config_changed", state { schema_status = "ready" })
    assert.is_string(handed_over(out))
    connection = nil
    out = ctx:run("config_changed", out)
    assert.is_nil(handed_over(out))
    assert.same({ true, false }, heard)
  end)

  it("tells a new leader what is so", function()
    local out = ctx:run("leader_elected", state { schema_status = "ready" })
    assert.is_string(handed_over(out))
    assert.same({ true }, heard)
  end)

  it("has nothing new to say of a database without an admin charm", function()
    ctx:run("config_changed", { leader = true })
    assert.same({}, heard)
    connection = nil
    ctx:run("config_changed", { leader = true })
    assert.same({ false }, heard)
  end)
end)
