-- SPDX-License-Identifier: Apache-2.0
local ops = require "ops"
local testing = require "testing"

local METADATA <const> = {
  name = "try",
  requires = { db = { interface = "pgsql" }, ["a-b"] = { interface = "x" } },
  containers = { temporal = {} },
}

local function context(class)
  return testing.context {
    charm = class,
    metadata = METADATA,
    actions = { restart = {} },
  }
end

-- A charm whose init is the given function.
local function charm(init, methods)
  local class = ops.charm "try"
  for name, method in pairs(methods or {}) do
    class[name] = method
  end
  class.init = init
  return class
end

-- What init raises when the charm is made.
local function failure_of(init, methods)
  local ctx = context(charm(init, methods))
  local code = ctx:try("start")
  assert.equal(1, code)
  return ctx.failure.error
end

describe("observing", function()
  it("runs observers in the order in which they were registered", function()
    local seen = {}
    local class = charm(function(self)
      self:observe(self.on.start, self.on_second)
      self:observe(self.on.start, self.on_first)
    end, {
      on_first = function() seen[#seen + 1] = "first" end,
      on_second = function() seen[#seen + 1] = "second" end,
    })
    context(class):run "start"
    assert.same({ "second", "first" }, seen)
  end)

  it("takes dashes as underscores, and the endpoint apart", function()
    local class = charm(function(self)
      assert.equal(self.on.db_relation_changed,
        self.on["db"].relation_changed)
      assert.equal(self.on.a_b_relation_joined,
        self.on["a-b"].relation_joined)
      assert.equal(self.on["a-b-relation-joined"],
        self.on.a_b_relation_joined)
      assert.equal(self.on.temporal_pebble_ready,
        self.on["temporal"].pebble_ready)
      assert.is_not_nil(self.on.restart_action)
    end)
    context(class):run "start"
  end)

  it("refuses an event that the metadata don't give", function()
    local err = failure_of(function(self)
      self:observe(self.on.dbx_relation_changed, self.on_it)
    end, { on_it = function() end })
    assert.equal("no-such-event", err.kind)
    assert.truthy(tostring(err):find("dbx_relation_changed", 1, true))
    assert.truthy(tostring(err):find("db_relation_changed", 1, true))
  end)

  it("refuses a handler that is misspelt, foreign or too greedy", function()
    local err = failure_of(function(self)
      self:observe(self.on.start, self.on_strat)
    end)
    assert.truthy(tostring(err):find("the handler is nil", 1, true))
    err = failure_of(function(self)
      self:observe(self.on.start, function() end)
    end)
    assert.truthy(tostring(err):find("not a method", 1, true))
    err = failure_of(function(self)
      self:observe(self.on.start, self.on_start)
    end, { on_start = function(_, _, _) end })
    assert.truthy(tostring(err):find("more than an event", 1, true))
    err = failure_of(function(self)
      self:observe("start", self.on_start)
    end, { on_start = function() end })
    assert.truthy(tostring(err):find("not an event", 1, true))
  end)

  it("refuses the same handler twice", function()
    local err = failure_of(function(self)
      self:observe(self.on.start, self.on_start)
      self:observe(self.on.start, self.on_start)
    end, { on_start = function() end })
    assert.truthy(tostring(err):find("on_start observes it already", 1, true))
  end)
end)

describe("objects", function()
  it("have paths below their parents", function()
    local Child = ops.object "child"
    local paths = {}
    local class = charm(function(self)
      paths[1] = self.path
      paths[2] = Child.new(self, "a").path
      paths[3] = Child.new(Child.new(self, "b"), "c").path
    end)
    context(class):run "start"
    assert.same({ "try", "try/child[a]", "try/child[b]/child[c]" }, paths)
  end)

  it("refuse two of one path", function()
    local Child = ops.object "child"
    local err = failure_of(function(self)
      Child.new(self, "a")
      Child.new(self, "a")
    end)
    assert.equal("object-path", err.kind)
    assert.truthy(tostring(err):find("try/child[a]", 1, true))
  end)

  it("need a parent, and events that are declared", function()
    local Child = ops.object "child"
    assert.has_error(function() Child.new("db") end)
    local err = failure_of(function(self)
      self.on.mine = {}
    end)
    assert.truthy(tostring(err):find("declared in the class's", 1, true))
  end)
end)

describe("custom events", function()
  local Child, seen

  before_each(function()
    seen = {}
    Child = ops.object "child"
    Child.events = { "went", quiet = ops.event() }
  end)

  local function watching(handler)
    return charm(function(self)
      self.child = Child.new(self, "k")
      self:observe(self.on.start, self.on_start)
      self:observe(self.child.on.went, self.on_went)
    end, {
      on_start = function(self)
        seen[#seen + 1] = "before"
        self.child.on.went:emit { size = 3 }
        self.child.on.quiet:emit()
        seen[#seen + 1] = "after"
      end,
      on_went = handler,
    })
  end

  it("run their observers at once, depth first", function()
    local ctx = context(watching(function(_, event)
      seen[#seen + 1] = event.size
    end))
    ctx:run "start"
    assert.same({ "before", 3, "after" }, seen)
    assert.same({
      { level = "DEBUG", message = "Emitting Juju event start." },
      { level = "DEBUG", message = "Emitting custom event <WentEvent via "
        .. "try/child[k]/on/went[2]>." },
    }, ctx.juju_log)
  end)

  it("may have methods and properties", function()
    local Went = ops.event {
      properties = {
        double = {
          get = function(event) return event.size * 2 end,
          set = function(event, value) event.size = value / 2 end,
        },
        fixed = { get = function() return 1 end },
      },
    }
    function Went:triple()
      return self.size * 3
    end
    Child.events = { went = Went, quiet = ops.event() }
    context(watching(function(_, event)
      seen[#seen + 1] = event:triple()
      event.double = 20
      seen[#seen + 1] = event.double
      assert.has_error(function() event.fixed = 2 end)
    end)):run "start"
    assert.same({ "before", 9, 20.0, "after" }, seen)
  end)

  it("carry nothing that can't be kept", function()
    local ctx = context(charm(function(self)
      self.child = Child.new(self, "k")
      self:observe(self.on.start, self.on_start)
    end, {
      on_start = function(self)
        self.child.on.went:emit { call = print }
      end,
    }))
    assert.equal(1, (ctx:try "start"))
    assert.equal("event-field", ctx.failure.error.kind)
    assert.truthy(ctx.failure.text:find("the event's field 'call'", 1, true))
  end)
end)
