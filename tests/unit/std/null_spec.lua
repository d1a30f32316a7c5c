-- SPDX-License-Identifier: Apache-2.0
local json = require "std.json"
local null = require "std.null"
local yaml = require "std.yaml"

describe("std.null", function()
  it("is one value for JSON and YAML", function()
    assert.equal(null, json.decode "null")
    assert.equal(null, yaml.decode "~")
    assert.equal(null, json.null)
  end)

  it("is not nil: a table holds it", function()
    assert.is_true(null ~= nil)
    assert.equal(1, #{ null })
  end)
end)
