-- SPDX-License-Identifier: Apache-2.0
local json = require "host.json"
local null = require "std.null"

local function fails(text, code, limits)
  local value, message, got = json.decode(text, limits)
  assert.is_nil(value)
  assert.equal(code, got)
  return message
end

describe("host.json.decode", function()
  it("keeps integers and floats apart", function()
    local got = assert(json.decode "[1, 1.0, -0, 1e2, 0.1]")
    assert.same({ "integer", "float", "integer", "float", "float" }, {
      math.type(got[1]), math.type(got[2]), math.type(got[3]),
      math.type(got[4]), math.type(got[5]),
    })
    assert.equal(0.1, got[5])
  end)

  it("reads every 64-bit integer exactly and refuses larger ones", function()
    assert.equal(math.maxinteger, json.decode "9223372036854775807")
    assert.equal(math.mininteger, json.decode "-9223372036854775808")
    fails("9223372036854775808", "syntax")
    fails("[1e400]", "syntax")
  end)

  it("tells an empty array from an empty object", function()
    assert.equal(json.array, getmetatable(json.decode "[]"))
    assert.is_nil(getmetatable(json.decode "{}"))
    assert.equal("json.array", json.array.__name)
  end)

  it("reads null as the one null, also inside", function()
    assert.equal(null, json.decode "null")
    assert.equal(null, json.decode('{"a":[null]}').a[1])
  end)

  it("reads false as a value, not as a failure", function()
    assert.is_false(json.decode "false")
  end)

  it("keeps NUL bytes and characters beyond 16 bits", function()
    assert.equal("a\0b", json.decode [["a\u0000b"]])
    assert.equal("\u{1f600}", json.decode [["\ud83d\ude00"]])
  end)

  it("takes the last of two equal keys, as Go does", function()
    assert.same({ a = 2 }, json.decode '{"a":1,"a":2}')
  end)

  it("says where the fault is", function()
    assert.matches("line 2, column 7", fails('{"a":1,\n"b": 2x}', "syntax"))
  end)

  it("refuses truncated text at every length", function()
    local text = [[{"a":[1,2.5,"x\u00e9",null,true,{"b":{}}]}]]
    assert.is_table(json.decode(text))
    for size = 0, #text - 1 do
      fails(text:sub(1, size), "syntax")
    end
  end)

  it("refuses what is no JSON", function()
    for _, text in ipairs {
      "", " ", "nul", "01", "+1", "1 2", "[1,]", "{a:1}", "{1:2}", "'a'",
      '"\t"', '"\xff"', [["\ud800"]], "NaN", "// c\n1", "[1]]", "\xef\xbb\xbf1",
    } do
      fails(text, "syntax")
    end
  end)

  it("quotes nothing of the text in a message", function()
    local message = fails('{"password": s3cret}', "syntax")
    assert.is_nil(message:find("s3cret", 1, true))
  end)

  it("limits depth, also beyond what the parser takes", function()
    local function nested(depth)
      return ("["):rep(depth) .. ("]"):rep(depth)
    end
    assert.is_table(json.decode(nested(200)))
    fails(nested(201), "too-deep")
    fails(nested(100000), "too-deep")
    fails(nested(100000), "too-deep", { max_depth = 1000000 })
    fails('{"a":{"a":1}}', "too-deep", { max_depth = 1 })
    assert.equal(1, json.decode("1", { max_depth = 0 }))
    fails("[]", "too-deep", { max_depth = 0 })
  end)

  it("limits size", function()
    assert.equal(123, json.decode("123", { max_size = 3 }))
    fails("1234", "too-large", { max_size = 3 })
  end)

  it("raises for a wrong argument", function()
    assert.has_error(function() json.decode() end)
    assert.has_error(function() json.decode {} end)
    assert.has_error(function() json.decode("1", "x") end)
    assert.has_error(function() json.decode("1", { max_depth = "x" }) end)
  end)

  it("reads a wide and long document", function()
    local items = {}
    for i = 1, 20000 do
      items[i] = ('{"id":%d,"name":"n%d"}'):format(i, i)
    end
    local got = assert(json.decode("[" .. table.concat(items, ",") .. "]"))
    assert.equal(20000, #got)
    assert.same({ id = 20000, name = "n20000" }, got[20000])
  end)
end)
