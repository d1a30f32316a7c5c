-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local metric = require "juju.metric"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.metric by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("adds metrics, with labels or without", function()
      agent:answer("add-metric", "")
      assert.is_true(metric.add { users = 3, load = 0.5 })
      assert.is_true(metric.add({ users = 3 }, { db = "a", app = "b" }))
      assert.same({
        { "add-metric", "load=0.5", "users=3" },
        { "add-metric", "--labels", "app=b,db=a", "users=3" },
      }, agent:calls())
    end)

    it("refuses what would not arrive as it is", function()
      local ok, err = metric.add({ users = 3 }, { db = "a,b" })
      assert.is_nil(ok)
      assert.equal("cannot add metrics: 'db' and its value do not make a pair",
        tostring(err))
      assert.same({}, agent:calls())
    end)
  end)
end
