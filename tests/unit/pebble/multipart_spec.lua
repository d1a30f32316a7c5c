-- SPDX-License-Identifier: Apache-2.0
-- pebble.multipart: any bytes, in chunks of any size.
local multipart = require "pebble.multipart"

local BODY <const> = table.concat {
  "--BB\r\n",
  'Content-Disposition: form-data; name="files"; filename="/a \\"b\\\\c"\r\n',
  "Content-Type: application/octet-stream\r\n\r\n",
  "one\r\n--B\r\n--BA\r\ntwo\0\r\n",
  "\r\n--BB\r\n",
  'content-disposition: form-data; name="files"; filename="/empty"\r\n\r\n',
  "\r\n--BB\r\n",
  'Content-Disposition: form-data; name="response"\r\n\r\n',
  "{}\n",
  "\r\n--BB--\r\n",
}

local function read(text, size)
  local parts = {}
  local reader = multipart.reader("BB", {
    part = function(headers)
      parts[#parts + 1] = {
        name = headers.name,
        filename = headers.filename,
        data = "",
      }
      return true
    end,
    data = function(data)
      parts[#parts].data = parts[#parts].data .. data
      return true
    end,
  })
  for at = 1, #text, size do
    local ok, why = reader:feed(text:sub(at, at + size - 1))
    if not ok then
      return nil, why
    end
  end
  local ok, why = reader:finish()
  return ok and parts, why
end

describe("pebble.multipart's reader", function()
  it("gives the same parts whatever the size of the chunks", function()
    for _, size in ipairs { 1, 2, 3, 5, 7, 16, 64, 10000 } do
      assert.same({
        {
          name = "files",
          filename = '/a "b\\c',
          data = "one\r\n--B\r\n--BA\r\ntwo\0\r\n",
        },
        { name = "files", filename = "/empty", data = "" },
        { name = "response", data = "{}\n" },
      }, read(BODY, size))
    end
  end)

  it("notices a missing end wherever it is cut", function()
    for cut = 1, #BODY - 4 do
      local parts, why = read(BODY:sub(1, cut), 11)
      assert.is_falsy(parts)
      assert.equal("it ends without its closing boundary", why)
    end
  end)

  it("ignores what follows the end", function()
    assert.equal(3, #read(BODY .. "--BB\r\nmore", 9))
  end)

  it("keeps no more than a boundary of what it has handed out", function()
    local kept = 0
    local reader = multipart.reader("BB", {
      part = function() return true end,
      data = function() return true end,
    })
    assert(reader:feed "--BB\r\n\r\n")
    for _ = 1, 100 do
      assert(reader:feed(("x"):rep(1000)))
      kept = math.max(kept, #reader.buffer)
    end
    assert.is_true(kept < 10)
  end)

  it("refuses malformed parts", function()
    for text, expected in pairs {
      ["--BBxx"] = "followed by something else",
      ["--BB\r\nno colon\r\n\r\n"] = "malformed header",
      ["--BB\r\n" .. ("a: b\r\n"):rep(4000)] = "16 KiB",
    } do
      local parts, why = read(text, 50)
      assert.is_nil(parts)
      assert.is_truthy(why:find(expected, 1, true), why)
    end
  end)

  it("refuses the same long headers in chunks of any size", function()
    -- "A: x", padded so that the blank line begins at `at`.
    local function head(at)
      return "--BB\r\nA: " .. ("x"):rep(at - 6) .. "\r\n\r\n\r\n--BB--\r\n"
    end
    for _, size in ipairs { 1000, 16384 + 5, 16384 + 6, 40000 } do
      assert.equal(1, #read(head(16384), size))
      local parts, why = read(head(16385), size)
      assert.is_nil(parts)
      assert.equal("a part has headers above 16 KiB", why)
    end
  end)

  it("stops when a sink refuses", function()
    local reader = multipart.reader("BB", {
      part = function() return true end,
      data = function() return nil, "the disk is full" end,
    })
    local ok, why = reader:feed(BODY)
    assert.is_nil(ok)
    assert.equal("the disk is full", why)
  end)
end)

describe("pebble.multipart's writer", function()
  it("writes what the reader reads", function()
    local text = multipart.part_header("BB",
      { name = "request", type = "application/json", first = true }) .. "{}"
      .. multipart.part_header("BB",
        { name = "files", filename = '/x"\\y', type = "text/plain" })
      .. "\r\n" .. multipart.closing "BB"
    assert.same({
      { name = "request", data = "{}" },
      { name = "files", filename = '/x"\\y', data = "\r\n" },
    }, read(text, 4))
  end)

  it("finds the boundary of a content type", function()
    local find = multipart.boundary_of
    assert.equal("abc", find "multipart/form-data; boundary=abc")
    assert.equal("a;c", find 'Multipart/Form-Data; boundary="a;c"')
    assert.is_nil(find "application/json")
    assert.is_nil(find "multipart/mixed; boundary=abc")
  end)
end)
