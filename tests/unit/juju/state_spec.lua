-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local state = require "juju.state"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.state by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("reads everything at once", function()
      agent:answer("state-get", '{"a":"1","b":""}\n')
      assert.same({ a = "1", b = "" }, state.get())
      assert.same({ { "state-get", "--format=json" } }, agent:calls())
    end)

    it("reads one value, and tells none from an empty one", function()
      agent:answer("state-get", '"v\\n"\n')
      agent:answer("state-get", '""\n')
      agent:answer("state-get", { code = 1, stderr = 'ERROR "k" not found\n' })
      assert.equal("v\n", state.get_key "k")
      assert.equal("", state.get_key "k")
      local value, err = state.get_key "k"
      assert.is_nil(value)
      assert.is_nil(err)
      assert.same({ "state-get", "--format=json", "--strict", "--", "k" },
        agent:calls()[1])
    end)

    it("writes by standard input", function()
      agent:answer("state-set", "")
      assert.is_true(state.set { ["#k"] = " v ", e = "" })
      assert.is_true(state.set {})
      assert.same({ { "state-set", "--file", "-",
        stdin = '? "#k"\n: " v "\n? "e"\n: ""\n' } }, agent:calls())
    end)

    it("deletes, whatever the key begins with", function()
      agent:answer("state-delete", "")
      assert.is_true(state.delete { "-k", "l" })
      assert.same({ { "state-delete", "--", "-k" },
        { "state-delete", "--", "l" } }, agent:calls())
    end)

    it("keeps Juju's limits before it calls", function()
      agent:answer("state-set", "")
      assert.is_true(state.set { [("k"):rep(256)] = ("v"):rep(65536) })
      local _, err = state.set { k = ("v"):rep(65537) }
      assert.equal("cannot write the unit's state: the value of 'k' has 65537 "
        .. "bytes, Juju allows 65536", tostring(err))
      local _, other = state.set { [("k"):rep(257)] = "" }
      assert.equal("cannot write the unit's state: a key of 257 bytes is too "
        .. "long, Juju allows 256", tostring(other))
      assert.equal(1, #agent:calls())
    end)
  end)
end
