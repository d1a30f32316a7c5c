-- SPDX-License-Identifier: Apache-2.0
local version = require "pebble.version"

describe("pebble.version", function()
  it("compares by number, whatever else there is", function()
    for _, case in ipairs {
      { "v1.4.2", "1.19", true }, { "1.10.2", "1.9", false },
      { "v1.19.0", "1.19", false }, { "v1.26.0-fips", "1.27", true },
      { "v2.0.0", "1.99", false }, { "v0.9", "1.1", true },
    } do
      assert.equal(case[3], version.is_older(case[1], case[2]), case[1])
    end
  end)

  it("takes a version that it can't read for a new one", function()
    assert.is_false(version.is_older("unknown", "1.19"))
  end)

  it("says it without the v", function()
    assert.equal("1.26.0", version.plain "v1.26.0")
    assert.equal("unknown", version.plain "unknown")
  end)
end)
