-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local machine = require "juju.machine"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.machine by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("reboots after the hook, or now", function()
      agent:answer("juju-reboot", "")
      assert.is_true(machine.reboot())
      assert.is_true(machine.reboot { now = true })
      assert.same({ { "juju-reboot" }, { "juju-reboot", "--now" } },
        agent:calls())
    end)

    it("does not reboot for an action", function()
      agent:answer("juju-reboot", { code = 1, stderr = "ERROR juju-reboot is "
        .. "not supported when running an action.\n" })
      local ok, err = machine.reboot()
      assert.is_nil(ok)
      assert.equal("cannot reboot the machine: juju-reboot is not supported "
        .. "when running an action.", tostring(err))
    end)

    it("finds the unit's addresses", function()
      agent:answer("unit-get", '"10.0.0.1"\n')
      assert.equal("10.0.0.1", machine.address "private-address")
      assert.same({ { "unit-get", "--format=json", "private-address" } },
        agent:calls())
    end)

    it("tells an address that there is not", function()
      agent:answer("unit-get",
        { code = 2, stderr = 'ERROR unknown setting "x"\n' })
      local _, err = machine.address "x"
      assert.equal("usage", err.data.reason)
    end)
  end)
end
