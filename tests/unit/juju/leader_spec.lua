-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local leader = require "juju.leader"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.leader by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("asks who leads", function()
      agent:answer("is-leader", "true\n")
      agent:answer("is-leader", "false\n")
      assert.is_true(leader.is_leader())
      assert.is_false(leader.is_leader())
      assert.same({ "is-leader", "--format=json" }, agent:calls()[1])
    end)

    it("tells that nobody knows", function()
      agent:answer("is-leader", { code = 1,
        stderr = "ERROR leadership status unknown: lost connection\n" })
      local answer, err = leader.is_leader()
      assert.is_nil(answer)
      assert.equal("cannot ask who leads the application: leadership status "
        .. "unknown: lost connection", tostring(err))
    end)
  end)
end
