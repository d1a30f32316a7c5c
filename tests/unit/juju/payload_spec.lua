-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local payload = require "juju.payload"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.payload by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("registers, tells a status, unregisters", function()
      agent:answer("payload-register", "")
      agent:answer("payload-status-set", "")
      agent:answer("payload-unregister", "")
      assert.is_true(payload.register("docker", "web", "abc", "tag"))
      assert.is_true(payload.set_status("web", "abc", "running"))
      assert.is_true(payload.unregister("web", "abc"))
      assert.same({
        { "payload-register", "--", "docker", "web", "abc", "tag" },
        { "payload-status-set", "--", "web", "abc", "running" },
        { "payload-unregister", "--", "web", "abc" },
      }, agent:calls())
    end)

    it("is unknown to Juju 4", function()
      local ok, err = payload.unregister("web", "abc")
      assert.is_nil(ok)
      assert.equal("unknown-tool", err.data.reason)
    end)
  end)
end
