-- SPDX-License-Identifier: Apache-2.0
local breakpoint = require "ops.breakpoint"
local support = require "tests.support.charm"

describe("a breakpoint", function()
  local terminal, said, lines, there

  before_each(function()
    terminal, said, lines, there = breakpoint.terminal, {}, {}, true
    breakpoint.terminal = {
      is_there = function() return there end,
      read = function() return table.remove(lines, 1) end,
      write = function(...) said[#said + 1] = table.concat { ... } end,
    }
  end)
  after_each(function() breakpoint.terminal = terminal end)

  local upvalue = "outside"

  local function stop(debug_at)
    local left
    local ctx = support.context("start", function(self)
      local answer = 41
      self.framework:breakpoint "here"
      left = { answer, upvalue }
    end)
    ctx:run("start", {}, { environ = { JUJU_DEBUG_AT = debug_at } })
    return left, ctx
  end

  it("runs Lua with the handler's variables, and changes them", function()
    lines = { "answer + 1", "self.unit.name", "answer = 42", "upvalue",
      "upvalue = 'inside'", "self.nothing.x", "x x", ":locals", ":go",
      "answer = 43" }
    assert.same({ 42, "inside" }, (stop "here"))
    local text = table.concat(said)
    assert.truthy(text:find("Breakpoint 'here' in try:on_it", 1, true))
    for _, want in ipairs { "> 42\n", "> try/0\n", "> outside\n",
      "attempt to index a nil value", "line:1:", "answer" } do
      assert.truthy(text:find(want, 1, true), want)
    end
    upvalue = "outside"
  end)

  it("shows the calls, and ends with the input", function()
    lines = { ":trace" }
    stop "all"
    assert.truthy(table.concat(said):find("breakpoint_spec.lua", 1, true))
  end)

  it("is passed where nobody asked for it, or nobody is there", function()
    stop "other"
    assert.same({}, said)
    there = false
    local _, ctx = stop "here"
    assert.same({}, said)
    assert.truthy(ctx.juju_log[2].message:find("nobody is at a terminal", 1,
      true))
  end)

  it("stops before each handler for 'hook'", function()
    lines = { "event", "self" }
    stop "hook"
    local text = table.concat(said)
    assert.truthy(text:find("Breakpoint 'hook' in try:on_it, for <StartEvent "
      .. "via try/on/start[1]>", 1, true))
    assert.truthy(text:find("> <StartEvent via try/on/start[1]>\n> <try>\n", 1,
      true))
  end)

  it("has a name of its own", function()
    for _, name in ipairs { "all", "hook", "-x", "x-", "A", "", 5 } do
      support.refused("breakpoint", "start", function(self)
        self.framework:breakpoint(name)
      end)
    end
  end)
end)
