-- SPDX-License-Identifier: Apache-2.0
-- Charms with mistakes, deployed for real: what `status` and `debug-log` say,
-- that Juju's retry after a repair ends right, and that nothing is lost.
local labs = require "tests.support.lab"

-- The first retry comes after 5 s, give or take a tenth.
local RETRY <const> = 12

local PEERS <const> = "peers: {peer: {interface: peers}}\n"
local LOOK <const> = [[

function Charm:on_look_action(event)
  local bag = self.model:get_relation("peer").data[self.unit]
  event:set_results { first = bag.first or "none", second = bag.second or
    "none", runs = self.state.runs, late = self.state.late }
end

return Charm
]]

local TYPO <const> = [[
local ops = require "ops"
local Charm = ops.charm "typo"

function Charm:init()
  self:observe(self.on.start, self.on_start
end

function Charm:on_start()
  self.unit.status = ops.ActiveStatus "repaired"
end

return Charm
]]

local RAISER <const> = [[
local ops = require "ops"
local Charm = ops.charm "raiser"

function Charm:init()
  self.state = ops.state(self, { lifetime = "unit" })
  self.state:set_default { runs = 0, late = 0 }
  for _, name in ipairs { "start", "config_changed", "look_action",
    "fall_action" } do
    self:observe(self.on[name], self["on_" .. name])
  end
end

function Charm:on_start(event)
  if not self.config.ready then
    return event:defer()
  end
  self.state.late = self.state.late + 1
end

function Charm:on_config_changed()
  local bag = self.model:get_relation("peer").data[self.unit]
  bag.first = self.config.note
  self.state.runs = self.state.runs + 1
  if self.config.note == "bad" then
    error "cannot bear a bad note"
  end
  self.unit.status = ops.ActiveStatus(self.config.note)
end

function Charm:on_fall_action()
  error "cannot stand"
end
]] .. LOOK

local NUMBERS <const> = [[
local ops = require "ops"
local Charm = ops.charm "numbers"

function Charm:init()
  self.state = ops.state(self, { lifetime = "unit" })
  self.state:set_default { runs = 0, late = 0 }
  self:observe(self.on.start, self.on_start)
  self:observe(self.on.look_action, self.on_look_action)
end

function Charm:on_start()
  local bag = self.model:get_relation("peer").data[self.unit]
  self.state.runs = self.state.runs + 1
  bag.first = "1"
  bag.second = 2
  self.unit.status = ops.ActiveStatus "counted"
end
]] .. LOOK

local TOOLS <const> = [[
local ops = require "ops"
local Charm = ops.charm "tools"

function Charm:init()
  self:observe(self.on.start, self.on_start)
end

function Charm:on_start()
  local address = self.model:get_binding("nowhere").network.bind_address
  self.unit.status = ops.ActiveStatus(tostring(address))
end

return Charm
]]

local STRANGER <const> = [[
local ops = require "ops"
local Charm = ops.charm "stranger"

function Charm:init()
  self:observe(self.on.start, self.on_start)
end

function Charm:on_start()
  self.unit.status = ops.ActiveStatus()
end

return Charm
]]

describe("a broken charm", function()
  local lab

  setup(function()
    lab = labs.start { name = "broken-charm",
      config = { ["logging-config"] = "<root>=INFO;unit=DEBUG" } }
  end)

  teardown(function()
    lab:stop()
  end)

  local function look(app)
    local found <const> = {}
    for key, value in lab:run("run", app .. "/0", "look")
      :gmatch('(%l+): "?([^"\n]*)') do
      found[key] = value
    end
    return { first = found.first, second = found.second,
      runs = tonumber(found.runs), late = tonumber(found.late) }
  end

  it("with a syntax error fails its first hook, by file and line", function()
    lab:run("deploy", lab:zip_charm("typo", {
      ["metadata.yaml"] = "name: typo\n", ["charm.lua"] = TYPO,
    }))
    lab:wait_failed("typo/0", "install", "cannot load ./charm.lua",
      "charm.lua:6: ')' expected (to close '(' at line 5) near 'end'")
    lab:edit("typo/0", "charm.lua",
      (TYPO:gsub("on_start\n", "on_start)\n", 1)))
    lab:wait_app("typo", "active", "repaired", RETRY)
    assert.equal("active", lab:wait_idle("typo/0").current)
  end)

  it("that raises loses its writes of that hook, and nothing else", function()
    lab:run("deploy", lab:make_charm("raiser", {
      ["metadata.yaml"] = "name: raiser\n" .. PEERS,
      ["config.yaml"] = "options: {ready: {type: boolean, default: false}, "
        .. "note: {type: string, default: good}}\n",
      ["actions.yaml"] = "look:\nfall:\n",
      ["charm.lua"] = RAISER,
    }))
    lab:wait_ran("raiser/0", "start")
    assert.same({ first = "good", second = "none", runs = 1, late = 0 },
      look "raiser")
    lab:run("config", "raiser", "note=bad")
    lab:wait_failed("raiser/0", "config-changed",
      "./charm.lua:25: cannot bear a bad note",
      "in raiser:on_config_changed, for ")
    assert.same({ first = "good", second = "none", runs = 1, late = 0 },
      look "raiser")
    lab:run("config", "raiser", "note=better", "ready=true")
    lab:wait_app("raiser", "active", "better", RETRY)
    assert.same({ first = "better", second = "none", runs = 2, late = 1 },
      look "raiser")
  end)

  it("whose action raises fails that action alone", function()
    local result <const> = lab:try("run", "raiser/0", "fall")
    assert.equal(1, result.code)
    assert.matches("charm.lua:31: cannot stand", result.stdout)
    assert.matches("^ERROR the following task failed:\n"
      .. ' %- id "%d+" with return code 1\n$', result.stderr)
    assert.equal("active", lab:wait_idle("raiser/0").current)
  end)

  it("that writes a number to a databag is told, and writes nothing", function()
    lab:run("deploy", lab:make_charm("numbers", {
      ["metadata.yaml"] = "name: numbers\n" .. PEERS,
      ["actions.yaml"] = "look:\n",
      ["charm.lua"] = NUMBERS,
    }))
    lab:wait_failed("numbers/0", "start",
      "cannot set second in the databag of numbers/0 in peer:",
      "the value is an integer; relation data are strings; encode it: "
        .. "ops.json.encode(value)", "./charm.lua:15: in ")
    assert.same({ first = "none", second = "none", runs = 0, late = 0 },
      look "numbers")
    lab:edit("numbers/0", "charm.lua", (NUMBERS:gsub("= 2\n", '= "2"\n')))
    lab:wait_app("numbers", "active", "counted", RETRY)
    assert.same({ first = "1", second = "2", runs = 1, late = 0 },
      look "numbers")
  end)

  it("gets a failed hook tool as an error with Juju's words", function()
    lab:run("deploy", lab:make_charm("tools", { ["charm.lua"] = TOOLS }))
    lab:wait_failed("tools/0", "start", "cannot find the addresses of nowhere: "
      .. 'no network config found for binding "nowhere"', "./charm.lua:9: in ")
    lab:edit("tools/0", "charm.lua", (TOOLS:gsub("self.model:get_binding.-\n",
      'pcall(self.model.get_binding, self.model, "nowhere")\n')))
    lab:wait_app("tools", "active", nil, RETRY)
  end)

  it("without a handler for an event ignores it", function()
    lab:run("deploy", lab:make_charm("stranger", {
      ["metadata.yaml"] = "name: stranger\nrequires: {extra: {interface: x}}\n",
      ["actions.yaml"] = "vanish:\n",
      ["charm.lua"] = STRANGER,
    }))
    lab:run("deploy", lab:make_charm("other", {
      ["metadata.yaml"] = "name: other\nprovides: {extra: {interface: x}}\n",
      ["charm.lua"] = 'return (require "ops").charm "other"\n',
    }))
    lab:wait_app("stranger", "active")
    lab:edit("stranger/0", "metadata.yaml", "name: stranger\n")
    lab:edit("stranger/0", "actions.yaml", "")
    lab:run("relate", "stranger", "other")
    lab:wait_ran("stranger/0", "extra-relation-changed")
    lab:run("run", "stranger/0", "vanish")
    local log <const> = lab:log()
    for _, event in ipairs { "extra_relation_created", "vanish_action" } do
      assert.matches(("DEBUG unit.stranger/0.juju%%-log [^\n]*Event %s not "
        .. "defined for [^\n]*"):format(event), log)
    end
    assert.equal("active", lab:wait_idle("stranger/0").current)
  end)
end)
