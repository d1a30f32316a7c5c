-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local ops = require "ops"
local proc = require "host.proc"
local sys = require "host.sys"
local testing = require "testing"

local METADATA <const> = {
  name = "try",
  peers = { peer = { interface = "try" } },
  requires = { db = { interface = "pgsql" } },
}
local CONFIG <const> = {
  options = { level = { type = "string", default = "info" } },
}

local function context(methods)
  local class = ops.charm "try"
  for name, method in pairs(methods) do
    class[name] = method
  end
  function class:init()
    self.state = ops.state(self, { lifetime = "app" })
    self.state:set_default { ready = false }
    for name in pairs(methods) do
      self:observe(self.on[name:sub(4)], self[name])
    end
  end
  return testing.context {
    charm = class,
    metadata = METADATA,
    config = CONFIG,
    actions = { restart = {} },
  }
end

describe("a dispatch", function()
  it("asks Juju for the notices alone when nothing is observed", function()
    local ctx = context {}
    ctx:run "config_changed"
    assert.same({
      "state-get --format=json",
      "juju-log --log-level DEBUG -- Emitting Juju event config_changed.",
    }, ctx:tool_lines())
  end)

  it("reads once, writes what changed once, in a fixed order", function()
    local ctx = context {
      on_config_changed = function(self)
        for _ = 1, 2 do
          assert.equal("info", self.config.level)
          assert.is_true(self.unit:is_leader())
          local relation = self.model:get_relation("db")
          assert.equal("here", relation.data[relation.app].host)
          relation.data[self.app].b = "1"
          relation.data[self.app].b = "2"
          relation.data[self.unit].a = "1"
          self.unit.status = ops.ActiveStatus()
          self.state.ready = true
        end
      end,
    }
    ctx:run("config_changed", {
      leader = true,
      relations = {
        { endpoint = "peer", id = 1 },
        {
          endpoint = "db",
          id = 2,
          remote_app_name = "pg",
          remote_app_data = { host = "here" },
        },
      },
    })
    assert.same({
      "state-get --format=json",
      "config-get --format=json",
      "is-leader --format=json",
      "relation-ids db --format=json",
      "relation-list --format=json -r db:2 --app",
      "relation-get --format=json -r db:2 --app - pg",
      "relation-get --format=json -r db:2 --app - try",
      "relation-get --format=json -r db:2 - try/0",
      "status-set --application=False active -- ",
      "relation-ids peer --format=json",
      "relation-get --format=json -r peer:1 --app - try",
      "relation-set -r db:2 --app --file -",
      "relation-set -r db:2 --file -",
      "relation-set -r peer:1 --app --file -",
    }, ctx:tool_lines "^juju%-log")
    assert.equal('? "b"\n: "2"\n', ctx.calls[#ctx.calls - 2].stdin)
  end)

  it("sends nothing that is as it was", function()
    local ctx = context {
      on_config_changed = function(self)
        local relation = self.model:get_relation "db"
        relation.data[self.unit].a = "2"
        relation.data[self.unit].a = "1"
        self.state.ready = false
      end,
    }
    ctx:run("config_changed", {
      leader = true,
      relations = {
        { endpoint = "peer" },
        { endpoint = "db", local_unit_data = { a = "1" } },
      },
    })
    for _, call in ipairs(ctx.calls) do
      assert.is_nil(call.tool:find("%-set$"), call.tool)
    end
  end)

  it("ignores an event it doesn't know, as ops does", function()
    local ctx = context {}
    local code = ctx:try("config_changed", {}, {
      environ = { JUJU_DISPATCH_PATH = "hooks/old-relation-changed" },
    })
    assert.equal(0, code)
    assert.same({ {
      level = "DEBUG",
      message = "Event old_relation_changed not defined for <try>.",
    } }, ctx.juju_log)
  end)

  it("says why Juju doesn't run it, when it doesn't", function()
    local ctx = context {}
    assert.equal(1, (ctx:try("start", {},
      { environ = { JUJU_UNIT_NAME = "" } })))
    assert.equal("no-unit", ctx.failure.error.kind)
  end)
end)

describe("a handler that raises", function()
  local ctx

  before_each(function()
    local function fail(self)
      self.unit.status = ops.MaintenanceStatus "half way"
      self.model:get_relation("db").data[self.unit].a = "1"
      local mine = { x = nil }
      return mine.x.y
    end
    ctx = context {
      on_start = fail,
      on_restart_action = function(self) fail(self) end,
    }
  end)

  local STATE <const> = { relations = { { endpoint = "db" } } }

  it("ends with exit code 1, and nothing buffered is sent", function()
    local code, out = ctx:try("start", STATE)
    assert.equal(1, code)
    assert.is_nil(out:get_relation("db").local_unit_data.a)
    assert.same({ name = "maintenance", message = "half way" },
      out.unit_status)
    for _, call in ipairs(ctx.calls) do
      assert.is_nil(call.tool:find("^relation%-set"))
      assert.is_nil(call.tool:find("^state%-set"))
    end
  end)

  it("leaves a traceback with file and line in the log", function()
    ctx:try("start", STATE)
    local last = ctx.juju_log[#ctx.juju_log - 1]
    assert.equal("ERROR", last.level)
    assert.truthy(last.message:find("^Uncaught error while in charm code:\n"))
    assert.truthy(last.message:find("dispatch_spec.lua:%d+: attempt to index"),
      last.message)
    assert.truthy(last.message:find("stack traceback:", 1, true))
    assert.truthy(last.message:find(
      "in try:on_start, for <StartEvent via try/on/start[1]>", 1, true))
    assert.equal("", ctx.stderr)
  end)

  it("tells the user of an action on standard error too", function()
    assert.equal(1, (ctx:try("restart_action", STATE)))
    assert.truthy(ctx.stderr:find("^Uncaught error while in charm code:\n"))
  end)

  it("may raise anything", function()
    for _, raised in ipairs { "text", { 1 }, false } do
      ctx = context { on_start = function() error(raised) end }
      assert.equal(1, (ctx:try "start"))
      assert.truthy(ctx.juju_log[2].message:find("Uncaught error", 1, true))
    end
  end)
end)

describe("a hook tool that fails", function()
  it("ends the dispatch, named in the log", function()
    local ctx = context { on_start = function(self) return self.config.level end }
    assert.equal(1, (ctx:try("start", {}, {
      broken_tools = { ["config-get"] = "ERROR controller away\n" },
    })))
    assert.equal("hook-tool", ctx.failure.error.kind)
    local message = ctx.juju_log[#ctx.juju_log - 1].message
    assert.truthy(message:find("controller away", 1, true))
  end)

  it("that is the log itself stops nothing", function()
    local ctx = context { on_start = function() ops.log.info "x" end }
    local stderr, written = io.stderr, {}
    io.stderr = { -- luacheck: ignore
      write = function(_, ...)
        written[#written + 1] = table.concat { ... }
      end,
    }
    local code = ctx:try("start", {},
      { broken_tools = { ["juju-log"] = "ERROR gone\n" } })
    io.stderr = stderr -- luacheck: ignore
    assert.equal(0, code)
    assert.equal("INFO x\ncannot write to the log: gone\n", written[2])
  end)
end)

-- The true thing: the host under the name `dispatch`, hook tools as programs.
describe("the program", function()
  local dir

  before_each(function()
    dir = assert(fs.mkdtemp "/tmp/dispatch-spec-")
    assert(fs.mkdirs(dir .. "/bin"))
    local stub = "#!/bin/sh\n"
      .. 'echo "${0##*/} $*" >> ' .. dir .. "/calls\n"
      .. 'case ${0##*/} in state-get|config-get) echo "{}";; esac\n'
    for _, name in ipairs { "state-get", "juju-log", "config-get" } do
      assert(fs.write(dir .. "/bin/" .. name, stub,
        { mode = tonumber("755", 8) }))
    end
    assert(fs.write(dir .. "/metadata.yaml", "name: try\n"))
    assert(fs.symlink(sys.executable(), dir .. "/dispatch"))
  end)

  after_each(function()
    assert(fs.remove_all(dir))
  end)

  local function run(script, extra)
    assert(fs.write(dir .. "/charm.lua", script))
    local env = {
      PATH = dir .. "/bin:/usr/bin:/bin",
      JUJU_CHARM_DIR = dir,
      JUJU_UNIT_NAME = "try/0",
      JUJU_DISPATCH_PATH = "hooks/start",
      JUJU_HOOK_NAME = "start",
    }
    for name, value in pairs(extra or {}) do
      env[name] = value
    end
    local result = assert(proc.run {
      argv = { dir .. "/dispatch" },
      env = env,
      cwd = dir,
      timeout = 20,
    })
    return result.code, fs.read(dir .. "/calls") or "", result
  end

  it("runs the charm of its folder, which finds its modules", function()
    assert(fs.write(dir .. "/helper.lua", 'return { word = "hello" }'))
    local code, calls = run [[
      local ops = require "ops"
      local helper = require "helper"
      local Try = ops.charm "try"
      function Try:init() self:observe(self.on.start, self.on_start) end
      function Try:on_start() ops.log.info("%s from charm", helper.word) end
      return Try
    ]]
    assert.equal(0, code)
    assert.truthy(calls:find("--log-level INFO -- hello from charm", 1, true))
    assert.truthy(calls:find("Emitting Juju event start.", 1, true))
  end)

  it("finds the libraries of others in lib/", function()
    assert(fs.mkdirs(dir .. "/lib/charms/words/v0"))
    assert(fs.write(dir .. "/lib/charms/words/v0/greet.lua",
      'return { word = "hello" }'))
    local code, calls = run [[
      local ops = require "ops"
      local greet = require "charms.words.v0.greet"
      local Try = ops.charm "try"
      function Try:init() self:observe(self.on.start, self.on_start) end
      function Try:on_start() ops.log.info("%s from a library", greet.word) end
      return Try
    ]]
    assert.equal(0, code)
    assert.truthy(calls:find("hello from a library", 1, true))
  end)

  it("reports a syntax error with its line, exit code 1", function()
    local code, calls = run "local ops = require 'ops'\nlocal x = = 1\n"
    assert.equal(1, code)
    assert.truthy(calls:find("--log-level ERROR", 1, true))
    assert.truthy(calls:find(" ./charm.lua:2:", 1, true))
  end)

  it("says what charm.lua must return", function()
    local code, calls = run "return {}"
    assert.equal(1, code)
    assert.truthy(calls:find("the class made by ops.charm", 1, true))
  end)

  it("does nothing when the charm calls itself", function()
    local code, calls = run("error 'never read'",
      { OPERATOR_DISPATCH = "1" })
    assert.equal(0, code)
    assert.equal("", calls)
  end)
end)
