-- SPDX-License-Identifier: Apache-2.0
local network = require "lab.network"

describe("a lab's network", function()
  it("belongs to one lab at a time", function()
    local first <close>, one = network.reserve()
    local second <close>, two = network.reserve()
    assert.is_not_nil(first)
    assert.is_not_nil(second)
    assert.is_true(one ~= two)
    local none, message = network.reserve(one)
    assert.is_nil(none)
    assert.equal(("another lab uses the addresses 127.%d.*.* meanwhile; end "
      .. "it first"):format(one), message)
    first:close()
    local again <close>, number = network.reserve(one)
    assert.is_not_nil(again)
    assert.equal(one, number)
  end)
end)
