-- SPDX-License-Identifier: Apache-2.0
local ops = require "ops"
local status = require "ops.status"
local testing = require "testing"

local function run(handlers, state, options)
  local class = ops.charm "try"
  for name, handler in pairs(handlers) do
    class["on_" .. name] = handler
  end
  function class:init()
    for name in pairs(handlers) do
      self:observe(self.on[name], self["on_" .. name])
    end
  end
  local ctx = testing.context { charm = class, metadata = { name = "try" } }
  local _, out = ctx:try("start", state, options)
  return ctx, out
end

local function calls(ctx)
  local found = {}
  for _, line in ipairs(ctx:tool_lines "^juju%-log") do
    if line ~= "state-get --format=json" then
      found[#found + 1] = line
    end
  end
  return found
end

describe("a status", function()
  it("is equal to one of the same name and message", function()
    assert.is_true(ops.ActiveStatus() == ops.ActiveStatus(""))
    assert.is_false(ops.ActiveStatus() == ops.ActiveStatus "x")
    assert.is_false(ops.BlockedStatus() == ops.WaitingStatus())
    assert.equal('blocked: "x"', tostring(ops.BlockedStatus "x"))
    assert.equal("maintenance", ops.MaintenanceStatus().name)
    assert.is_true(ops.status_from_name("active") == ops.ActiveStatus())
  end)

  it("has a message that is text, and a name that there is", function()
    assert.has_error(function() ops.BlockedStatus { 1 } end)
    assert.has_error(function() ops.status_from_name "great" end)
  end)

  it("is highest by name, the first of equals", function()
    assert.equal("b", status.highest({
      ops.ActiveStatus "a", ops.BlockedStatus "b", ops.BlockedStatus "c",
      ops.MaintenanceStatus "d",
    }).message)
    assert.equal("waiting", status.highest({
      ops.ActiveStatus(), ops.WaitingStatus(), }).name)
    assert.is_nil(status.highest {})
  end)
end)

describe("the unit's status", function()
  it("is sent at once, both ways of setting it", function()
    local ctx, out = run {
      start = function(self)
        self.unit.status = ops.BlockedStatus "-x"
        self.unit:set_status(ops.ActiveStatus())
      end,
    }
    assert.same({
      "status-set --application=False blocked -- -x",
      "status-set --application=False active -- ",
    }, calls(ctx))
    assert.same({ name = "active", message = "" }, out.unit_status)
    assert.same({ { name = "unknown", message = "" },
      { name = "blocked", message = "-x" } }, ctx.unit_status_history)
  end)

  it("is not sent again as it is, nor asked for when known", function()
    local ctx = run {
      start = function(self)
        self.unit.status = ops.ActiveStatus()
        self.unit.status = ops.ActiveStatus()
        assert.is_true(self.unit.status == ops.ActiveStatus())
      end,
    }
    assert.equal(1, #calls(ctx))
  end)

  it("is read once", function()
    local ctx = run({
      start = function(self)
        assert.equal("why", self.unit.status.message)
        assert.equal("blocked", self.unit.status.name)
      end,
    }, { unit_status = { name = "blocked", message = "why" } })
    assert.is_nil(ctx.failure)
    assert.same({
      "status-get --include-data --format=json --application=false",
    }, calls(ctx))
  end)

  it("is one that a charm may set", function()
    for _, value in ipairs { ops.UnknownStatus(), ops.ErrorStatus "x",
      "active", false } do
      local ctx = run { start = function(self) self.unit.status = value end }
      assert.equal("invalid-status", ctx.failure.error.kind)
    end
  end)
end)

describe("the application's status", function()
  it("is the leader's", function()
    local function set(self)
      self.app.status = ops.ActiveStatus "ok"
    end
    local ctx = run { start = set }
    assert.equal("app-status", ctx.failure.error.kind)
    local out
    ctx, out = run({ start = set }, { leader = true })
    assert.same({ "is-leader --format=json",
      "status-set --application=True active -- ok" }, calls(ctx))
    assert.same({ name = "active", message = "ok" }, out.app_status)
  end)
end)

describe("collected statuses", function()
  it("set the highest after the event", function()
    local ctx, out = run {
      start = function() end,
      collect_unit_status = function(_, event)
        event:add_status(ops.ActiveStatus())
        event:add_status(ops.WaitingStatus "for it")
      end,
    }
    assert.same({ "status-set --application=False waiting -- for it" },
      calls(ctx))
    assert.equal("waiting", out.unit_status.name)
  end)

  it("set nothing when nothing is added", function()
    local ctx = run { collect_unit_status = function() end }
    assert.same({}, calls(ctx))
  end)

  it("are collected for the application on its leader alone", function()
    local handlers = {
      collect_app_status = function(_, event)
        event:add_status(ops.ActiveStatus "app")
      end,
    }
    local ctx = run(handlers)
    assert.same({ "is-leader --format=json" }, calls(ctx))
    ctx = run(handlers, { leader = true })
    assert.same({ "is-leader --format=json",
      "status-set --application=True active -- app" }, calls(ctx))
  end)

  it("must be statuses", function()
    local ctx = run {
      collect_unit_status = function(_, event) event:add_status "active" end,
    }
    assert.equal("invalid-status", ctx.failure.error.kind)
  end)
end)
