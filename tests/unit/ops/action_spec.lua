-- SPDX-License-Identifier: Apache-2.0
local action = require "ops.action"
local json = require "std.json"
local ops = require "ops"
local support = require "tests.support.charm"
local testing = require "testing"

local ACTIONS <const> = {
  ["do-it"] = { params = { name = { type = "string" } } },
}

local function run(handler, params)
  local class = ops.charm "try"
  class.on_it = handler
  function class:init()
    self:observe(self.on.do_it_action, self.on_it)
  end
  local ctx = testing.context {
    charm = class,
    metadata = { name = "try" },
    actions = ACTIONS,
  }
  ctx:try("do_it_action", {}, { params = params })
  return ctx
end

describe("an action", function()
  it("has an id, and parameters that are read once", function()
    local ctx = run(function(_, event)
      assert.equal("x", event.params.name)
      assert.is_nil(event.params.other)
      assert.equal("1", event.id)
    end, { name = "x" })
    assert.is_nil(ctx.failure)
    assert.same({ "state-get --format=json", "action-get --format=json" },
      ctx:tool_lines "^juju%-log")
  end)

  it("says results, lines and failure at once", function()
    local ctx = run(function(_, event)
      event:set_results { a = 1, b = { c = "d", e = true } }
      event:log "half way"
      event:fail "no luck"
    end)
    assert.same({
      "state-get --format=json",
      "action-set a=1 b.c=d b.e=true",
      "action-log -- half way",
      "action-fail -- no luck",
    }, ctx:tool_lines "^juju%-log")
    assert.same({ a = "1", b = { c = "d", e = "true" } }, ctx.action_results)
    assert.equal("no luck", ctx.action_failure)
    assert.same({ "half way" }, ctx.action_logs)
    assert.equal(0, ctx.exit_code)
  end)

  it("keeps its results when the handler then raises", function()
    local ctx = run(function(_, event)
      event:set_results { a = 1 }
      error "no"
    end)
    assert.equal(1, ctx.exit_code)
    assert.same({ a = "1" }, ctx.action_results)
  end)

  local WRONG <const> = {
    ["upper case"] = { A = 1 },
    ["an outer dash"] = { ["-a"] = 1 },
    ["a reserved key"] = { stdout = "x" },
    ["a list"] = { a = { 1, 2 } },
    ["an empty list"] = { a = json.array {} },
    ["a function"] = { a = print },
    ["a key both nested and dotted"] = { ["a.b"] = 1, a = { b = 2 } },
    ["a value that others are below"] = { a = 1, ["a.b"] = 2 },
    ["positions"] = { "x" },
  }
  for what, results in pairs(WRONG) do
    it("refuses " .. what .. " in results", function()
      local ctx = run(function(_, event) event:set_results(results) end)
      assert.equal("action-results", ctx.failure.error.kind)
      assert.is_nil(ctx.action_results)
    end)
  end

  it("sends nothing for no results", function()
    local ctx = run(function(_, event) event:set_results { a = {} } end)
    assert.same({ "state-get --format=json" }, ctx:tool_lines "^juju%-log")
  end)

  it("flattens what is nested", function()
    assert.same({ ["a.b.c"] = "1", d = "1.5" },
      action.flatten { a = { b = { c = 1 } }, d = 1.5 })
  end)
end)

describe("an action's parameters", function()
  local RESTART <const> = ops.schema {
    force = { type = "boolean", default = false },
    max_wait = { type = "integer", min = 1 },
    who = { type = "string", optional = true },
  }

  it("are loaded as a schema has them", function()
    local ctx = support.run("restart_action", function(_, event)
      assert.same({ force = false, max_wait = 3 },
        event:load_params(RESTART))
    end, {}, { params = { ["max-wait"] = 3 } })
    assert.same({ "action-get --format=json" }, support.calls(ctx))
  end)

  it("raise what is wrong with them", function()
    local err = support.refused("schema", "restart_action",
      function(_, event)
        event:load_params(RESTART)
      end)
    assert.equal("cannot load the action's parameters: max_wait is missing",
      tostring(err))
  end)

  it("fail the action with what is wrong, and end it", function()
    local after = false
    local ctx = support.context("restart_action", function(self, event)
      self.model:get_relation("db").data[self.unit].a = "1"
      event:load_params(RESTART, { errors = "fail" })
      after = true
    end)
    ctx:run("restart_action", { relations = { { endpoint = "db" } } },
      { params = { ["max-wait"] = 0 } })
    assert.is_false(after)
    assert.equal(0, ctx.exit_code)
    assert.equal("Error in action parameters: max_wait must be at least 1",
      ctx.action_failure)
    assert.same({
      "relation-ids db --format=json",
      "relation-get --format=json -r db:1 - try/0",
      "action-get --format=json",
      "action-fail -- Error in action parameters: max_wait must be at least "
        .. "1",
    }, support.calls(ctx))
  end)
end)
