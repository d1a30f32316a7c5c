-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local hooktools = require "tests.support.hooktools"
local proc = require "host.proc"
local sys = require "host.sys"
local tool = require "juju.tool"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.tool by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("gives what the tool prints", function()
      agent:answer("config-get", { stdout = "out", stderr = "noise" })
      assert.equal("out", tool.call("config-get", { "-a", "", "é" }))
      local request = agent:requests()[1]
      assert.same({ "-a", "", "é" }, request.args)
      assert.equal(sys.getcwd(), request.dir)
      assert.is_nil(request.stdin)
    end)

    it("gives standard input, an empty one too", function()
      agent:answer("state-set", "")
      local large <const> = ("x"):rep(300000)
      assert.equal("", tool.call("state-set", { "-" }, { stdin = "" }))
      assert.equal("", tool.call("state-set", { "-" }, { stdin = large }))
      local requests = agent:requests()
      assert.equal("", requests[1].stdin)
      assert.is_true(requests[2].stdin == large)
    end)

    it("asks ahead where the way allows it", function()
      agent:answer("config-get", "asked first")
      agent:answer("config-get", "asked second")
      tool.ask_ahead("config-get", { "-a" })
      local other = tool.call("config-get", { "-b" })
      local ahead = tool.call("config-get", { "-a" })
      assert.equal(door == "socket" and "asked first" or "asked second", ahead)
      assert.equal(door == "socket" and "asked second" or "asked first", other)
      assert.equal(2, #agent:requests())
    end)

    it("calls each, and says which one failed", function()
      agent:answer("state-delete", "")
      assert.is_true(tool.call_each("state-delete", { { "a" }, { "b" } },
        "delete"))
      agent:answer("state-delete", { code = 1, stderr = "ERROR no\n" })
      agent:answer("state-delete", "")
      local ok, err = tool.call_each("state-delete",
        { { "c" }, { "d" }, { "e" } }, "delete")
      assert.is_nil(ok)
      assert.equal("cannot delete: no", tostring(err))
    end)

    it("gives large answers whole", function()
      local large <const> = ("x"):rep(2000000)
      agent:answer("config-get", large)
      assert.is_true(tool.call("config-get", {}) == large)
    end)

    it("gives the same error by every door", function()
      agent:answer("config-get", { code = 2, stdout = "half",
        stderr = "ERROR option provided but not defined: --foo\n" })
      local out, err = tool.call("config-get", { "--foo" })
      assert.is_nil(out)
      assert.equal("hook-tool", err.kind)
      assert.same({ tool = "config-get", code = 2, reason = "usage",
        stderr = "ERROR option provided but not defined: --foo\n" }, err.data)
      assert.equal("cannot run config-get: option provided but not defined: "
        .. "--foo", tostring(err))
    end)

    it("gives the same error for what the agent refuses", function()
      agent:answer("is-leader", { error = "bad request: wrong" })
      local _, err = tool.call("is-leader", {})
      assert.same({ tool = "is-leader", code = 1, reason = "failed",
        stderr = "ERROR bad request: wrong\n" }, err.data)
    end)

    it("tells a tool that this Juju has not", function()
      local _, err = tool.call("goal-state", {}, { tried = "count units" })
      assert.equal("unknown-tool", err.data.reason)
      assert.equal("cannot count units: bad request: unknown command: "
        .. "goal-state; this version of Juju may not have it", tostring(err))
    end)

    it("sends what changes something once, when the agent goes", function()
      agent:answer("state-set", { drop = true })
      local _, err = tool.call("state-set", { "-" }, { stdin = "" })
      assert.equal("agent-gone", err.data.reason)
      assert.equal(1, #agent:calls())
      agent:enter(door)
    end)

    it("tells what nobody waits for, in order with the other calls", function()
      local failures = {}
      local function failed(err) failures[#failures + 1] = tostring(err) end
      agent:answer("juju-log", "")
      agent:answer("juju-log", { code = 1, stderr = "ERROR full\n" })
      agent:answer("is-leader", "true\n")
      tool.tell("juju-log", { "one" }, "write to the log", failed)
      tool.tell("juju-log", { "two" }, "write to the log", failed)
      assert.equal("true\n", tool.call("is-leader", {}, { reads = true }))
      assert.same({ { "juju-log", "one" }, { "juju-log", "two" },
        { "is-leader" } }, agent:calls())
      assert.same({ "cannot write to the log: full" }, failures)
    end)

    it("tells of what was told to an agent that goes", function()
      local failure
      agent:answer("juju-log", { drop = true })
      tool.tell("juju-log", { "one" }, "write to the log", function(err)
        failure = err
      end)
      tool.settle()
      assert.equal("agent-gone", failure.data.reason)
      agent:enter(door)
    end)

    it("refuses an argument that no program could get", function()
      local _, err = tool.call("config-get", { "a\0b" })
      assert.equal("cannot run config-get: an argument holds a NUL byte",
        tostring(err))
      assert.same({}, agent:calls())
    end)

    it("reads JSON of the type it wants", function()
      agent:answer("config-get", "[]\n")
      agent:answer("config-get", "null\n")
      agent:answer("config-get", "{\n")
      local found, err = tool.read("config-get", {}, "boolean", "look")
      assert.is_nil(found)
      assert.equal("cannot look: cannot make sense of config-get's answer: "
        .. "expected a boolean, got a table", tostring(err))
      found, err = tool.read("config-get", {}, "boolean")
      assert.is_nil(found)
      assert.is_nil(err)
      found, err = tool.read("config-get", {}, "table")
      assert.is_nil(found)
      assert.matches("^cannot run config%-get: cannot make sense of "
        .. "config%-get's answer: ", tostring(err))
    end)
  end)
end

describe("juju.tool", function()
  local agent, script
  before_each(function()
    agent = hooktools.agent()
    script = agent.dir .. "/script.lua"
  end)
  after_each(function() agent:stop() end)

  -- Runs Lua text in a process of its own, in a hook's environment.
  local function in_hook(text, changes)
    local env = agent:environ()
    for name, value in pairs(changes or {}) do
      env[name] = value or nil
    end
    assert(fs.write(script, 'local tool = require "juju.tool"\n' .. text))
    local charmhost = sys.executable():gsub("[^/]*$", "charmhost")
    return assert(proc.run {
      argv = { charmhost, "run", script }, env = env, timeout = 30,
    })
  end

  it("takes the socket where there is one", function()
    agent:answer("config-get", "{}")
    agent:answer("is-leader", "true")
    local ended = in_hook([[
      print(tool.call("config-get", {}))
      print(tool.call("is-leader", {}))
    ]], { PATH = "/nowhere" })
    assert.equal("{}\ntrue\n", ended.stdout)
    assert.equal("", ended.stderr)
    assert.same({ { "config-get" }, { "is-leader" } }, agent:calls())
  end)

  it("runs programs where there is none, and says so once", function()
    local stub <const> = '#!/bin/sh\necho "$@" >> %s/said\n'
    assert(fs.remove(agent.dir .. "/tools/juju-log"))
    assert(fs.remove(agent.dir .. "/tools/is-leader"))
    for _, name in ipairs { "juju-log", "is-leader" } do
      assert(fs.write(("%s/tools/%s"):format(agent.dir, name),
        stub:format(agent.dir), { mode = tonumber("755", 8) }))
    end
    local ended = in_hook([[
      assert(tool.call("is-leader", { "1" }))
      assert(tool.call("is-leader", { "2" }))
    ]], { JUJU_AGENT_SOCKET_NETWORK = "tcp" })
    assert.equal(0, ended.code)
    assert.equal("--log-level DEBUG -- running hook tools as programs: "
      .. "the agent offers no Unix socket (JUJU_AGENT_SOCKET_NETWORK is "
      .. "'tcp')\n1\n2\n", fs.read(agent.dir .. "/said"))
  end)

  it("asks once more by programs what only reads", function()
    agent:answer("config-get", { drop = true })
    agent:answer("config-get", "again")
    agent:answer("juju-log", "")
    local ended = in_hook [[
      print(tool.call("config-get", {}, { reads = true }))
      print(tool.call("config-get", {}, { reads = true }))
    ]]
    assert.equal("again\nagain\n", ended.stdout)
    local calls = agent:calls()
    assert.same({ "juju-log", "--log-level", "DEBUG", "--", "running hook "
      .. "tools as programs: cannot call config-get: connection closed by "
      .. "peer" }, calls[2])
    assert.equal(4, #calls)
  end)

  it("says that the agent is gone, and connects again for the next", function()
    agent:answer("config-get", { drop = true })
    agent:answer("is-leader", "true")
    local ended = in_hook([[
      local _, err = tool.call("config-get", {})
      print(err.data.reason, err)
      print(tool.call("is-leader", {}))
    ]], { PATH = "/nowhere" })
    assert.equal("agent-gone\tcannot run config-get: cannot call config-get: "
      .. "connection closed by peer; the run of this event is over, or the "
      .. "unit agent is gone\ntrue\n", ended.stdout)
  end)

  it("says so when there is neither socket nor program", function()
    local ended = in_hook([[
      local _, err = tool.call("config-get", {}, { reads = true })
      print(err.data.reason, err)
    ]], { JUJU_AGENT_SOCKET_ADDRESS = "/nowhere", PATH = "/nowhere" })
    assert.equal("unknown-tool\tcannot run config-get: there is no hook tool "
      .. "config-get; this version of Juju may not have it\n", ended.stdout)
  end)

  it("tells an agent that is gone from one that makes no sense", function()
    for code, want in pairs {
      closed = "agent-gone", timeout = "agent-gone", EPIPE = "agent-gone",
      protocol = "failed", ["too-large"] = "failed", ENOENT = "unknown-tool",
    } do
      local previous = tool.use {
        name = "spec",
        call = function() return nil, "cannot", code end,
        close = function() end,
      }
      local _, err = tool.call("config-get", {})
      tool.use(previous)
      assert.equal(want, err.data.reason, code)
    end
  end)

  it("gives the agent's connection back", function()
    agent:answer("is-leader", "true")
    agent:enter "socket"
    assert.equal("true", tool.call("is-leader", {}))
    tool.close()
    tool.close()
    agent:enter "socket"
    assert.equal("true", tool.call("is-leader", {}))
  end)
end)
