-- SPDX-License-Identifier: Apache-2.0
local names = require "ops.names"

describe("names", function()
  it("of events have no dashes", function()
    assert.equal("a_b_relation_changed", names.event "a-b-relation-changed")
    assert.equal("one", (names.event "one"))
  end)

  it("of types are in camel case", function()
    assert.equal("SchemaChanged", names.camel "schema_changed")
    assert.equal("Db", names.camel "db")
  end)

  it("are listed in order, for messages", function()
    assert.equal("a, b", names.listed { b = 1, a = 2, [3] = "x" })
    assert.equal("none", names.listed {})
  end)
end)
