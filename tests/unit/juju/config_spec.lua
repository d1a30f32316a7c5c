-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local config = require "juju.config"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.config by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("reads every option, typed", function()
      agent:answer("config-get", '{"debug":true,"n":3,"ratio":0.5,"s":"x"}\n')
      assert.same({ debug = true, n = 3, ratio = 0.5, s = "x" }, config.get())
      assert.same({ { "config-get", "--format=json" } }, agent:calls())
    end)

    it("says what it could not read", function()
      agent:answer("config-get", { code = 1, stderr = "ERROR no such thing\n" })
      local found, err = config.get()
      assert.is_nil(found)
      assert.equal("cannot read the configuration: no such thing",
        tostring(err))
      assert.equal("failed", err.data.reason)
    end)
  end)
end
