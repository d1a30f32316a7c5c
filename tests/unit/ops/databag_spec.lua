-- SPDX-License-Identifier: Apache-2.0
local ops = require "ops"
local testing = require "testing"

local METADATA <const> = {
  name = "try",
  peers = { peer = { interface = "try" } },
  requires = { db = { interface = "pgsql" } },
}

-- Runs `handler` in an event of the relation db:7 with pg.
local function run(handler, state, event, options)
  local class = ops.charm "try"
  class.on_event = handler
  function class:init()
    self:observe(self.on[event or "db_relation_changed"], self.on_event)
  end
  local ctx = testing.context { charm = class, metadata = METADATA }
  state = state or {}
  state.relations = state.relations or {
    {
      endpoint = "db",
      id = 7,
      remote_app_name = "pg",
      remote_app_data = { host = "here" },
      remote_units_data = { [0] = { port = "1" }, [1] = {} },
      local_unit_data = { mine = "x", other = "y" },
      local_app_data = { name = "try" },
    },
    {
      endpoint = "peer",
      id = 8,
      peers_data = { [1] = { seen = "1" } },
      local_app_data = { shared = "s" },
    },
  }
  options = options or { unit = 0 }
  local code, out = ctx:try(event or "db_relation_changed", state, options)
  return ctx, out, code
end

local function lines(ctx)
  local found = {}
  for _, line in ipairs(ctx:tool_lines "^juju%-log") do
    if line ~= "state-get --format=json" then
      found[#found + 1] = line
    end
  end
  return found
end

local function kind_of(ctx)
  return ctx.failure and ctx.failure.error.kind
end

describe("reading relation data", function()
  it("asks once for a databag, nothing for the event's own names", function()
    local ctx = run(function(_, event)
      assert.equal("here", event.relation.data[event.app].host)
      assert.is_nil(event.relation.data[event.app].nothing)
      assert.equal("1", event.relation.data[event.unit].port)
      assert.equal(event.app, event.relation.app)
    end)
    assert.same({
      "relation-get --format=json -r db:7 --app - pg",
      "relation-get --format=json -r db:7 - pg/0",
    }, lines(ctx))
  end)

  it("goes over a databag in the order of the keys", function()
    local seen = {}
    run(function(self, event)
      for key, value in pairs(event.relation.data[self.unit]) do
        seen[#seen + 1] = key .. "=" .. value
      end
    end)
    assert.same({ "mine=x", "other=y" }, seen)
  end)

  it("of one's own application is the leader's, but for peers", function()
    local ctx = run(function(self, event)
      return event.relation.data[self.app].name
    end)
    assert.equal("relation-data-access", kind_of(ctx))
    local found
    run(function(self, event)
      found = event.relation.data[self.app].name
    end, { leader = true })
    assert.equal("try", found)
    run(function(self)
      found = self.model:get_relation("peer").data[self.app].shared
    end)
    assert.equal("s", found)
  end)

  it("finds nothing where the relation is gone", function()
    local found
    local ctx = run(function(self)
      local gone = self.model:get_relation("db", 99)
      found = gone.data[self.unit].mine
      assert.same({}, gone.units)
      assert.is_nil(gone.app)
      assert.is_nil(gone.app)
    end)
    assert.is_nil(ctx.failure)
    assert.is_nil(found)
    assert.same({
      "relation-get --format=json -r db:99 - try/0",
      "relation-list --format=json -r db:99",
      "relation-list --format=json -r db:99 --app",
    }, lines(ctx))
  end)

  it("still works while the relation is broken, which is inactive", function()
    local ctx = run(function(self, event)
      assert.is_false(event.relation.active)
      assert.equal("pg", event.app.name)
      assert.is_nil(event.unit)
      assert.same({}, self.model.relations.db)
      assert.equal("here", event.relation.data[event.app].host)
    end, nil, "db_relation_broken", {})
    assert.is_nil(ctx.failure, ctx.failure and ctx.failure.text)
  end)

  it("is asked of a unit or an app, not of a name", function()
    local ctx = run(function(_, event)
      return event.relation.data["pg/0"].port
    end)
    assert.truthy(ctx.failure.text:find("expected a unit or an app", 1, true))
    ctx = run(function(_, event)
      return event.relation.data[nil]
    end)
    assert.truthy(ctx.failure.text:find("databag of nil in db:7", 1, true))
  end)
end)

describe("writing relation data", function()
  it("is read back at once and sent at commit", function()
    local ctx, out = run(function(self, event)
      local bag = event.relation.data[self.unit]
      bag.new = "1"
      assert.equal("1", bag.new)
      bag.mine = nil
      bag.other = ""
      assert.is_nil(bag.mine)
      assert.is_nil(bag.other)
    end)
    assert.same({
      "relation-get --format=json -r db:7 - try/0",
      "relation-set -r db:7 --file -",
    }, lines(ctx))
    assert.same({ new = "1" }, out:get_relation("db").local_unit_data)
  end)

  it("may bring several keys, null deletes", function()
    local _, out = run(function(self, event)
      event.relation:update(self.unit,
        { mine = ops.null, other = "", third = "3" })
    end)
    assert.same({ third = "3" }, out:get_relation("db").local_unit_data)
  end)

  it("keeps any text as it is", function()
    local odd = "a: b\n\t\"'#\\ é \u{1F600}\u{2028} - 0777 "
    local _, out = run(function(self, event)
      event.relation.data[self.unit].odd = odd
    end)
    assert.equal(odd, out:get_relation("db").local_unit_data.odd)
  end)

  for name, value in pairs {
    ["a number"] = 5,
    ["a table"] = { host = "x" },
    ["a boolean"] = true,
  } do
    it("refuses " .. name .. ", and says what to do", function()
      local ctx = run(function(self, event)
        event.relation.data[self.unit].db_conn = value
      end)
      assert.equal("relation-data-type", kind_of(ctx))
      local message = tostring(ctx.failure.error)
      assert.truthy(message:find("set db_conn in the databag of try/0 in db:7",
        1, true), message)
      assert.truthy(message:find("ops.json.encode", 1, true))
    end)
  end

  it("refuses keys and bytes that are no text", function()
    local ctx = run(function(self, event)
      event.relation.data[self.unit][1] = "x"
    end)
    assert.equal("relation-data-type", kind_of(ctx))
    ctx = run(function(self, event)
      event.relation.data[self.unit].a = "\xff"
    end)
    assert.equal("relation-data-type", kind_of(ctx))
  end)

  it("refuses what belongs to others", function()
    for _, whose in ipairs { "app", "unit" } do
      local ctx = run(function(_, event)
        event.relation.data[event[whose]].a = "1"
      end, { leader = true })
      assert.equal("relation-data-access", kind_of(ctx))
    end
  end)

  it("to the application is the leader's", function()
    local ctx = run(function(self)
      self.model:get_relation("peer").data[self.app].a = "1"
    end)
    assert.equal("relation-data-access", kind_of(ctx))
    assert.truthy(tostring(ctx.failure.error):find("is_leader", 1, true))
    local _, out = run(function(self)
      self.model:get_relation("peer").data[self.app].a = "1"
    end, { leader = true })
    assert.equal("1", out:get_relation("peer").local_app_data.a)
  end)

  it("does not replace a databag as a whole", function()
    local ctx = run(function(self, event)
      event.relation.data[self.unit] = { a = "1" }
    end)
    assert.truthy(ctx.failure.text:find("relation:update", 1, true))
  end)

  it("to a relation that is gone is dropped, with a warning", function()
    local ctx = run(function(self)
      self.model:get_relation("db", 99).data[self.unit].a = "1"
    end)
    assert.equal(0, ctx.exit_code)
    assert.equal("WARNING", ctx.juju_log[#ctx.juju_log].level)
    assert.truthy(ctx.juju_log[#ctx.juju_log].message:find("db:99", 1, true))
  end)

  it("fails the dispatch when Juju refuses it", function()
    local ctx, out, code = run(function(self, event)
      event.relation.data[self.unit].a = "1"
    end, nil, nil, { unit = 0, broken_tools = {
      ["relation-set"] = "ERROR no more\n",
    } })
    assert.equal(1, code)
    assert.equal("hook-tool", kind_of(ctx))
    assert.is_nil(out:get_relation("db").local_unit_data.a)
  end)
end)
