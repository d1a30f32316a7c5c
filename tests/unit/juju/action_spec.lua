-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local action = require "juju.action"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.action by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("reads the parameters", function()
      agent:answer("action-get", '{"deep":{"n":1},"list":[1]}\n')
      agent:answer("action-get", "null\n")
      assert.same({ deep = { n = 1 }, list = { 1 } }, action.get())
      assert.same({}, action.get())
      assert.same({ "action-get", "--format=json" }, agent:calls()[1])
    end)

    it("sets results, sorted", function()
      agent:answer("action-set", "")
      assert.is_true(action.set { ["b.c"] = "d", a = "1" })
      assert.is_true(action.set {})
      assert.same({ { "action-set", "a=1", "b.c=d" } }, agent:calls())
    end)

    it("logs and fails", function()
      agent:answer("action-log", "")
      agent:answer("action-fail", "")
      assert.is_true(action.log "hi")
      assert.is_true(action.fail "bad")
      assert.same({ { "action-log", "--", "hi" },
        { "action-fail", "--", "bad" } }, agent:calls())
    end)

    it("says that no action runs", function()
      agent:answer("action-get",
        { code = 1, stderr = "ERROR not running an action\n" })
      local _, err = action.get()
      assert.equal("cannot read the action's parameters: not running an action",
        tostring(err))
    end)
  end)
end
