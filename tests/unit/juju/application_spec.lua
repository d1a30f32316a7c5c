-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local application = require "juju.application"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.application by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("sets the workload's version", function()
      agent:answer("application-version-set", "")
      assert.is_true(application.set_version "-1.2")
      assert.same({ { "application-version-set", "--", "-1.2" } },
        agent:calls())
    end)

    it("counts the planned units, without those that go", function()
      agent:answer("goal-state", '{"units":{"a/0":{"status":"active"},'
        .. '"a/1":{"status":"dying"},"a/2":{"status":"waiting"}},'
        .. '"relations":{}}\n')
      assert.equal(2, application.planned_units())
      assert.same({ { "goal-state", "--format=json" } }, agent:calls())
    end)

    it("says what it could not count", function()
      agent:answer("goal-state", { code = 1, stderr = "ERROR no\n" })
      local count, err = application.planned_units()
      assert.is_nil(count)
      assert.equal("cannot read the goal state: no", tostring(err))
    end)
  end)
end
