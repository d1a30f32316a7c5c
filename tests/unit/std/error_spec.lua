-- SPDX-License-Identifier: Apache-2.0
local errors = require "std.error"

describe("std.error", function()
  it("says what was tried, what happened, and what to do", function()
    assert.equal("cannot open the box: it is locked; find the key",
      tostring(errors.new {
        kind = "box", tried = "open the box", happened = "it is locked",
        hint = "find the key",
      }))
    assert.equal("cannot open the box: it is locked", tostring(errors.new {
      kind = "box", tried = "open the box", happened = "it is locked",
    }))
  end)

  it("takes what happened from the cause", function()
    local inner = errors.new { kind = "lock", tried = "turn", happened = "rust" }
    local outer = errors.new { kind = "box", tried = "open", cause = inner }
    assert.equal("cannot open: cannot turn: rust", tostring(outer))
    assert.equal(inner, outer.cause)
  end)

  it("is told by kind, its causes' kinds too", function()
    local err = errors.new {
      kind = "box", tried = "open",
      cause = errors.new { kind = "lock", tried = "turn", cause = "rust" },
    }
    assert.is_true(errors.is(err))
    assert.is_true(errors.is(err, "box"))
    assert.is_true(errors.is(err, "lock"))
    assert.is_false(errors.is(err, "rust"))
    for _, value in ipairs { "text", {}, 1, print } do
      assert.is_false(errors.is(value))
    end
    assert.is_false(errors.is(nil))
  end)

  it("has data, empty unless given", function()
    assert.same({}, errors.new { kind = "a", tried = "b" }.data)
    assert.same({ code = 1 },
      errors.new { kind = "a", tried = "b", data = { code = 1 } }.data)
  end)

  it("raises the object itself", function()
    local ok, err = pcall(errors.raise, { kind = "a", tried = "b" })
    assert.is_false(ok)
    assert.is_true(errors.is(err, "a"))
  end)

  it("wants a kind and what was tried", function()
    assert.error_matches(function() errors.new { tried = "b" } end,
      "field 'kind': string expected, got nil")
    assert.error_matches(function() errors.new { kind = "a", tried = 1 } end,
      "field 'tried': string expected, got number")
  end)
end)
