-- SPDX-License-Identifier: Apache-2.0
local log = require "ops.log"
local tool = require "juju.tool"

describe("the log", function()
  local calls, previous

  before_each(function()
    calls = {}
    previous = tool.use {
      name = "spec",
      call = function(_, name, args)
        calls[#calls + 1] = name .. " " .. table.concat(args, " ")
        return { code = 0, stdout = "", stderr = "" }
      end,
      close = function() end,
    }
  end)

  after_each(function()
    tool.use(previous)
  end)

  it("has a function for each level, sent at once", function()
    for _, level in ipairs { "trace", "debug", "info", "warning", "error",
      "critical" } do
      log[level]("-m: %s is %d", "x", 3)
      assert.equal(("juju-log --log-level %s -- -m: x is 3")
        :format(level:upper()), calls[#calls])
    end
  end)

  it("takes a text alone as it is, and any value", function()
    log.info "100%"
    log.info(nil)
    log.info("%s", setmetatable({}, { __tostring = function()
      return "an error"
    end }))
    assert.same({
      "juju-log --log-level INFO -- 100%",
      "juju-log --log-level INFO -- nil",
      "juju-log --log-level INFO -- an error",
    }, calls)
  end)
end)
