-- SPDX-License-Identifier: Apache-2.0
local time = require "std.time"

describe("std.time", function()
  it("writes UTC, with as many digits as asked for", function()
    assert.equal("1970-01-01T00:00:00Z", time.rfc3339(0))
    assert.equal("2024-02-29T12:00:00Z", time.rfc3339(1709208000.999))
    assert.equal("2024-02-29T12:00:00.250Z", time.rfc3339(1709208000.25, 3))
    assert.equal("1969-12-31T23:59:59.5Z", time.rfc3339(-0.5, 1))
    assert.equal("1970-01-01T00:00:00.100Z", time.rfc3339(0.1, 3))
  end)

  it("reads every zone", function()
    for text, seconds in pairs {
      ["2024-02-29T12:00:00Z"] = 1709208000,
      ["2024-02-29t12:00:00z"] = 1709208000,
      ["2024-02-29 14:30:00+02:30"] = 1709208000,
      ["2024-02-29T05:00:00-07:00"] = 1709208000,
      ["2024-02-29T12:00:00.25Z"] = 1709208000.25,
      ["1969-12-31T23:59:59Z"] = -1,
      ["2100-03-01T00:00:00Z"] = 4107542400,
    } do
      assert.equal(seconds, time.parse_rfc3339(text), text)
    end
  end)

  it("refuses what is no RFC 3339", function()
    for _, text in ipairs { "", "2024-02-29", "2024-02-29T12:00:00",
      "2024-02-29T12:00:00.Z", "2024-02-29T12:00:00+2", "x",
      "2024-02-29T12:00:00Z1", "2024-13-29T12:00:00Z",
      "2024-00-29T12:00:00Z", "2024-02-29T24:00:00Z",
      "2024-02-29T12:60:00Z" } do
      assert.is_nil(time.parse_rfc3339(text))
    end
  end)

  it("reads back what it wrote", function()
    for _ = 1, 200 do
      local seconds = math.random(-2000000000, 8000000000)
      assert.equal(seconds, time.parse_rfc3339(time.rfc3339(seconds)))
    end
  end)
end)
