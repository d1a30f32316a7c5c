-- SPDX-License-Identifier: Apache-2.0
local ops = require "ops"
local sys = require "host.sys"
local testing = require "testing"

local METADATA <const> = {
  name = "try",
  requires = { db = { interface = "pgsql" } },
  containers = { temporal = {} },
}

-- A charm that notes every event it gets and defers while told so.
local function noting(seen, defers)
  local Child = ops.object "child"
  Child.events = { "went" }
  local class = ops.charm "try"
  function class:init()
    self.child = Child.new(self, "k")
    for _, name in ipairs { "start", "stop", "remove", "config_changed",
      "db_relation_changed", "temporal_pebble_ready", "restart_action",
      "update_status", "collect_unit_status" } do
      self:observe(self.on[name], self["on_" .. name])
    end
    self:observe(self.child.on.went, self.on_went)
  end
  for _, name in ipairs { "start", "stop", "remove", "config_changed",
    "db_relation_changed", "temporal_pebble_ready", "restart_action", "went",
    "collect_unit_status" } do
    class["on_" .. name] = function(_, event)
      seen[#seen + 1] = event
      if defers[name] then
        event:defer()
      end
    end
  end
  function class:on_update_status()
    self.child.on.went:emit {
      number = 1,
      unit = self.unit,
      app = self.app,
      list = { 1, 2 },
      relation = self.model.relations.db[1],
    }
  end
  return testing.context {
    charm = class,
    metadata = METADATA,
    actions = { restart = {} },
  }
end

local function messages(ctx)
  local list = {}
  for i, line in ipairs(ctx.juju_log) do
    list[i] = line.message
  end
  return list
end

describe("deferral", function()
  it("keeps a notice in Juju's state, by one call", function()
    local ctx = noting({}, { config_changed = true })
    local out = ctx:run "config_changed"
    assert.same({
      "state-get --format=json",
      "juju-log --log-level DEBUG -- Emitting Juju event config_changed.",
      "juju-log --log-level DEBUG -- Deferring <ConfigChangedEvent via "
        .. "try/on/config_changed[1]>.",
      "state-set --file -",
    }, ctx:tool_lines())
    assert.equal(1, #out.deferred)
    assert.equal("deferred/0000000001", out.deferred[1].key)
    assert.equal("try/on/config_changed", out.deferred[1].event)
    assert.equal("on_config_changed", out.deferred[1].method)
  end)

  it("delivers again before the event, and forgets what was done", function()
    local seen = {}
    local ctx = noting(seen, {})
    local out = ctx:run("start", {
      deferred = { ctx:deferred("config_changed", "on_config_changed") },
    })
    assert.same({
      "Re-emitting deferred event <ConfigChangedEvent via "
        .. "try/on/config_changed[1]> (1 of 1 in queue).",
      "Emitting Juju event start.",
    }, messages(ctx))
    assert.equal(3, #seen)
    assert.same({}, out.deferred)
    assert.same({ "state-get --format=json",
      "state-delete -- deferred/0000000001" }, ctx:tool_lines "^juju%-log")
  end)

  it("leaves what is deferred again where it is, but counts", function()
    local ctx = noting({}, { config_changed = true, start = true })
    local out = ctx:run("update_status", { deferred = {
      ctx:deferred("config_changed", "on_config_changed"),
      ctx:deferred("start", "on_start"),
    }, relations = { { endpoint = "db" } } })
    assert.same({ 2, 2 }, { out.deferred[1].count, out.deferred[2].count })
    local sent = ctx.calls[#ctx.calls]
    assert.equal("state-set", sent.tool)
    assert.equal('? "deferred-rounds"\n: "1"\n', sent.stdin)
  end)

  it("counts each from its own first time", function()
    local defers = { config_changed = true, start = true }
    local ctx = noting({}, defers)
    local out = ctx:run "config_changed"
    out = ctx:run("start", { deferred = out.deferred })
    out = ctx:run("config_changed", { deferred = out.deferred })
    assert.same({ 3, 2 }, { out.deferred[1].count, out.deferred[2].count })
    defers.config_changed = false
    out = ctx:run("config_changed", { deferred = out.deferred })
    assert.equal(1, #out.deferred)
    assert.equal(3, out.deferred[1].count)
  end)

  it("does not count the turn of a dispatch that fails", function()
    local ctx = noting({}, { config_changed = true })
    local notice = ctx:deferred("config_changed", "on_config_changed")
    local _, out = ctx:try("start", { deferred = { notice } },
      { broken_tools = { ["state-set"] = "ERROR out of order\n" } })
    assert.equal(1, ctx.exit_code)
    assert.equal(1, out.deferred[1].count)
  end)

  it("keeps the age and the handler's last reason", function()
    local reason = "no database"
    local class = ops.charm "try"
    function class:init()
      self:observe(self.on.start, self.on_start)
    end
    function class.on_start(_, event)
      event:defer(reason)
    end
    local ctx = testing.context { charm = class, metadata = METADATA }
    local out = ctx:run "start"
    local since = out.deferred[1].since
    assert.is_true(math.abs(sys.time() - since) < 60)
    assert.equal("no database", out.deferred[1].reason)
    assert.equal("Deferring <StartEvent via try/on/start[1]>. Reason: no "
      .. "database", ctx.juju_log[2].message)
    out.deferred[1].since = since - 3600
    reason = "no schema"
    out = ctx:run("update_status", { deferred = out.deferred })
    assert.same({ since - 3600, "no schema", 2 }, { out.deferred[1].since,
      out.deferred[1].reason, out.deferred[1].count })
    reason = 5
    assert.equal(1, (ctx:try "start"))
    assert.truthy(ctx.failure.text:find("the reason is a number", 1, true))
  end)

  it("warns from the tenth time on, in one line", function()
    local ctx = noting({}, { config_changed = true, start = true })
    local function warnings(count)
      local first = ctx:deferred("config_changed", "on_config_changed")
      first.count, first.since, first.reason = count, 0, nil
      ctx:run("update_status", { relations = { { endpoint = "db" } },
        deferred = { first, ctx:deferred("start", "on_start") } })
      local found = {}
      for _, line in ipairs(ctx.juju_log) do
        if line.level == "WARNING" then
          found[#found + 1] = line.message
        end
      end
      return found
    end
    assert.same({}, warnings(8))
    for count = 9, 10 do
      assert.same({ ("Deferred again and again: try/on/config_changed[1] for "
        .. "try:on_config_changed, deferred %d times since "
        .. "1970-01-01T00:00:00Z"):format(count + 1) }, warnings(count))
    end
  end)

  it("delivers the oldest first", function()
    local seen = {}
    local ctx = noting(seen, {})
    ctx:run("update_status", {
      relations = { { endpoint = "db", id = 4 } },
      deferred = {
        ctx:deferred("start", "on_start"),
        ctx:deferred("config_changed", "on_config_changed"),
      },
    })
    assert.truthy(tostring(seen[1]):find("StartEvent", 1, true))
    assert.truthy(tostring(seen[2]):find("ConfigChangedEvent", 1, true))
  end)

  it("tells the first ten of many, and how many there are", function()
    local ctx = noting({}, { db_relation_changed = true })
    local state = { relations = {}, deferred = {} }
    for id = 1, 12 do
      state.relations[id] = { endpoint = "db", id = id }
    end
    for id = 1, 12 do
      state.deferred = ctx:run("db_relation_changed", state,
        { relation = id }).deferred
    end
    ctx:run("start", state)
    local told, last = 0, nil
    for _, message in ipairs(messages(ctx)) do
      if message:find("^Re%-emitting") then
        told = told + 1
      elseif message:find("^Re%-emitted") then
        last = message
      end
    end
    assert.equal(10, told)
    assert.equal("Re-emitted 12 deferred events, 12 of them wait on.", last)
  end)

  it("queues an event that waits already only once", function()
    local ctx = noting({}, { config_changed = true })
    local out = ctx:run "config_changed"
    out = ctx:run("config_changed", { deferred = out.deferred })
    assert.equal(1, #out.deferred)
    assert.equal(2, out.deferred[1].count)
  end)

  it("tells events apart by their fields, not their names", function()
    local ctx = noting({}, { db_relation_changed = true })
    local state = {
      relations = { { endpoint = "db", id = 4 }, { endpoint = "db", id = 5 } },
    }
    local out = ctx:run("db_relation_changed", state, { relation = 4 })
    state.deferred = out.deferred
    out = ctx:run("db_relation_changed", state, { relation = 5 })
    assert.equal(2, #out.deferred)
    assert.equal("deferred/0000000002", out.deferred[2].key)
  end)

  it("restores relation, app, unit and container", function()
    local seen = {}
    local ctx = noting(seen, { db_relation_changed = true,
      temporal_pebble_ready = true })
    local state = {
      relations = { { endpoint = "db", id = 4, remote_app_name = "pg" } },
      containers = { { name = "temporal", can_connect = true } },
    }
    state.deferred = ctx:run("db_relation_changed", state).deferred
    state.deferred = ctx:run("temporal_pebble_ready", state).deferred
    assert.equal(2, #state.deferred)
    seen[1] = nil
    for i = #seen, 1, -1 do
      seen[i] = nil
    end
    ctx:run("start", state)
    assert.equal("db:4", seen[1].relation:label())
    assert.equal("pg", seen[1].app.name)
    assert.equal("pg/0", seen[1].unit.name)
    assert.equal("temporal", seen[2].workload.name)
  end)

  it("restores a custom event's fields", function()
    local seen = {}
    local ctx = noting(seen, { went = true })
    local state = { relations = { { endpoint = "db", id = 4 } } }
    state.deferred = ctx:run("update_status", state).deferred
    assert.equal("try/child[k]/on/went", state.deferred[1].event)
    local first = #seen
    ctx:run("start", state)
    local event = seen[first + 1]
    assert.equal(1, event.number)
    assert.equal("try/0", event.unit.name)
    assert.is_true(event.unit.is_own)
    assert.equal("try", event.app.name)
    assert.same({ 1, 2 }, { event.list[1], event.list[2] })
    assert.equal(4, event.relation.id)
  end)

  it("drops, with a warning, what this charm does not know", function()
    local ctx = noting({}, {})
    local out = ctx:run("start", {
      deferred = { ctx:deferred("config_changed", "on_gone") },
    })
    assert.same({}, out.deferred)
    assert.equal("WARNING", ctx.juju_log[1].level)
    assert.truthy(ctx.juju_log[1].message:find("on_gone", 1, true))
  end)

  it("keeps the queue of a dispatch that fails", function()
    local ctx = noting({}, { config_changed = true })
    local _, out = ctx:try("config_changed", {
      deferred = { ctx:deferred("start", "on_start") },
    }, { broken_tools = { ["state-set"] = "ERROR out of order\n" } })
    assert.equal(1, ctx.exit_code)
    assert.equal(1, #out.deferred)
    assert.equal("on_start", out.deferred[1].method)
  end)

  for _, name in ipairs { "stop", "remove", "restart_action",
    "collect_unit_status" } do
    it("is refused for " .. name, function()
      local ctx = noting({}, { [name] = true })
      local event = name == "collect_unit_status" and "start" or name
      assert.equal(1, (ctx:try(event)))
      assert.equal("defer", ctx.failure.error.kind)
    end)
  end
end)
