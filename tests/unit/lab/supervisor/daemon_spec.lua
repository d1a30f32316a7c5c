-- SPDX-License-Identifier: Apache-2.0
-- What the supervisor takes, without doing all of it, it says.
local supervisors = require "tests.support.supervisor"

describe("the supervisor", function()
  local pebble

  setup(function() pebble = supervisors.start() end)
  teardown(function() pebble:stop() end)

  it("takes a log target, and warns that nothing goes there", function()
    local function warnings()
      return pebble:get("/v1/notices?types=warning")
    end
    assert.same({}, warnings())
    local before = pebble:get("/v1/plan?format=yaml")
    pebble:layer([[
log-targets:
  far: {override: replace, type: loki, location: "http://x", services: [all]}
]], "far")
    assert.not_equal(before, pebble:get("/v1/plan?format=yaml"))
    pebble:layer("summary: another", "another")
    local list = warnings()
    assert.equal(1, #list)
    assert.equal('log target "far": forwarding is not supported by the lab\'s '
      .. "supervisor", list[1].key)
    assert.equal(1, list[1].occurrences)
    assert.equal("24h0m0s", list[1]["repeat-after"])
  end)
end)
