-- SPDX-License-Identifier: Apache-2.0
local json = require "std.json"
local ops = require "ops"
local testing = require "testing"

local METADATA <const> = {
  name = "try",
  peers = { peer = { interface = "try" } },
}

-- Runs `handler(self, state)` with a state of this lifetime.
local function run(lifetime, handler, state, options)
  local class = ops.charm "try"
  function class:init()
    self.state = ops.state(self, { lifetime = lifetime })
    self.state:set_default {
      ready = false,
      map = {},
      nothing = ops.null,
    }
    self:observe(self.on.start, self.on_start)
  end
  function class:on_start()
    handler(self, self.state)
  end
  local ctx = testing.context {
    charm = class,
    metadata = options and options.metadata or METADATA,
  }
  local code, out = ctx:try("start", state, options)
  return ctx, out, code
end

local function text_of(ctx)
  return ctx.failure and tostring(ctx.failure.error) or ""
end

local function with_peer(data)
  return {
    leader = true,
    relations = { { endpoint = "peer", id = 1, local_app_data = data } },
  }
end

-- What is kept, by lifetime: the texts, as state out.
local KEPT <const> = {
  unit = function(out)
    return out.unit_state
  end,
  container = function(out)
    return out.container_state
  end,
  app = function(out)
    local values = {}
    for key, text in pairs(out:get_relation("peer").local_app_data) do
      values[key] = json.decode(text)
    end
    return values
  end,
}

for lifetime, kept in pairs(KEPT) do
  describe("state with the lifetime " .. lifetime, function()
    it("gives defaults, and keeps none of them", function()
      local ctx, out = run(lifetime, function(_, state)
        assert.is_false(state.ready)
        assert.same({}, state.map)
        assert.is_nil(state.nothing)
        assert.is_nil(state.never_heard_of)
        state.ready = false
      end, with_peer())
      assert.is_nil(ctx.failure, text_of(ctx))
      assert.same({}, kept(out))
    end)

    it("keeps what is set", function()
      local ctx, out = run(lifetime, function(_, state)
        state.ready = true
        state.count = 1
        state.ratio = 1.0
        state.text = ""
        state.list = json.array {}
        assert.is_true(state.ready)
      end, with_peer())
      assert.is_nil(ctx.failure, text_of(ctx))
      local values = kept(out)
      assert.is_true(values.ready)
      assert.equal("integer", math.type(values.count))
      assert.equal("float", math.type(values.ratio))
      assert.equal("", values.text)
      assert.is_true(json.is_array(values.list))
    end)

    it("notices what was changed inside a table", function()
      local _, out = run(lifetime, function(_, state)
        state.map.a = { b = 1 }
      end, with_peer())
      assert.same({ map = { a = { b = 1 } } }, kept(out))
    end)

    it("unsets with nil and null, over a default too", function()
      local ctx, out = run(lifetime, function(_, state)
        state.count = 1
        state.count = nil
        state.ready = ops.null
        assert.is_nil(state.ready)
      end, with_peer())
      assert.is_nil(ctx.failure, text_of(ctx))
      assert.equal(json.null, kept(out).ready)
      assert.truthy(kept(out).count == nil or kept(out).count == json.null)
    end)

    it("refuses what has no simple type, by name", function()
      local ctx = run(lifetime, function(_, state)
        state.call = print
      end, with_peer())
      assert.equal("state-type", ctx.failure.error.kind)
      assert.truthy(text_of(ctx):find("set call in", 1, true))
    end)

    it("keeps nothing of a dispatch that fails", function()
      local _, out, code = run(lifetime, function(_, state)
        state.ready = true
        error "no"
      end, with_peer())
      assert.equal(1, code)
      assert.same({}, kept(out))
    end)
  end)
end

describe("the state of a unit", function()
  it("is one state-set, with a key for each name", function()
    local ctx = run("unit", function(_, state)
      state.b = 2
      state.a = 1
    end)
    assert.same({ "state-get --format=json", "state-set --file -" },
      ctx:tool_lines "^juju%-log")
    assert.equal('? "state/a"\n: "1"\n? "state/b"\n: "2"\n',
      ctx.calls[#ctx.calls].stdin)
  end)

  it("is bounded as Juju bounds it, before the call", function()
    local ctx = run("unit", function(_, state)
      state.big = ("x"):rep(65536)
    end)
    assert.equal("state-size", ctx.failure.error.kind)
    assert.truthy(text_of(ctx):find("state/big", 1, true))
    ctx = run("unit", function(_, state)
      for i = 1, 33 do
        state["n" .. i] = ("x"):rep(65000)
      end
    end)
    assert.truthy(text_of(ctx):find("the whole state", 1, true))
    ctx = run("unit", function(_, state)
      state[("k"):rep(300)] = 1
    end)
    assert.truthy(text_of(ctx):find("the key", 1, true))
  end)
end)

describe("the state of an application", function()
  it("is written by the leader alone", function()
    local state = with_peer { ready = "true" }
    state.leader = false
    local ctx, out = run("app", function(_, values)
      assert.is_true(values.ready)
      values.ready = false
    end, state)
    assert.equal("state-access", ctx.failure.error.kind)
    assert.truthy(text_of(ctx):find("not the leader", 1, true))
    assert.same({ ready = "true" }, out:get_relation("peer").local_app_data)
  end)

  it("gives defaults and refuses writes before the peer relation", function()
    local ctx = run("app", function(_, state)
      assert.is_false(state:is_ready())
      assert.is_false(state.ready)
      state.ready = true
    end, { leader = true })
    assert.equal("state-access", ctx.failure.error.kind)
    assert.truthy(text_of(ctx):find("is_ready", 1, true))
  end)

  it("needs a peer relation in the metadata", function()
    local ctx = run("app", function() end, {},
      { metadata = { name = "try" } })
    assert.equal("state-lifetime", ctx.failure.error.kind)
  end)

  it("names what is damaged", function()
    local ctx = run("app", function(_, state)
      return state.ready
    end, with_peer { ready = "{" })
    assert.equal("state-damaged", ctx.failure.error.kind)
  end)
end)

describe("states", function()
  it("must say their lifetime", function()
    local ctx = run(nil, function() end)
    assert.equal("state-lifetime", ctx.failure.error.kind)
    assert.truthy(text_of(ctx):find("'app'", 1, true))
  end)

  it("keep names of their own methods free", function()
    local ctx = run("unit", function(_, state)
      state.is_ready = true
    end)
    assert.truthy(ctx.failure.text:find("the name is taken", 1, true))
  end)

  it("of two objects don't meet", function()
    local Child = ops.object "child"
    function Child:init()
      self.state = ops.state(self, { lifetime = "unit" })
    end
    local class = ops.charm "try"
    function class:init()
      self.state = ops.state(self, { lifetime = "unit" })
      self.child = Child.new(self, "k")
      self:observe(self.on.start, self.on_start)
    end
    function class:on_start()
      self.state.x = 1
      self.child.state.x = 2
    end
    local out = testing.context { charm = class, metadata = METADATA }
      :run "start"
    assert.same({ x = 1, ["child[k]/x"] = 2 }, out.unit_state)
  end)
end)
