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

    it("reads and writes the settings of Juju before 4", function()
      agent:answer("leader-get", '{"a":"1"}\n')
      agent:answer("leader-get", "null\n")
      agent:answer("leader-set", "")
      assert.same({ a = "1" }, leader.settings())
      assert.same({}, leader.settings())
      assert.is_true(leader.set { b = "x=y z", a = "" })
      assert.is_true(leader.set {})
      assert.same({
        { "leader-get", "--format=json" }, { "leader-get", "--format=json" },
        { "leader-set", "--", "a=", "b=x=y z" },
      }, agent:calls())
    end)

    it("refuses a setting that Juju would cut", function()
      for _, changes in ipairs {
        { a = " x" }, { a = "x\n" }, { ["a b"] = "x" }, { a = 1 },
      } do
        local ok, err = leader.set(changes)
        assert.is_nil(ok)
        assert.equal("usage", err.data.reason)
      end
      assert.same({}, agent:calls())
    end)

    it("tells who may not write the settings, and a Juju without", function()
      agent:answer("leader-set", { code = 1, stderr = "ERROR cannot write "
        .. "leadership settings: cannot write settings: not the leader\n" })
      local _, err = leader.set { a = "1" }
      assert.equal("not-leader", err.data.reason)
      _, err = leader.settings()
      assert.equal("unknown-tool", err.data.reason)
    end)
  end)
end
