-- SPDX-License-Identifier: Apache-2.0
package.path = "charm/temporal-k8s/?.lua;" .. package.path
local server_config = require "temporal.server_config"

local POOL <const> = { max_conns = 2, max_idle_conns = 1, max_conn_time = "1h" }

local function deployment(connection)
  local full = { dbname = "temporal-k8s", host = "10.1.2.3", port = "5432",
    user = "u", password = 'p"w: #x' }
  for key, value in pairs(connection or {}) do
    full[key] = value
  end
  return {
    settings = { services = { "frontend", "worker" }, log_level = "warn",
      shards = 8, default = POOL, visibility = POOL },
    connection = full,
    address = "10.9.8.7",
  }
end

describe("the server's configuration", function()
  local config = server_config.build(deployment())

  it("FAULT 4: gives the visibility store a host, a user and a password", function()
    local stores = config.persistence.datastores
    for name, schema in pairs { default = "public", visibility = "visibility" } do
      local sql = stores[name].sql
      assert.equal("10.1.2.3:5432", sql.connectAddr)
      assert.equal("u", sql.user)
      assert.equal('p"w: #x', sql.password)
      assert.equal("temporal-k8s", sql.databaseName)
      assert.same({ search_path = schema }, sql.connectAttributes)
    end
  end)

  it("binds and broadcasts this unit's own address", function()
    assert.equal("10.9.8.7", config.global.membership.broadcastAddress)
    for _, service in pairs(config.services) do
      assert.equal("10.9.8.7", service.rpc.bindOnIP)
    end
    assert.equal("10.9.8.7:7233", config.publicClient.hostPort)
  end)

  it("takes pools, shards and level from the settings", function()
    assert.equal(2, config.persistence.datastores.visibility.sql.maxConns)
    assert.equal(8, config.persistence.numHistoryShards)
    assert.equal("warn", config.log.level)
  end)

  it("names its dynamic configuration, which is pushed beside it", function()
    assert.equal("/etc/temporal/config/dynamicconfig/charm.yaml",
      config.dynamicConfigClient.filepath)
  end)

  it("puts an IPv6 host in brackets", function()
    local built = server_config.build(deployment { host = "fd00::1" })
    assert.equal("[fd00::1]:5432",
      built.persistence.datastores.default.sql.connectAddr)
  end)

  it("encrypts when the connection string demands it", function()
    local function tls(sslmode)
      local built = server_config.build(deployment { sslmode = sslmode })
      return built.persistence.datastores.default.sql.tls
    end
    assert.is_nil(tls(nil))
    assert.is_nil(tls("prefer"))
    assert.is_false(tls("require").enableHostVerification)
    assert.is_true(tls("verify-full").enableHostVerification)
  end)
end)
