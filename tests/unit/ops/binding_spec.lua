-- SPDX-License-Identifier: Apache-2.0
local binding = require "ops.binding"

describe("network-get's answer", function()
  it("may hold several devices, some without address", function()
    local network = binding.parse {
      ["bind-addresses"] = {
        { ["interface-name"] = "lo", addresses = {} },
        { ["interface-name"] = "eth0", addresses = {
          { value = "", cidr = "" },
          { value = "10.0.0.1", cidr = "10.0.0.0/24" },
          { value = "fd00::1", cidr = "" },
        } },
      },
      ["ingress-addresses"] = { "192.0.2.1" },
      ["egress-subnets"] = { "192.0.2.1/32" },
    }
    assert.equal("10.0.0.1", network.bind_address)
    assert.same({ "10.0.0.1", "fd00::1" }, network.bind_addresses)
    assert.equal("192.0.2.1", network.ingress_address)
    assert.same({
      { name = "eth0", address = "10.0.0.1", subnet = "10.0.0.0/24" },
      { name = "eth0", address = "fd00::1" },
    }, network.interfaces)
  end)

  it("may hold nothing", function()
    local network = binding.parse {}
    assert.is_nil(network.bind_address)
    assert.is_nil(network.ingress_address)
    assert.same({}, network.egress_subnets)
  end)

  it("gives the address to bind where there is none for others", function()
    local network = binding.parse {
      ["bind-addresses"] = { { addresses = { { value = "10.0.0.1" } } } },
    }
    assert.equal("10.0.0.1", network.ingress_address)
  end)
end)
