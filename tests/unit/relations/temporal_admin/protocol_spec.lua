-- SPDX-License-Identifier: Apache-2.0
local json = require "std.json"
local protocol = require "relations.temporal_admin.protocol"

local CONNINFO <const> = { dbname = "d", host = "h", port = "5432", user = "u",
  password = "p", fallback_application_name = "pg" }
local SCHEMAS <const> = { db = "public", visibility = "visibility" }

describe("database_connections", function()
  local connections = protocol.connections(CONNINFO, SCHEMAS)

  it("FAULT 2: is a string of JSON, not a table", function()
    local text = protocol.encode(connections)
    assert.is_string(text)
    assert.same({
      db = { dbname = "d", host = "h", port = "5432", user = "u",
        password = "p", schema = "public" },
      visibility = { dbname = "d", host = "h", port = "5432", user = "u",
        password = "p", schema = "visibility" },
    }, json.decode(text))
  end)

  it("FAULT 3: has the keys that the admin charm reads", function()
    assert.equal("database_connections", protocol.CONNECTIONS)
    assert.equal("schema_status", protocol.STATUS)
    assert.equal("ready", protocol.READY)
  end)

  it("comes back as it was", function()
    assert.same(connections, protocol.decode(protocol.encode(connections)))
  end)

  it("asks for TLS when the connection demands it", function()
    local function tls(sslmode)
      local conninfo = setmetatable({ sslmode = sslmode }, { __index = CONNINFO })
      return protocol.connections(conninfo, SCHEMAS).db.tls
    end
    assert.is_true(tls "require")
    assert.is_true(tls "verify-full")
    assert.is_nil(tls "prefer")
    assert.is_nil(tls(nil))
  end)

  it("of the original's server is read: no schema, null for visibility", function()
    local got = protocol.decode(json.encode {
      db = { dbname = "d", host = "h", port = 5432, user = "u", password = "p" },
      visibility = json.null,
    })
    assert.same({ db = { dbname = "d", host = "h", port = "5432", user = "u",
      password = "p" } }, got)
  end)

  it("is nothing when it is missing or holds no store", function()
    assert.is_nil(protocol.decode(nil))
    assert.is_nil(protocol.decode "{}")
    assert.is_nil(protocol.decode '{"db":null,"visibility":null}')
  end)

  it("that cannot be used says what is wrong, without its values", function()
    local function fault(text)
      local got, why = protocol.decode(text)
      assert.is_nil(got)
      return why
    end
    assert.equal("database_connections is not a JSON object", fault "secret")
    assert.equal("database_connections: db has no host",
      fault '{"db":{"dbname":"d","password":"secret"}}')
    assert.equal("database_connections: visibility is not a table",
      fault '{"visibility":"secret"}')
  end)
end)

describe("schema_status", function()
  local connections = protocol.connections(CONNINFO, SCHEMAS)
  local places = protocol.databases(connections)

  it("says which databases it is for, without user or password", function()
    assert.equal("db=d/public@h:5432 visibility=d/visibility@h:5432", places)
  end)

  it("counts for these databases only", function()
    assert.is_true(protocol.is_ready(
      { schema_status = "ready", schema_databases = places }, connections))
    assert.is_false(protocol.is_ready(
      { schema_status = "ready", schema_databases = "db=e/public@h:5432" },
      connections))
  end)

  it("is believed of an admin charm that does not name databases", function()
    assert.is_true(protocol.is_ready({ schema_status = "ready" }, connections))
  end)

  it("is nothing without a database, or with another word", function()
    assert.is_false(protocol.is_ready({ schema_status = "ready" }, nil))
    assert.is_false(protocol.is_ready({ schema_status = "no" }, connections))
    assert.is_false(protocol.is_ready({}, connections))
  end)
end)
