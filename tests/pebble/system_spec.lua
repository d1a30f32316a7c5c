-- SPDX-License-Identifier: Apache-2.0
-- Which Pebble it is, and health without checks.
local contract = require "tests.support.contract"
local fs = require "host.fs"

describe("the system", function()
  local pebble

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)

  it("has a version", function()
    assert.matches("^v%d+%.%d+%.%d+", pebble:get "/v1/system-info".version)
  end)

  it("has the kernel's boot id", function()
    assert.equal((fs.read "/proc/sys/kernel/random/boot_id":match "^%S+"),
      pebble:get "/v1/system-info" ["boot-id"])
  end)

  it("is healthy with no check to say otherwise", function()
    for _, query in ipairs { "", "?level=alive", "?level=ready",
      "?names=nobody" } do
      assert.same({ healthy = true }, pebble:get("/v1/health" .. query))
    end
  end)

  it("knows two levels of health", function()
    pebble:refused(400, "level must be", "GET", "/v1/health?level=x")
  end)
end)
