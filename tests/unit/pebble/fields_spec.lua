-- SPDX-License-Identifier: Apache-2.0
local fields = require "pebble.fields"
local null = require "std.null"

describe("pebble.fields", function()
  it("names fields as Lua can, and keeps what it does not know", function()
    assert.same({ name = "x", change_id = "1", quite_new_field = { 1 } },
      fields { name = "x", ["change-id"] = "1", ["quite-new-field"] = { 1 } })
  end)

  it("fills in what was left out or null", function()
    assert.same({ failures = 0, successes = 2 },
      fields({ successes = 2, failures = null },
        { successes = 0, failures = 0 }))
  end)
end)
