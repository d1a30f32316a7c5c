-- SPDX-License-Identifier: Apache-2.0
local system = require "ops.system"

describe("ops.system", function()
  it("digests a text", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      system.digest "abc")
  end)

  it("makes fresh tokens of the size asked for", function()
    assert.equal(32, #system.token(16))
    assert.is_truthy(system.token():find("^[0-9a-f]+$"))
    assert.are_not.equal(system.token(), system.token())
  end)

  it("sleeps, and the clock goes on", function()
    local start = system.monotonic()
    system.sleep(0.01)
    assert.is_true(system.monotonic() - start >= 0.01)
  end)
end)
