-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local network = require "juju.network"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.network by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("asks for everything, by endpoint or relation", function()
      local answer <const> = '{"bind-addresses":[{"interface-name":"lo",'
        .. '"addresses":[{"value":"127.0.0.2","cidr":""}]}],'
        .. '"ingress-addresses":["127.0.0.2"]}\n'
      agent:answer("network-get", answer)
      local found = network.get "db"
      assert.equal("127.0.0.2", found["bind-addresses"][1].addresses[1].value)
      assert.equal("127.0.0.2", found["ingress-addresses"][1])
      network.get("db", { relation = 1 })
      assert.same({
        { "network-get", "--format=json", "db" },
        { "network-get", "--format=json", "-r", "1", "db" },
      }, agent:calls())
    end)

    it("tells a binding that has no network", function()
      agent:answer("network-get", { code = 1,
        stderr = 'ERROR no network config found for binding "x"\n' })
      local _, err = network.get "x"
      assert.equal("not-found", err.data.reason)
    end)
  end)
end
