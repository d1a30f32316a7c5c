-- SPDX-License-Identifier: Apache-2.0
local errors = require "std.error"
local json = require "std.json"
local null = require "std.null"
local yaml = require "std.yaml"

describe("std.yaml.encode", function()
  it("writes blocks with sorted keys", function()
    assert.equal([[
arr:
  - 1
  - x: 1
    "y":
      - 2
  - - a
    - []
empty: {}
none: []
sub:
  a: b
]], yaml.encode {
      sub = { a = "b" },
      arr = { 1, { x = 1, y = { 2 } }, { "a", json.array() } },
      empty = {},
      none = json.array(),
    })
  end)

  it("writes scalars and empty collections at the root", function()
    for text, value in pairs {
      ["x\n"] = "x", ["1\n"] = 1, ["true\n"] = true, ["null\n"] = null,
      ["{}\n"] = {}, ["- {}\n"] = { {} },
    } do
      assert.equal(text, yaml.encode(value))
    end
    assert.equal("[]\n", yaml.encode(json.array()))
  end)

  it("does not quote what is a string to every reader", function()
    for _, text in ipairs {
      "a", "a b", "temporal-server --env charm start", "127.0.0.1", "1.17.4",
      "/etc/temporal", "http://x:80/y?z", "a'b", 'a"b', "x#y", "a:b", "-x",
      "--flag", "k=v", "a,b", "a[0]", "true-ish",
    } do
      assert.equal(text .. "\n", yaml.encode(text))
    end
  end)

  it("knows each word that is no string", function()
    local letters = "aefilnorstuyNOFY_/.-1"
    local function each(prefix, depth)
      assert.equal(prefix, yaml.decode(yaml.encode(prefix)))
      for i = 1, depth > 0 and #letters or 0 do
        each(prefix .. letters:sub(i, i), depth - 1)
      end
    end
    for i = 1, 16 do
      each(letters:sub(i, i), 2)
    end
    for _, word in ipairs { "null", "NULL", "Null", "true", "True", "TRUE",
      "false", "False", "FALSE", "nan", "inf", "none", "nul", "trues" } do
      each(word, 0)
    end
  end)

  it("reads back whatever it left without quotes", function()
    local signs <const> = { "a", "-", ".", "/", "+", "_", ":", " ", "#", "0",
      "1", "e", "x", "'", '"', "{", "]", "&", "*", "!", "|", "?", ",", "%" }
    local function each(prefix, depth)
      for _, sign in ipairs(signs) do
        local text = prefix .. sign
        assert.equal(text, yaml.decode(yaml.encode { text })[1])
        if depth > 1 then
          each(text, depth - 1)
        end
      end
    end
    each("", 3)
    each("---", 2)
    each("...", 2)
  end)

  it("quotes what some reader takes for another type", function()
    for _, text in ipairs {
      "", "~", "null", "Null", "yes", "No", "on", "y", "N", "true", "FALSE",
      "1", "-1", "+1", "0x1f", "017", "0o17", "0b1", "1_000", "1,000", "1e3",
      ".5", "1.", "1.5", ".inf", "-.INF", ".nan", "1:30", "190:20:30.15",
      "2020-01-01", "2020-1-1 10:00:00", "<<", "=", "08",
      "99999999999999999999",
    } do
      local written = yaml.encode { a = text }
      assert.equal(('a: "%s"\n'):format(text), written)
      assert.equal(text, yaml.decode(written).a)
    end
  end)

  it("quotes what YAML's own signs would change", function()
    for _, text in ipairs {
      "a: b", "a:", "a #b", "#a", "- a", "-", "? a", "&a", "*a", "!a", "|",
      ">", "%a", "@a", "`a", "{a", "[a", "'a", '"a', " a", "a ", "---", "...",
      "--- a", "a\tb", "\t", ",", "]", "é", "\u{85}", "\u{2028}", "\u{feff}",
      "\0", "\x7f", "\\", "😀",
    } do
      for _, value in ipairs { text, { text }, { a = text }, { [text] = 1 } } do
        assert.same(value, yaml.decode(yaml.encode(value)))
      end
      assert.matches('^"', yaml.encode(text))
    end
  end)

  it("writes lines as a literal block where none can change", function()
    assert.equal("a: |\n  x\n\n    y # z\n", yaml.encode { a = "x\n\n  y # z\n" })
    assert.equal("- |-\n  x\n  y\n", yaml.encode { "x\ny" })
  end)

  it("quotes lines that a literal block could change", function()
    for _, text in ipairs { "\n", "\nx", " x\ny", "x \ny", "x\n\n", "x\r\ny",
      "x\n\ty", "x\n ", "\n\n", "é\n" } do
      assert.matches('^a: "', yaml.encode { a = text })
      assert.equal(text, yaml.decode(yaml.encode { a = text }).a)
    end
  end)

  it("keeps floats floats, with the dot YAML 1.1 wants", function()
    assert.equal("- 1.0\n- 1.0e+15\n- 1.5e-10\n- .inf\n- -.inf\n- .nan\n",
      yaml.encode { 1.0, 1e15, 1.5e-10, 1 / 0, -1 / 0, 0 / 0 })
    assert.equal("9223372036854775807\n", yaml.encode(math.maxinteger))
  end)

  it("writes long and multi-line keys so that they read back", function()
    local value = {
      [("k"):rep(3000)] = { a = 1 }, [("l"):rep(200)] = "x",
      ["two\nlines"] = { 1 }, [""] = 1, ["<<"] = { b = 1 },
    }
    assert.same(value, yaml.decode(yaml.encode(value)))
    assert.same({ value }, yaml.decode(yaml.encode { value }))
  end)

  it("names the path of what has no YAML form", function()
    local ok, err = pcall(yaml.encode, { a = { b = { 1, print } } })
    assert.is_false(ok)
    assert.is_true(errors.is(err, "yaml-encode"))
    assert.equal("cannot encode .a.b[2]: a function has no YAML form",
      tostring(err))
    assert.error_matches(function() yaml.encode { "\xff" } end, "not UTF%-8")
    local loop = {}
    loop.a = loop
    assert.error_matches(function() yaml.encode(loop) end, "hold itself")
  end)
end)

local PIECES <const> = {
  "a", "yes", "n", "~", "0", "1", "07", ".", "-", "_", ":", ": ", " ", "#",
  " #", "'", '"', "\\", "\n", "\t", "|", ">", "[", "]", "{", "}", ",", "&",
  "*", "!", "%", "@", "`", "?", "=", "<<", "é", "\u{85}", "\u{2029}", "\0",
  "😀", "e5", "0x", "\r", "null", "---",
}

local function random_string()
  local parts = {}
  for i = 1, math.random(0, 5) do
    parts[i] = PIECES[math.random(#PIECES)]
  end
  return table.concat(parts)
end

local function random_value(depth)
  local pick = math.random(depth > 0 and 9 or 7)
  if pick == 1 then
    return ({ null, true, false })[math.random(3)]
  elseif pick == 2 then
    return math.random(0)
  elseif pick == 3 then
    return (math.random() - 0.5) * 10.0 ^ math.random(-300, 300)
  elseif pick <= 7 then
    return random_string()
  end
  local out = pick == 8 and json.array() or {}
  for i = 1, math.random(0, 5) do
    out[pick == 8 and i or random_string()] = random_value(depth - 1)
  end
  return out
end

describe("std.yaml", function()
  it("reads back what it wrote, for random values", function()
    for _ = 1, 1000 do
      local value = random_value(4)
      local text = yaml.encode(value)
      local got, message = yaml.decode(text)
      assert(got ~= nil, message)
      assert.equal(json.encode(value), json.encode(got), text)
    end
  end)

  it("passes on nil, message and code for what is no YAML", function()
    local value, message, code = yaml.decode "a: ["
    assert.is_nil(value)
    assert.matches("^cannot decode yaml: line ", message)
    assert.equal("syntax", code)
  end)
end)
