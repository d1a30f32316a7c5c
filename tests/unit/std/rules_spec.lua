-- SPDX-License-Identifier: Apache-2.0
local rules = require "std.rules"
local yaml = require "std.yaml"

describe("std.rules", function()
  local function check(rule, text, lenient)
    local value, lines = yaml.decode(text, { lines = true })
    assert.is_table(lines)
    local found = {}
    for i, problem in ipairs(rules.check(value, rule,
      { lines = lines, lenient = lenient })) do
      found[i] = ("%d%s: %s"):format(problem.line, problem.path, problem.text)
    end
    return found
  end

  it("tells every problem by line and path", function()
    local rule = { fields = { a = "string", b = { list = "integer" },
      c = { each = "boolean" } } }
    assert.same({
      "1.a: expected a string, got true",
      "3.b[2]: expected an integer, got x",
      "5.c.d: expected a boolean, got a map",
    }, check(rule, "a: yes\nb: [1,\n  x]\nc:\n  d: {}\nother: 1\n"))
  end)

  it("wants what is required, unless it is lenient", function()
    local rule = { fields = { a = "string" }, required = { "a" } }
    assert.same({ '1: "a" is missing' }, check(rule, "b: 1"))
    assert.same({ "1.a: expected a string, got nothing" }, check(rule, "a:"))
    assert.same({}, check(rule, "b: 1", true))
    assert.same({}, check(rule, "a:", true))
  end)

  it("takes null only where a rule says so", function()
    local rule = { each = { of = "string", null = true } }
    assert.same({}, check(rule, "a:\nb: c"))
    assert.same({ "1[1]: expected a value, got nothing" },
      check({ list = "string" }, "[null]"))
  end)

  it("takes either of two, and says why the second does not fit", function()
    local rule = { each = { either = { "string", { fields = {
      x = "integer" } } } } }
    assert.same({}, check(rule, "a: b\nc: {x: 1}"))
    assert.same({ "2.c.x: expected an integer, got z" },
      check(rule, "a: b\nc: {x: z}"))
  end)

  it("tests values of the right type, and keys", function()
    local rule = {
      names = function(key) return key == "bad" and "a bad name" or nil end,
      each = rules.one_of { "p", "q" },
    }
    assert.same({ '1.a: "r" is none of p, q', "2.bad: a bad name",
      "3.c: expected a string, got 1" },
      check(rule, "a: r\nbad: p\nc: 1"))
  end)

  it("hints at what YAML made of an unquoted word", function()
    local problem = rules.check(true, "string")[1]
    assert.equal("YAML reads it as a boolean; quote it", problem.hint)
    assert.is_nil(rules.check({}, "string")[1].hint)
  end)
end)
