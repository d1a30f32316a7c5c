-- SPDX-License-Identifier: Apache-2.0
local json = require "std.json"
local ops = require "ops"
local temporal_admin = require "relations.temporal_admin"
local testing = require "testing"

local METADATA <const> = { name = "tools",
  provides = { admin = { interface = "temporal" } } }

describe("the provider of the temporal interface", function()
  local ctx, on_changed, heard

  before_each(function()
    heard = 0
    local Charm = ops.charm "tools"
    function Charm:init()
      self.admin = temporal_admin.provider(self, "admin")
      self:observe(self.admin.on.connections_changed, self.on_changed)
    end
    function Charm:on_changed()
      heard = heard + 1
      on_changed(self.admin)
    end
    ctx = testing.context { charm = Charm, metadata = METADATA }
  end)

  local function server(id, data, answer)
    return { endpoint = "admin", id = id, remote_app_name = "server" .. id,
      remote_app_data = data or {}, local_app_data = answer }
  end

  local function connections(host)
    return { database_connections = json.encode { db = { dbname = "d",
      host = host, port = "5432", user = "u", password = "p" } } }
  end

  it("knows each server with its own connections", function()
    on_changed = function(admin)
      local clients = admin:clients()
      assert.equal("a", clients[1].connections.db.host)
      assert.is_nil(clients[2].connections)
      assert.is_nil(clients[2].fault)
      assert.equal("database_connections is not a JSON object", clients[3].fault)
    end
    ctx:run("admin_relation_changed", { leader = true, relations = {
      server(1, connections "a"), server(2),
      server(3, { database_connections = "junk" }) } },
      { relation = 1, app = true })
    assert.equal(1, heard)
  end)

  it("answers each for its own databases", function()
    on_changed = function(admin)
      for _, client in ipairs(admin:clients()) do
        admin:set_ready(client)
      end
    end
    local out = ctx:run("admin_relation_changed", { leader = true, relations = {
      server(1, connections "a"), server(2, connections "b") } },
      { relation = 2, app = true })
    for id, host in pairs { "a", "b" } do
      assert.same({ schema_status = "ready",
        schema_databases = ("db=d/public@%s:5432"):format(host) },
        out:get_relation(id).local_app_data)
    end
  end)

  it("takes an answer back", function()
    on_changed = function(admin)
      admin:set_not_ready(admin:clients()[1])
    end
    local out = ctx:run("admin_relation_changed", { leader = true, relations = {
      server(1, {}, { schema_status = "ready", schema_databases = "x" }) } },
      { app = true })
    assert.same({}, out:get_relation(1).local_app_data)
  end)

  it("no more knows a server whose relation ends", function()
    on_changed = function(admin)
      assert.same({}, admin:clients())
    end
    ctx:run("admin_relation_broken", { leader = true,
      relations = { server(1, connections "a") } }, { relation = 1 })
    assert.equal(1, heard)
  end)
end)
