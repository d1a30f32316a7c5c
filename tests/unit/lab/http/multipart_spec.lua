-- SPDX-License-Identifier: Apache-2.0
local multipart = require "lab.http.multipart"

local BODY <const> = "preamble\r\n--XX\r\n"
  .. 'Content-Disposition: form-data; name="a"; filename="d \\"q\\" \\\\"\r\n'
  .. "Content-Type: text/plain\r\n\r\n"
  .. "\r\n--X\r\n-- text\r\n" .. "\r\n--XX  \r\n"
  .. "content-disposition: form-data; filename=plain; name=b\r\n\r\n"
  .. "\r\n--XX--\r\nepilogue"

local function read_all(body, step)
  local at = 1
  local parts = multipart.new(function()
    local piece = body:sub(at, at + step - 1)
    at = at + step
    return piece
  end, "XX")
  local list = {}
  while true do
    local part, message = parts:next()
    if not part then
      return list, message
    end
    part.text = ""
    repeat
      local data, why = parts:read()
      if not data then
        return list, why
      end
      part.text = part.text .. data
    until data == ""
    list[#list + 1] = part
  end
end

describe("a multipart body", function()
  for _, step in ipairs { 1, 2, 3, 7, 50, 10000 } do
    it("reads exactly in pieces of " .. step, function()
      local list, message = read_all(BODY, step)
      assert.is_nil(message)
      assert.equal(2, #list)
      assert.equal("\r\n--X\r\n-- text\r\n", list[1].text)
      assert.equal("a", list[1].name)
      assert.equal('d "q" \\', list[1].filename)
      assert.equal("text/plain", list[1].headers["content-type"])
      assert.equal("", list[2].text)
      assert.equal("plain", list[2].filename)
      assert.equal("b", list[2].name)
    end)
  end

  it("says when it ends too early, wherever that is", function()
    local whole = BODY:find("--XX--", 1, true) + 5
    for length = 1, whole - 1 do
      local _, message = read_all(BODY:sub(1, length), 10)
      assert.is_string(message)
    end
  end)

  it("refuses the same long headers in pieces of any size", function()
    -- "A: x", padded so that the blank line begins at `at`.
    local function head(at)
      return "--XX\r\nA: " .. ("x"):rep(at - 6) .. "\r\n\r\n\r\n--XX--\r\n"
    end
    for _, step in ipairs { 1000, 16384 + 8, 16384 + 9, 40000 } do
      assert.equal(1, #read_all(head(16384), step))
      local list, message = read_all(head(16385), step)
      assert.equal(0, #list)
      assert.equal("part header too large", message)
    end
  end)

  it("lets no parameter take the place of the headers", function()
    local list = read_all("--XX\r\nContent-Disposition: form-data; headers=x; "
      .. "name=a; other=b\r\n\r\n\r\n--XX--", 1000)
    assert.equal("table", type(list[1].headers))
    assert.equal("a", list[1].name)
    assert.is_nil(list[1].other)
  end)

  it("finds the boundary, quoted or not", function()
    assert.equal("a b", multipart.boundary(
      'multipart/form-data; boundary="a b"'))
    assert.equal("ab", multipart.boundary(
      "Multipart/Form-Data;charset=x; Boundary=ab; x=y"))
    assert.is_nil(multipart.boundary("text/plain; boundary=ab"))
    assert.is_nil(multipart.boundary(nil))
  end)
end)
