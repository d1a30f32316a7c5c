-- SPDX-License-Identifier: Apache-2.0
local contexts = require "juju.context"
local hooktools = require "tests.support.hooktools"
local socket = require "juju.doors.socket"

describe("juju.doors.socket", function()
  local agent
  setup(function() agent = hooktools.agent() end)
  teardown(function() agent:stop() end)
  before_each(function() agent:reset() end)

  local function open(changes)
    local environ = agent:environ()
    for name, value in pairs(changes or {}) do
      environ[name] = value
    end
    return socket.open(contexts.read(environ))
  end

  it("says why there is no socket", function()
    local door, why = open { JUJU_AGENT_SOCKET_NETWORK = "tcp" }
    assert.is_nil(door)
    assert.equal("the agent offers no Unix socket (JUJU_AGENT_SOCKET_NETWORK"
      .. " is 'tcp')", why)
    door, why = open { JUJU_AGENT_SOCKET_ADDRESS = agent.dir .. "/none" }
    assert.is_nil(door)
    assert.equal(("cannot connect to %s/none: No such file or directory")
      :format(agent.dir), why)
    assert.is_nil(open { JUJU_CONTEXT_ID = "" })
  end)

  it("turns a refusal into what the program would print", function()
    local door = assert(open { JUJU_CONTEXT_ID = "old" })
    assert.same({ code = 1, stdout = "", stderr = "ERROR bad request: wrong "
      .. 'context ID; got "old"\n' }, door:call("is-leader", {}))
    door:close()
  end)

  it("passes the token on", function()
    local door = assert(open { JUJU_AGENT_TOKEN = "t" })
    assert.same({ code = 1, stdout = "",
      stderr = "ERROR bad request: token does not match\n" },
      door:call("is-leader", {}))
    door:close()
  end)

  it("tells what is lost when the agent is killed", function()
    local lone = hooktools.agent()
    lone:answer("is-leader", "true")
    local door = assert(socket.open(contexts.read(lone:environ())))
    assert.equal("true", door:call("is-leader", {}).stdout)
    lone:kill()
    local result, _, code = door:call("is-leader", {})
    assert.is_nil(result)
    assert.equal("closed", code)
    door:close()
    lone:stop()
  end)
end)
