-- SPDX-License-Identifier: Apache-2.0
local errors = require "std.error"
local shape = require "std.shape"

describe("std.shape", function()
  it("writes paths as Lua would", function()
    assert.equal('.a[2]["b c"].d-e', shape.below(shape.below(shape.below(
      shape.below("", "a"), 2), "b c"), "d-e"))
  end)

  it("gives a length to arrays only", function()
    assert.equal(2, shape.array_length("JSON", { 1, 2 }, ""))
    assert.equal(0, shape.array_length("JSON",
      setmetatable({}, shape.ARRAY), ""))
    assert.is_nil(shape.array_length("JSON", {}, ""))
    assert.is_nil(shape.array_length("JSON", { a = 1 }, ""))
  end)

  it("refuses with the format's kind and the path", function()
    local ok, err = pcall(shape.array_length, "YAML", { 1, a = 1 }, ".x")
    assert.is_false(ok)
    assert.is_true(errors.is(err, "yaml-encode"))
    assert.equal('cannot encode .x: an array with the key "a"', tostring(err))
  end)

  it("sorts keys by bytes", function()
    assert.same({ "A", "a", "b", "é" },
      shape.sorted_keys { b = 1, A = 1, ["é"] = 1, a = 1 })
  end)

  it("writes floats so that they stay floats", function()
    assert.equal("1.0", shape.float_text(1.0))
    assert.equal("1e+100", shape.float_text(1e100))
    assert.equal("0.30000000000000004", shape.float_text(0.1 + 0.2))
  end)

  it("checks depth and text", function()
    shape.check_depth("JSON", shape.MAX_DEPTH)
    assert.has_error(function()
      shape.check_depth("JSON", shape.MAX_DEPTH + 1)
    end)
    shape.check_text("JSON", "é", "")
    assert.has_error(function() shape.check_text("JSON", "\xe9", "") end)
  end)
end)
