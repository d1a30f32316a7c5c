-- SPDX-License-Identifier: Apache-2.0
local errors = require "std.error"
local json = require "std.json"
local null = require "std.null"

local function refused(value)
  local ok, err = pcall(json.encode, value)
  assert.is_false(ok)
  assert.is_true(errors.is(err, "json-encode"))
  return tostring(err)
end

describe("std.json.encode", function()
  it("sorts keys", function()
    assert.equal('{"B":1,"a":2,"aa":3,"b":4}',
      json.encode { b = 4, a = 2, aa = 3, B = 1 })
  end)

  it("tells arrays from objects by mark or by sequence", function()
    assert.equal("{}", json.encode {})
    assert.equal("[]", json.encode(json.array {}))
    assert.equal("[]", json.encode(json.array()))
    assert.equal("[1,[2],{}]", json.encode { 1, { 2 }, {} })
    assert.is_true(json.is_array(json.decode "[]"))
    assert.is_false(json.is_array {})
    assert.is_false(json.is_array "x")
  end)

  it("keeps integers and floats apart", function()
    assert.equal("[1,1.0,-0.0,0.1,1e+300,9223372036854775807]",
      json.encode { 1, 1.0, -0.0, 0.1, 1e300, math.maxinteger })
    assert.equal("-9223372036854775808", json.encode(math.mininteger))
  end)

  it("writes the shortest text that reads back as the same float", function()
    for _, number in ipairs { 1 / 3, 5e-324, 1.7976931348623157e308, 1e15,
      123456789.125, 2 ^ 53, 0.1 + 0.2 } do
      assert.equal(number, json.decode(json.encode(number)))
    end
    assert.equal("0.1", json.encode(0.1))
  end)

  it("escapes what JSON wants escaped and nothing else", function()
    assert.equal([["\"\\\b\f\n\r\t\u0000\u001f\u007f/é😀"]],
      json.encode '"\\\b\f\n\r\t\0\x1f\x7f/é😀')
  end)

  it("writes null and booleans", function()
    assert.equal('{"a":null,"b":[true,false]}',
      json.encode { a = null, b = { true, false } })
  end)

  it("names the path of what has no JSON form", function()
    local cases = {
      [refused { a = { b = { 1, print } } }] = "encode .a.b[2]: a function",
      [refused { a = 0 / 0 }] = "encode .a: infinity and NaN",
      [refused { 1 / 0 }] = "encode [1]: infinity and NaN",
      [refused { ["odd key"] = io.stdout }] = 'encode ["odd key"]: a userdata',
      [refused(print)] = "encode the value: a function",
      [refused { x = "\xff" }] = "encode .x: a string that is not UTF-8",
      [refused { ["\xff"] = 1 }] = "a string that is not UTF-8",
      [refused { a = { 1, x = 2 } }] = 'encode .a: an array with the key "x"',
      [refused { a = { [true] = 1 } }] = "encode .a: the key true",
      [refused { a = { [1.5] = 1 } }] = "encode .a: the key 1.5",
      [refused { a = { [-1] = 1 } }] = "encode .a: the key -1",
      [refused(json.array { x = 1 })] = 'an array with the key "x"',
    }
    for message, want in pairs(cases) do
      assert.is_truthy(message:find(want, 1, true), message)
    end
  end)

  it("refuses holes", function()
    assert.matches("cannot encode", refused { a = { nil, nil, 3 } })
    assert.matches("cannot encode", refused { [1] = 1, [4] = 4 })
  end)

  it("refuses a table that holds itself", function()
    local value = {}
    value.a = { value }
    assert.matches("does it hold itself", refused(value))
  end)

  it("indents for people's eyes", function()
    assert.equal('{\n  "a": [\n    1,\n    2\n  ],\n  "b": {},\n  "c": []\n}',
      json.encode({ a = { 1, 2 }, b = {}, c = json.array() }, { indent = 2 }))
  end)
end)

-- A random value of at most `depth` levels.
local function random_value(depth)
  local pick = math.random(depth > 0 and 8 or 6)
  if pick == 1 then
    return null
  elseif pick == 2 then
    return math.random(2) == 1
  elseif pick == 3 then
    return math.random(0)
  elseif pick == 4 then
    return (math.random() - 0.5) * 10.0 ^ math.random(-300, 300)
  elseif pick <= 6 then
    local codes = {}
    for i = 1, math.random(0, 8) do
      codes[i] = utf8.char(math.random(3) > 1 and math.random(0, 0x7f)
        or math.random(0x80, 0xd7ff))
    end
    return table.concat(codes)
  end
  local out = pick == 7 and json.array() or {}
  for i = 1, math.random(0, 5) do
    local key = pick == 7 and i or "k" .. math.random(99)
    out[key] = random_value(depth - 1)
  end
  return out
end

describe("std.json", function()
  it("reads back what it wrote, for random values", function()
    for _ = 1, 500 do
      local value = random_value(5)
      local text = json.encode(value)
      assert.same(value, json.decode(text))
      assert.equal(text, json.encode(json.decode(text)))
      assert.equal(text, json.encode(json.decode(json.encode(value,
        { indent = 1 }))))
    end
  end)

  it("passes on nil, message and code for what is no JSON", function()
    local value, message, code = json.decode "{"
    assert.is_nil(value)
    assert.matches("^cannot decode json: line 1, column 2", message)
    assert.equal("syntax", code)
  end)
end)
