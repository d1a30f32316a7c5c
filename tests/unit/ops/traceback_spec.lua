-- SPDX-License-Identifier: Apache-2.0
local errors = require "std.error"
local traceback = require "ops.traceback"

describe("a traceback", function()
  local function text_of(raise)
    local _, failure = xpcall(raise, traceback.handler)
    return failure.text, failure.error
  end

  it("begins with the error and ends with the charm's calls", function()
    local text = text_of(function() error "boom" end)
    assert.truthy(text:find("^[^\n]*traceback_spec.lua:%d+: boom\nstack"))
    assert.is_nil(text:find("xpcall", 1, true))
  end)

  it("names the causes that the error's text does not", function()
    local inner = errors.new { kind = "b", tried = "go", happened = "no road" }
    local text, err = text_of(function()
      errors.raise {
        kind = "a",
        tried = "travel",
        happened = "stuck",
        cause = inner,
      }
    end)
    assert.truthy(text:find(
      "^cannot travel: stuck\nbecause: cannot go: no road\nstack"))
    assert.equal("a", err.kind)
  end)

  it("takes errors of any type", function()
    assert.truthy(text_of(function() error(nil) end):find("^nil\nstack"))
    assert.truthy(text_of(function() error {} end):find("^table: "))
  end)
end)
