-- SPDX-License-Identifier: Apache-2.0
local json = require "host.json"
local null = require "std.null"
local yaml = require "host.yaml"

local function fails(text, code, limits)
  local value, message, got = yaml.decode(text, limits)
  assert.is_nil(value)
  assert.equal(code, got)
  assert.matches("^cannot decode yaml: ", message)
  return message
end

-- Plain scalars by what they mean.
local MEANS <const> = {
  [true] = { "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on",
    "On", "ON" },
  [false] = { "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off",
    "Off", "OFF" },
  [null] = { "", "~", "null", "Null", "NULL" },
  [12] = { "12", "+12", "0xc", "0XC", "0b1100", "014", "0o14", "1_2" },
  [-12] = { "-12", "-0xC", "-014" },
  [0] = { "0", "-0", "00" },
  [0.5] = { ".5", "0.5", "5e-1" },
  [8.5] = { "8.5", "08.5" },
  [math.huge] = { ".inf", ".Inf", ".INF", "+.inf" },
  [-math.huge] = { "-.inf", "-.INF" },
}

local STRINGS <const> = {
  "yEs", "oN", "nULL", "tRUE", "1.2.3", "127.0.0.1", "1:30", "190:20:30",
  "2001-01-01", "2001-12-14t21:59:43.10-05:00", "0xg", "0b2", "0o8", "1e",
  "1e1.5", ".", "..", "+", "_1", "1x", "0x", "--1", "1-", "1e999", "inf",
  "nan", "=", "/a/b", "a b", "http://x:80/",
}

describe("host.yaml.decode", function()
  it("reads YAML 1.1 booleans, numbers and null as Juju does", function()
    for value, texts in pairs(MEANS) do
      for _, text in ipairs(texts) do
        local got = yaml.decode("a: " .. text).a
        assert.equal(value, got, text)
        assert.equal(math.type(value), math.type(got), text)
      end
    end
    for _, text in ipairs { "1e3", "1E+3", "1000.0", "1_000.", "+1.0e3" } do
      assert.equal("1000.0", tostring(yaml.decode("a: " .. text).a))
    end
    local nan = yaml.decode "a: .nan"
    assert.is_true(nan.a ~= nan.a)
  end)

  it("leaves every other plain scalar a string, times too", function()
    for _, text in ipairs(STRINGS) do
      assert.equal(text, yaml.decode("a: " .. text).a)
    end
  end)

  it("reads a quoted scalar as a string, whatever it looks like", function()
    for _, texts in pairs(MEANS) do
      for _, text in ipairs(texts) do
        assert.equal(text, yaml.decode(("a: '%s'"):format(text)).a)
        assert.equal(text, yaml.decode(("a: %q"):format(text)).a)
      end
    end
  end)

  it("refuses an integer beyond 64 bits rather than round it", function()
    assert.equal(math.maxinteger, yaml.decode "9223372036854775807")
    assert.equal(math.mininteger, yaml.decode "-9223372036854775808")
    assert.equal(math.maxinteger, yaml.decode "0x7fffffffffffffff")
    for _, text in ipairs { "9223372036854775808", "-9223372036854775809",
      "0x8000000000000000", ("9"):rep(400) } do
      fails(text, "too-large")
    end
  end)

  it("honours !!str, !!int, !!float, !!bool, !!null and !", function()
    assert.same({ "12", 12, 12.0, true, null, "12" }, yaml.decode
      "[!!str 12, !!int '12', !!float 12, !!bool 'on', !!null '', ! 12]")
  end)

  it("refuses other tags, and values that do not fit theirs", function()
    for _, text in ipairs { "!!int x", "!!bool 1", "!!float on", "!!null x",
      "!!binary aGk=", "!local x", "!!timestamp 2001-01-01" } do
      assert.matches("line 1, column 4", fails("a: " .. text, "syntax"))
    end
  end)

  it("marks sequences as arrays, empty ones too", function()
    assert.equal(json.array, getmetatable(yaml.decode "[]"))
    assert.equal(json.array, getmetatable(yaml.decode("a:\n- 1").a))
    assert.is_nil(getmetatable(yaml.decode "{}"))
  end)

  it("keeps keys as their text", function()
    assert.same({ on = 1, ["1"] = 2, ["~"] = 3, ["0x1"] = 4 },
      yaml.decode "{on: 1, 1: 2, ~: 3, 0x1: 4}")
  end)

  it("refuses a duplicate key, with its line", function()
    assert.matches("line 3, column 1: the key a is there twice",
      fails("a: 1\nb: 2\na: 3", "duplicate-key"))
    fails("a:\n  b: ~\n  b: 1", "duplicate-key")
    fails("{<<: {}, <<: {}}", "duplicate-key")
  end)

  it("refuses keys that are no scalars", function()
    fails("? [a]\n: 1", "syntax")
    fails("? {a: 1}\n: 1", "syntax")
  end)

  it("reads literal and folded blocks", function()
    assert.same({ a = "x\n y\n", b = "q r", c = "k\n\n" },
      yaml.decode "a: |\n  x\n   y\nb: >-\n  q\n  r\nc: |+\n  k\n\n")
  end)

  it("reads only the first document; none is null", function()
    assert.same({ a = 1 }, yaml.decode "---\na: 1\n---\n b: [")
    assert.equal(null, yaml.decode "")
    assert.equal(null, yaml.decode "# nothing\n")
    assert.equal(null, yaml.decode "---\n")
  end)

  it("copies what an alias stands for", function()
    local got = assert(yaml.decode "a: &x {p: [1]}\nb: *x\nc: &y 5\nd: *y")
    assert.same({ p = { 1 } }, got.b)
    assert.is_false(rawequal(got.a, got.b))
    assert.is_false(rawequal(got.a.p, got.b.p))
    assert.equal(json.array, getmetatable(got.b.p))
    assert.equal(5, got.d)
  end)

  it("applies merge keys: own keys win, then the earlier mapping", function()
    assert.same({ p = 1, q = 9, r = 3, s = 4 }, yaml.decode([[
      x: &x {p: 1, q: 2}
      y: &y {p: 5, r: 3, q: 6}
      z: {q: 9, <<: [*x, *y], s: 4}]]).z)
    assert.same({ a = 1 }, yaml.decode "{<<: {a: 1}}")
    assert.same({ ["<<"] = 1 }, yaml.decode "{'<<': 1}")
    for _, value in ipairs { "1", "[]", "[1]", "[[{}]]", "~" } do
      fails("<<: " .. value, "syntax")
    end
  end)

  it("refuses an alias without an anchor, or to what holds it", function()
    fails("a: *x", "syntax")
    fails("a: &x [*x]", "syntax")
    fails("a: &x {b: *x}", "syntax")
  end)

  it("refuses a billion laughs", function()
    local lines = { "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol]" }
    for i = 1, 9 do
      lines[#lines + 1] = ("a%d: &a%d [%s]"):format(i, i,
        ("*a%d, "):format(i - 1):rep(9))
    end
    assert.matches("aliases", fails(table.concat(lines, "\n"), "too-large"))
  end)

  it("counts the nodes that aliases stand for", function()
    local text = "a: &x [1, 2]\nb: [*x, *x]"
    assert.is_table(yaml.decode(text, { max_aliases = 6 }))
    fails(text, "too-large", { max_aliases = 5 })
    fails("a: &x 1\nb: *x", "too-large", { max_aliases = 0 })
  end)

  it("limits depth, through aliases too", function()
    local function nested(depth)
      return ("["):rep(depth) .. ("]"):rep(depth)
    end
    assert.is_table(yaml.decode(nested(100)))
    assert.matches("column 101", fails(nested(101), "too-deep"))
    fails(("- "):rep(200000), "too-deep")
    fails(("["):rep(200000), "too-deep")
    fails("a: &x [[1]]\nb: [[*x]]", "too-deep", { max_depth = 4 })
    assert.is_table(yaml.decode("a: &x [[1]]\nb: [[*x]]", { max_depth = 5 }))
  end)

  it("limits size", function()
    assert.equal(123, yaml.decode("123", { max_size = 3 }))
    fails("1234", "too-large", { max_size = 3 })
  end)

  it("can leave every scalar its text", function()
    assert.same({ a = "yes", b = "", c = "0777", d = "", e = "1.50" },
      yaml.decode("a: yes\nb: ~\nc: 0777\nd:\ne: 1.50", { strings = true }))
  end)

  it("says on which lines keys and items stand, where asked to", function()
    local value, lines = yaml.decode(
      "a: 1\nb:\n  - x\n  - c: &anchor {d: 1,\n      e: 2}\nf: *anchor\n",
      { lines = true })
    assert.same({ a = 1, b = 2, f = 6 }, lines[value])
    assert.same({ 3, 4 }, lines[value.b])
    assert.same({ d = 4, e = 5 }, lines[value.b[2].c])
    assert.is_nil(lines[value.f])
    assert.equal(1, select("#", yaml.decode "a: 1"))
    assert.matches("line 2", select(2, yaml.decode("[", { lines = true })))
  end)

  it("says where broken text is broken", function()
    for text, where in pairs {
      ["a: [1\nb: 2"] = "line 2", ["a:\n\tb: 1"] = "line 2",
      ["a: b: c"] = "line 1", ["- a\nb"] = "line 3", ['"a'] = "line 1",
      ["%BAD"] = "line", ["a\0b"] = "line 1", ["\xff"] = "line 1",
      ["key: 'x"] = "line 1", ["@a"] = "line 1", ["{a: 1"] = "line",
    } do
      assert.matches(where, fails(text, "syntax"))
    end
  end)

  it("ends at every truncation with a value or a message", function()
    local text = "a: &x {p: [1, 'q', \"r\\u00e9\"], <<: {s: |-\n x}}\nb: *x\n"
    for size = 0, #text do
      local value, message = yaml.decode(text:sub(1, size))
      assert.is_true(value ~= nil or type(message) == "string")
    end
  end)

  it("raises for a wrong argument", function()
    assert.has_error(function() yaml.decode() end)
    assert.has_error(function() yaml.decode {} end)
    assert.has_error(function() yaml.decode("1", 5) end)
    assert.has_error(function() yaml.decode("1", { max_size = "x" }) end)
    assert.has_error(function() yaml.decode("1", { strings = 1 }) end)
  end)
end)
