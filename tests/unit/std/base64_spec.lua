-- SPDX-License-Identifier: Apache-2.0
local base64 = require "std.base64"

describe("std.base64", function()
  it("writes the examples of RFC 4648, and reads them back", function()
    local examples <const> = {
      [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==",
      fooba = "Zm9vYmE=", foobar = "Zm9vYmFy",
    }
    for bytes, text in pairs(examples) do
      assert.equal(text, base64.encode(bytes))
      assert.equal(bytes, base64.decode(text))
      assert.equal(#text, base64.encoded_size(#bytes))
    end
  end)

  it("carries every byte, newlines too", function()
    local all = {}
    for byte = 0, 255 do
      all[#all + 1] = string.char(byte)
    end
    local bytes <const> = table.concat(all) .. "\n\n\0"
    assert.equal(bytes, base64.decode(base64.encode(bytes)))
    assert.equal("+/+/", base64.encode "\xFB\xFF\xBF")
  end)

  it("refuses what is none", function()
    for _, text in ipairs { "Zg", "Zg=", "Z===", "Zm9v\n", "Zm=v", "Zm9-" } do
      local bytes, message = base64.decode(text)
      assert.is_nil(bytes, text)
      assert.equal("it is no base64 text", message)
    end
  end)
end)
