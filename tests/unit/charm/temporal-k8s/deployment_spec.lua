-- SPDX-License-Identifier: Apache-2.0
package.path = "charm/temporal-k8s/?.lua;" .. package.path
local deployment = require "temporal.deployment"

local CONFIG <const> = {
  services = "frontend", ["log-level"] = "info", ["num-history-shards"] = 4,
  ["persistence-max-conns"] = 1, ["persistence-max-idle-conns"] = 1,
  ["persistence-max-conn-time"] = "1h", ["visibility-max-conns"] = 1,
  ["visibility-max-idle-conns"] = 1, ["visibility-max-conn-time"] = "1h",
}
local CONNECTION <const> = { dbname = "d", host = "h", port = "5432", user = "u",
  password = "p" }

local function facts(changes)
  local all = { config = CONFIG, connection = CONNECTION, schema_ready = true }
  for key, value in pairs(changes or {}) do
    all[key] = value ~= "none" and value or nil
  end
  return all
end

local function refusal(changes)
  local got, why = deployment.check(facts(changes))
  assert.is_nil(got)
  return why
end

describe("a deployment", function()
  it("is there when config, database and schema are", function()
    local got, why = deployment.check(facts())
    assert.is_nil(why)
    assert.equal(CONNECTION, got.connection)
    assert.same({ "frontend" }, got.settings.services)
  end)

  it("is refused for config, then database, then schema", function()
    local bad = setmetatable({ services = "x" }, { __index = CONFIG })
    assert.same({ message = "error in services config: invalid service 'x'",
      stop = true }, refusal { config = bad, connection = "none" })
    assert.same({ message = "db:pgsql relation: no database connection available",
      stop = true }, refusal { connection = "none", schema_ready = "none" })
    assert.same({ message = "admin:temporal relation: schema is not ready",
      stop = true }, refusal { schema_ready = "none" })
  end)

  it("leaves a running server alone for a mistake in its config", function()
    local bad = setmetatable({ services = "x" }, { __index = CONFIG })
    assert.is_false(refusal { config = bad }.stop)
  end)

  it("keeps the shards of the database that was served, not another's", function()
    assert.same({ message = "value of 'num-history-shards' config cannot be "
      .. "changed after deployment. Value should be 8", stop = false },
      refusal { served = { place = "d@h:5432", shards = 8 } })
    assert.is_table(deployment.check(
      facts { served = { place = "d@other:5432", shards = 8 } }))
    assert.is_table(deployment.check(
      facts { served = { place = "d@h:5432", shards = 4 } }))
  end)
end)
