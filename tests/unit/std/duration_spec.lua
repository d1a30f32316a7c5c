-- SPDX-License-Identifier: Apache-2.0
local duration = require "std.duration"

-- Text, seconds, and how Go writes them.
local CASES <const> = {
  { "1h2m3.5s", 3723.5, "1h2m3.5s" },
  { "300ms", 0.3, "300ms" },
  { "-1.5h", -5400, "-1h30m0s" },
  { "+90s", 90, "1m30s" },
  { "0", 0, "0s" },
  { "0s", 0, "0s" },
  { ".5s", 0.5, "500ms" },
  { "1.s", 1, "1s" },
  { "5us", 5e-6, "5\u{b5}s" },
  { "5\u{b5}s", 5e-6, "5\u{b5}s" },
  { "5\u{3bc}s", 5e-6, "5\u{b5}s" },
  { "1ns", 1e-9, "1ns" },
  { "1.000000001s", 1.000000001, "1.000000001s" },
  { "48h", 172800, "48h0m0s" },
  { "1m1m", 120, "2m0s" },
  { "1.5ms", 0.0015, "1.5ms" },
}

local BAD <const> = {
  [""] = 'invalid duration ""',
  ["10"] = 'missing unit in duration "10"',
  ["1d"] = 'unknown unit "d" in duration "1d"',
  ["1h 2m"] = 'unknown unit "h " in duration "1h 2m"',
  [".s"] = 'invalid duration ".s"',
  ["s"] = 'invalid duration "s"',
  ["-"] = 'invalid duration "-"',
  ["1h-2m"] = 'unknown unit "h-" in duration "1h-2m"',
  ["9223372036854775808ns"] = "invalid duration",
  ["10000000h"] = "invalid duration",
  ["2562047h2562047h"] = "invalid duration",
}

describe("std.duration", function()
  for _, case in ipairs(CASES) do
    it(("reads and writes %s"):format(case[1]), function()
      assert.equal(case[2], duration.parse(case[1]))
      assert.equal(case[3], duration.format(case[2]))
    end)
  end

  it("says what is wrong as Go does", function()
    for text, why in pairs(BAD) do
      local seconds, message = duration.parse(text)
      assert.is_nil(seconds)
      assert.is_truthy(message:find("time: " .. why, 1, true), message)
    end
  end)

  it("reads back what it wrote", function()
    for _ = 1, 200 do
      local seconds = math.random(0, 10000000) / 1000
      assert.equal(seconds, duration.parse(duration.format(seconds)))
    end
  end)
end)
