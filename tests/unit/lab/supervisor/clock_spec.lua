-- SPDX-License-Identifier: Apache-2.0
local clock = require "lab.supervisor.clock"

describe("the supervisor's clock", function()
  it("never gives a moment twice", function()
    local last = clock.now()
    for _ = 1, 1000 do
      local now = clock.now()
      assert.is_true(now > last)
      last = now
    end
  end)

  it("writes moments to the nanosecond and reads them back", function()
    for text, moment in pairs {
      ["2024-02-29T12:34:56Z"] = 1709210096000000000,
      ["2024-02-29T12:34:56.5Z"] = 1709210096500000000,
      ["2024-02-29T12:34:56.000000007Z"] = 1709210096000000007,
    } do
      assert.equal(text, clock.format(moment))
      assert.equal(moment, clock.parse(text))
    end
    assert.equal(1709210096123000000,
      clock.parse("2024-02-29T14:34:56.123+02:00"))
    assert.equal(1709210096000000000,
      clock.parse("2024-02-29T11:34:56-01:00"))
    assert.is_nil(clock.parse("yesterday"))
    assert.is_nil(clock.parse("2024-02-29T12:34:56.Z"))
  end)

  it("keeps the milliseconds of log lines", function()
    assert.equal("2024-02-29T12:34:56.007Z",
      clock.format_milliseconds(1709210096007900000))
  end)
end)
