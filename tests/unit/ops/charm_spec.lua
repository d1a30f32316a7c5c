-- SPDX-License-Identifier: Apache-2.0
local ops = require "ops"
local support = require "tests.support.charm"

local CONFIG <const> = ops.schema({
  level = { type = "string", one_of = { "debug", "info" } },
  max_count = { type = "integer", max = 10 },
  password = { type = "secret", optional = true },
}, function(values)
  return values.level == "debug" and values.max_count > 5
    and "debug is for few" or nil
end)

describe("a charm's configuration", function()
  it("is loaded as a schema has it", function()
    local ctx = support.run("config_changed", function(self)
      assert.same({ level = "info", max_count = 5 },
        self:load_config(CONFIG))
    end)
    assert.same({ "config-get --format=json" }, support.calls(ctx))
  end)

  it("has secrets for their ids, of which nothing is asked", function()
    local ctx = support.run("config_changed", function(self)
      local password = self:load_config(CONFIG).password
      assert.equal("secret:abc", password.id)
      assert.equal("abc", password.unique_identifier)
    end, { config = { password = "secret:abc" } })
    assert.same({ "config-get --format=json" }, support.calls(ctx))
  end)

  it("raises what is wrong with it", function()
    local err = support.refused("schema", "config_changed", function(self)
      self:load_config(CONFIG)
    end, { config = { level = "loud", ["max-count"] = 11 } })
    assert.equal("cannot load the configuration: level must be one of debug, "
      .. "info, not loud; max_count must be at most 10", tostring(err))
  end)

  it("blocks the unit with what is wrong, and ends the event", function()
    local after = false
    local ctx = support.context("config_changed", function(self, event)
      self.model:get_relation("db").data[self.unit].a = "1"
      event:defer()
      self:load_config(CONFIG, { errors = "blocked" })
      after = true
    end)
    local out = ctx:run("config_changed", {
      config = { level = "debug", ["max-count"] = 6 },
      relations = { { endpoint = "db" } },
    })
    assert.is_false(after)
    assert.equal(0, ctx.exit_code)
    assert.same({ name = "blocked",
      message = "Invalid config: debug is for few" }, out.unit_status)
    assert.same({
      "relation-ids db --format=json",
      "relation-get --format=json -r db:1 - try/0",
      "config-get --format=json",
      "status-set --application=False blocked -- Invalid config: debug is "
        .. "for few",
    }, support.calls(ctx))
    assert.same({}, out.deferred)
    assert.equal("Leaving early: Invalid config: debug is for few.",
      ctx.juju_log[#ctx.juju_log].message)
  end)
end)

describe("the framework's own events", function()
  it("come last, before anything is sent", function()
    local seen = {}
    local class = ops.charm "try"
    function class:init()
      self:observe(self.on.start, self.on_start)
      self:observe(self.framework.on.commit, self.on_commit)
      self:observe(self.framework.on.pre_commit, self.on_pre_commit)
    end
    function class.on_start()
      seen[#seen + 1] = "start"
    end
    function class.on_commit()
      seen[#seen + 1] = "commit"
    end
    function class:on_pre_commit()
      seen[#seen + 1] = "pre_commit"
      self.model:get_relation("db").data[self.unit].a = "1"
    end
    local ctx = support.context("start", class.on_start, { charm = class })
    local out = ctx:run("start", { relations = { { endpoint = "db" } } })
    assert.same({ "start", "pre_commit", "commit" }, seen)
    assert.equal("1", out.relations[1].local_unit_data.a)
  end)

  it("can't be deferred", function()
    local class = ops.charm "try"
    function class:init()
      self:observe(self.framework.on.commit, self.on_it)
    end
    function class.on_it(_, event)
      event:defer()
    end
    local ctx = support.context("start", class.on_it, { charm = class })
    assert.equal(1, (ctx:try "start"))
    assert.equal("defer", ctx.failure.error.kind)
  end)
end)
