-- SPDX-License-Identifier: Apache-2.0
local rings = require "lab.supervisor.ring"

local function texts(ring, count)
  local list = {}
  for i, line in ipairs(ring:tail(count)) do
    list[i] = line.text
  end
  return list
end

describe("a service's ring of output", function()
  it("makes lines of pieces of any shape", function()
    local ring = rings.new()
    for _, piece in ipairs { "a", "b\nc\n", "\nd", "e" } do
      ring:append(piece)
    end
    assert.same({ "ab", "c", "" }, texts(ring))
    ring:finish()
    assert.same({ "ab", "c", "", "de" }, texts(ring))
    assert.same({ "", "de" }, texts(ring, 2))
    assert.same({}, texts(ring, 0))
  end)

  it("cuts long lines into pieces of 4 KB", function()
    local ring = rings.new()
    ring:append(("x"):rep(9000) .. "\n" .. ("y"):rep(4096) .. "\nz\n")
    local lengths = {}
    for i, text in ipairs(texts(ring)) do
      lengths[i] = #text
    end
    assert.same({ 4096, 4096, 808, 4096, 1 }, lengths)
  end)

  it("drops the oldest beyond 100 KB, lines of nothing too", function()
    local ring = rings.new()
    for i = 1, 1000 do
      ring:append(("%04d"):format(i) .. ("x"):rep(1000) .. "\n")
    end
    local list = texts(ring)
    assert.is_true(#list > 90 and #list < 101)
    assert.equal("1000", list[#list]:sub(1, 4))
    for _ = 1, 100000 do
      ring:append("\n")
    end
    assert.is_true(#texts(ring) < 5000)
  end)

  it("replaces what is no UTF-8", function()
    local ring = rings.new()
    ring:append("a\255b\xc3\xa9\xc3\n")
    assert.same({ "a\u{fffd}bé\u{fffd}" }, texts(ring))
  end)
end)
