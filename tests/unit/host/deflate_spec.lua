-- SPDX-License-Identifier: Apache-2.0
local deflate = require "host.deflate"
local fs = require "host.fs"
local proc = require "host.proc"
local sys = require "host.sys"

-- Reads <length><packed> pairs, writes what zlib makes of them.
local INFLATE <const> = [[
import struct, sys, zlib
data, at = sys.stdin.buffer.read(), 0
while at < len(data):
    size, = struct.unpack_from("<I", data, at)
    plain = zlib.decompress(data[at + 4:at + 4 + size], -15)
    sys.stdout.buffer.write(struct.pack("<II", len(plain), zlib.crc32(plain)))
    sys.stdout.buffer.write(plain)
    at += 4 + size
]]

-- What zlib reads of each sample, and the sum it has for it.
local function inflate(samples)
  local packed = {}
  for i, sample in ipairs(samples) do
    packed[i] = ("<s4"):pack(deflate.compress(sample))
  end
  local result = assert(proc.run { timeout = 60, max_output = 64 << 20,
    argv = { "python3", "-c", INFLATE }, stdin = table.concat(packed) })
  assert.equal("", result.stderr)
  local at, found = 1, {}
  while at <= #result.stdout do
    local size, sum
    size, sum, at = ("<I4I4"):unpack(result.stdout, at)
    found[#found + 1] = { result.stdout:sub(at, at + size - 1), sum }
    at = at + size
  end
  return found
end

local function check(samples)
  local found = inflate(samples)
  assert.equal(#samples, #found)
  for i, sample in ipairs(samples) do
    assert.is_true(sample == found[i][1], ("sample %d differs"):format(i))
    assert.equal(found[i][2], deflate.crc32(sample))
  end
end

describe("host.deflate", function()
  it("sums up as CRC-32 does", function()
    assert.equal(0xCBF43926, deflate.crc32("123456789"))
    assert.equal(0, deflate.crc32(""))
  end)

  it("is read back by zlib: edges of matches and blocks", function()
    local samples = { "", "a", "aa", "aaa", ("a"):rep(258), ("a"):rep(259),
      ("a"):rep(260), ("x"):rep(65535), ("x"):rep(65536), ("xy"):rep(65536) }
    for distance = 32766, 32770 do
      samples[#samples + 1] = "needle" .. ("."):rep(distance - 6) .. "needle"
    end
    for distance = 4094, 4098 do -- where three bytes are no longer worth it
      local far = {}
      for i = 1, distance do
        far[i] = string.char(128 + i * 7919 % 127)
      end
      samples[#samples + 1] = "abc" .. table.concat(far) .. "abcd"
    end
    for size = 1, 20 do -- compared by eights: what differs, and the end
      local same = ("0123456789abcdefghij"):sub(1, size)
      samples[#samples + 1] = same .. "<" .. same .. ">" .. same
    end
    local every = {}
    for i = 0, 255 do
      every[#every + 1] = string.char(i):rep(i + 1)
    end
    samples[#samples + 1] = table.concat(every)
    -- Counts like Fibonacci's make the longest codes.
    local a, b, deep = 1, 1, {}
    for i = 1, 20 do
      deep[i] = string.char(64 + i):rep(a)
      a, b = b, a + b
    end
    samples[#samples + 1] = table.concat(deep)
    check(samples)
  end)

  it("is read back by zlib: random data of all kinds", function()
    local random = math.random
    local samples = {}
    for i = 1, 60 do
      local parts, spread = {}, random(1, 256)
      for k = 1, random(0, 4000) do
        local earlier = parts[random(1, math.max(1, #parts))]
        parts[k] = earlier and random(3) == 1 and earlier
          or string.char(random(0, spread - 1)):rep(random(1, 9))
      end
      samples[i] = table.concat(parts)
    end
    samples[#samples + 1] = assert(sys.random(200000))
    samples[#samples + 1] = assert(fs.read(sys.executable())):sub(1, 3000000)
    check(samples)
  end)

  it("makes noise no longer than a few bytes a block", function()
    local noise = assert(sys.random(65535 * 3))
    assert.is_true(#deflate.compress(noise) <= #noise + 3 * 5)
  end)

  it("makes text much shorter", function()
    local text = assert(fs.read("README.md"))
    assert.is_true(#deflate.compress(text) < #text * 0.55)
  end)

  it("raises for what is no string", function()
    assert.error(function() deflate.compress({}) end)
    assert.error(function() deflate.crc32() end)
  end)
end)
