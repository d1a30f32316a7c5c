-- SPDX-License-Identifier: Apache-2.0
package.path = "charm/temporal-k8s/?.lua;" .. package.path
local layer = require "temporal.layer"

local DEPLOYMENT <const> = {
  settings = { services = { "frontend", "worker" }, log_level = "warn" },
  connection = { dbname = "temporal-k8s", host = "10.1.2.3", port = "5432",
    user = "u", password = "s3cret" },
  address = "10.9.8.7",
}

describe("the layer", function()
  local built = layer.build(DEPLOYMENT, "abc")

  it("starts the services that the config names", function()
    assert.equal("temporal-server --root /etc/temporal --env charm start "
      .. "--service=frontend --service=worker", built.services.temporal.command)
    assert.equal("enabled", built.services.temporal.startup)
    assert.equal("replace", built.services.temporal.override)
    assert.equal("temporal server layer", built.summary)
  end)

  it("FAULT 7: holds no password, only the digest of the configuration", function()
    assert.same({ LOG_LEVEL = "warn", DB_NAME = "temporal-k8s",
      DB_HOST = "10.1.2.3", DB_PORT = "5432", DB_USER = "u",
      CONFIG_SHA256 = "abc" }, built.services.temporal.environment)
  end)
end)
