-- SPDX-License-Identifier: Apache-2.0
local document = require "juju.document"
local yaml = require "std.yaml"

describe("juju.document", function()
  it("writes a pair a line, keys sorted", function()
    assert.equal('? "a"\n: "1"\n? "b"\n: ""\n',
      document.encode { b = "", a = "1" })
  end)

  it("writes nothing for an empty map", function()
    assert.equal("", document.encode {})
  end)

  it("escapes what Juju's parser refuses or folds", function()
    assert.equal('? "k"\n: "\\u000A\\u0009\\u0000\\u007F\\"\\\\"\n',
      document.encode { k = '\n\t\0\127"\\' })
    assert.equal('? "k"\n: "\\u0080\\u009F\\u0085"\n',
      document.encode { k = "\u{80}\u{9f}\u{85}" })
    assert.equal('? "k"\n: "\\u2028\\u2029\\uFEFF\\uFFFE\\uFFFF"\n',
      document.encode { k = "\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}" })
  end)

  it("leaves other text as it is", function()
    local text <const> = "{\"a\": [1]} / é € \u{1f600} yes 0777 ~ #: - ' "
    assert.equal('? "k"\n: "' .. text:gsub('"', '\\"') .. '"\n',
      document.encode { k = text })
  end)

  it("is read back as it was, whatever the text", function()
    local map = { ["yes"] = "no", ["1"] = "1.50", [""] = "", ["- a"] = "b: c" }
    for first = 0, 0x2100, 64 do
      local runes = {}
      for i = 0, 63 do runes[i + 1] = utf8.char(first + i) end
      map["from " .. first] = table.concat(runes)
    end
    map[("k"):rep(2000)] = ("line\n"):rep(300)
    assert.same(map, yaml.decode(document.encode(map)))
  end)

  it("names the key of what it cannot write", function()
    for why, map in pairs {
      ["the value of 'k' is not valid UTF-8"] = { k = "\xc3" },
      ["the value of 'k' is a boolean, not a string"] = { k = true },
      ["the key 1 is a number"] = { "v" },
      ["the key '\\xed\\xa0\\x80' is not valid UTF-8"] =
        { ["\xed\xa0\x80"] = "v" },
    } do
      local text, message = document.encode(map)
      assert.is_nil(text)
      assert.equal(why, message)
    end
  end)
end)
