-- SPDX-License-Identifier: Apache-2.0
local websocket = require "lab.http.websocket"

local function hex(bytes)
  return (bytes:gsub(".", function(char)
    return ("%02x"):format(char:byte())
  end))
end

describe("the websocket handshake", function()
  it("hashes as FIPS 180 says", function()
    assert.equal("a9993e364706816aba3e25717850c26c9cd0d89d",
      hex(websocket.sha1("abc")))
    assert.equal("da39a3ee5e6b4b0d3255bfef95601890afd80709",
      hex(websocket.sha1("")))
    assert.equal("84983e441c3bd26ebaae4aa1f95129e5e54670f1",
      hex(websocket.sha1("abcdbcdecdefdefgefghfghighijhijk"
        .. "ijkljklmklmnlmnomnopnopq")))
    assert.equal("34aa973cd4c4daa4f61eeb2bdbad27316534016f",
      hex(websocket.sha1(("a"):rep(1000000))))
  end)

  it("pads base64 as needed", function()
    assert.equal("", websocket.base64(""))
    assert.equal("Zg==", websocket.base64("f"))
    assert.equal("Zm8=", websocket.base64("fo"))
    assert.equal("Zm9v", websocket.base64("foo"))
  end)

  it("refuses what is no proper upgrade", function()
    local good = {
      connection = "keep-alive, Upgrade",
      upgrade = "WebSocket",
      ["sec-websocket-version"] = "13",
      ["sec-websocket-key"] = "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert.equal(101, websocket.accept(
      { method = "GET", headers = good }, print).status)
    for name in pairs(good) do
      local bad = {}
      for key, value in pairs(good) do
        bad[key] = key ~= name and value or nil
      end
      assert.is_nil((websocket.accept(
        { method = "GET", headers = bad }, print)))
    end
    assert.is_nil((websocket.accept(
      { method = "POST", headers = good }, print)))
  end)
end)
