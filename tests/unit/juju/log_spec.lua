-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local log = require "juju.log"
local tool = require "juju.tool"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.log by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("writes a line of a level", function()
      agent:answer("juju-log", "")
      assert.is_true(log.write("DEBUG", "Emitting Juju event install."))
      assert.is_true(log.write("ERROR", "-m: \n two lines"))
      assert.is_true(log.write("INFO", ""))
      assert.same({
        { "juju-log", "--log-level", "DEBUG", "--",
          "Emitting Juju event install." },
        { "juju-log", "--log-level", "ERROR", "--", "-m: \n two lines" },
        { "juju-log", "--log-level", "INFO", "--", "" },
      }, agent:calls())
    end)

    it("tells a line, and of what stopped it", function()
      agent:answer("juju-log", { code = 1, stderr = "ERROR full\n" })
      local failure
      log.tell("INFO", "text", function(err) failure = err end)
      tool.settle()
      assert.same({ { "juju-log", "--log-level", "INFO", "--", "text" } },
        agent:calls())
      assert.equal("cannot write to the log: full", tostring(failure))
    end)

    it("writes a text of any length whole", function()
      agent:answer("juju-log", "")
      -- Two bytes a character, so that a cut at an odd byte would be seen.
      local text = "x" .. ("\u{e9}"):rep(100000)
      assert.is_true(log.write("INFO", text))
      local calls, whole = agent:calls(), ""
      for _, call in ipairs(calls) do
        assert.is_true(utf8.len(call[5]) ~= nil)
        assert.is_true(door == "socket" or #call[5] <= 131071)
        whole = whole .. call[5]
      end
      assert.is_true(whole == text)
      assert.equal(door == "socket" and 1 or 2, #calls)
    end)

    it("writes bytes that no argument can hold", function()
      agent:answer("juju-log", "")
      assert.is_true(log.write("INFO", "a\0b"))
      assert.equal("a\\0b", agent:calls()[1][5])
    end)
  end)
end
