-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local status = require "juju.status"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.status by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("sets the unit's status and the application's", function()
      agent:answer("status-set", "")
      assert.is_true(status.set("active", ""))
      assert.is_true(status.set("blocked", "-x"))
      assert.is_true(status.set("active", "ok", { app = true }))
      assert.same({
        { "status-set", "--application=False", "active", "--", "" },
        { "status-set", "--application=False", "blocked", "--", "-x" },
        { "status-set", "--application=True", "active", "--", "ok" },
      }, agent:calls())
    end)

    it("reads the unit's status and the application's", function()
      agent:answer("status-get",
        '{"message":"m","status":"waiting","status-data":{"k":1}}\n')
      agent:answer("status-get",
        '{"application-status":{"status":"active","units":{"a/0":'
        .. '{"status":"waiting","message":"w","status-data":{}}}}}\n')
      assert.same({ status = "waiting", message = "m", data = { k = 1 } },
        status.get())
      assert.same({ status = "active", message = "", data = {}, units = {
        ["a/0"] = { status = "waiting", message = "w", data = {} },
      } }, status.get { app = true })
      assert.same({
        { "status-get", "--include-data", "--format=json",
          "--application=false" },
        { "status-get", "--include-data", "--format=json",
          "--application=true" },
      }, agent:calls())
    end)

    it("tells a unit that does not lead", function()
      agent:answer("status-set", { code = 1,
        stderr = "ERROR this unit is not the leader\n" })
      local ok, err = status.set("active", "", { app = true })
      assert.is_nil(ok)
      assert.equal("not-leader", err.data.reason)
      assert.equal("cannot set the status of the application to active: this "
        .. "unit is not the leader; only the leader may; ask is_leader() first",
        tostring(err))
    end)
  end)
end
