-- SPDX-License-Identifier: Apache-2.0
local ops = require "ops"
local testing = require "testing"

local OPTIONS <const> = {
  ["log-level"] = { type = "string", default = "info" },
  count = { type = "int", default = 0 },
  rate = { type = "float", default = 1.5 },
  debug = { type = "boolean", default = false },
  unset = { type = "string" },
}

local function run(handler, config)
  local class = ops.charm "try"
  class.on_start = handler
  function class:init()
    self:observe(self.on.start, self.on_start)
  end
  local ctx = testing.context {
    charm = class,
    metadata = { name = "try" },
    config = { options = OPTIONS },
  }
  ctx:try("start", { config = config })
  return ctx
end

describe("the configuration", function()
  it("is read once, when an option is asked for", function()
    local ctx = run(function(self)
      assert.equal("info", self.config["log-level"])
      assert.equal(0, self.config.count)
      assert.is_false(self.config.debug)
      assert.equal(self.config, self.model.config)
    end)
    assert.is_nil(ctx.failure)
    assert.same({ "state-get --format=json", "config-get --format=json" },
      ctx:tool_lines "^juju%-log")
  end)

  it("gives nil for an option without value", function()
    local found = "something"
    run(function(self) found = self.config.unset end)
    assert.is_nil(found)
  end)

  it("raises for an option that is not declared", function()
    local ctx = run(function(self) return self.config.log_level end)
    assert.equal("unknown-option", ctx.failure.error.kind)
    local message = tostring(ctx.failure.error)
    assert.truthy(message:find("'log_level'", 1, true))
    assert.truthy(message:find("log-level", 1, true))
  end)

  it("gives a float as a float, though Juju writes 1 for 1.0", function()
    local found
    run(function(self) found = self.config.rate end, { rate = 1 })
    assert.equal("float", math.type(found))
  end)

  it("can be gone over, in order", function()
    local seen = {}
    run(function(self)
      for name in pairs(self.config) do
        seen[#seen + 1] = name
      end
    end)
    assert.same({ "count", "debug", "log-level", "rate" }, seen)
  end)

  it("is not the charm's to set", function()
    local ctx = run(function(self) self.config.count = 1 end)
    assert.truthy(ctx.failure.text:find("juju config", 1, true))
  end)
end)
