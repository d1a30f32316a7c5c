-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local jujuc = require "lab.jujuc"
local loops = require "lab.loop"
local net = require "host.lab.net"
local proc = require "host.proc"
local server = require "lab.hooktools.server"
local sys = require "host.sys"

describe("lab.jujuc", function()
  local dir, loop, calls

  before_each(function()
    dir = assert(fs.mkdtemp "/tmp/charmlab-jujuc-")
    loop = loops.new()
    calls = {}
  end)
  after_each(function() fs.remove_all(dir) end)

  -- Runs charmlab as the tool while the handler serves it.
  local function run(tool, args, options)
    local ended, out, err
    local path = options.path or dir .. "/agent.socket"
    assert(fs.symlink(sys.executable(), dir .. "/" .. tool))
    assert(fs.write(dir .. "/in", options.stdin or ""))
    loop:main(function()
      local running = server.serve(loop, assert(net.listen { path = path }), {
        context_id = "a/0-x",
        handler = function(request)
          calls[#calls + 1] = request
          return options.handler(request)
        end,
      })
      local stdin <close> = assert(fs.open(dir .. "/in", "r"))
      local stdout <close> = assert(fs.open(dir .. "/out", "w"))
      local stderr <close> = assert(fs.open(dir .. "/err", "w"))
      local process <close> = assert(proc.spawn {
        argv = table.move(args, 1, #args, 2, { dir .. "/" .. tool }),
        env = options.env or {
          JUJU_CONTEXT_ID = options.context_id or "a/0-x",
          JUJU_AGENT_SOCKET_ADDRESS = options.address or path,
          JUJU_AGENT_SOCKET_NETWORK = "unix",
        },
        cwd = dir, stdin = stdin, stdout = stdout, stderr = stderr,
      })
      ended = assert(loop:wait_process(process, 20))
      running:close()
    end)
    out, err = fs.read(dir .. "/out"), fs.read(dir .. "/err")
    return ended.code, out, err
  end

  local function answer(result)
    return function() return result end
  end

  it("knows the names of the hook tools", function()
    assert.equal("config-get", jujuc.tool_name "/var/lib/juju/tools/config-get")
    assert.equal("unit-get", jujuc.tool_name "unit-get")
    assert.equal("pod-spec-get", jujuc.tool_name "pod-spec-get")
    for _, name in ipairs { "charmlab", "get", "spec-get", "config-ge", "",
      "action-fail action-get", "config.get" } do
      assert.is_nil(jujuc.tool_name(name))
    end
  end)

  it("prints what the agent answers and ends with its code", function()
    local code, out, err = run("config-get", { "--format=json", "" }, {
      handler = answer { code = 7, stdout = "no newline", stderr = "said" },
    })
    assert.equal(7, code)
    assert.equal("no newline", out)
    assert.equal("said", err)
    assert.same({ "--format=json", "" }, calls[1].args)
    assert.equal("config-get", calls[1].command)
    assert.equal(fs.realpath(dir), calls[1].dir)
    assert.is_false(calls[1].stdin_set)
  end)

  it("reaches an agent however its socket is named", function()
    local deep = dir .. ("/unit-with-a-long-name"):rep(8)
    assert(fs.mkdirs(deep))
    for tool, path in pairs {
      ["config-get"] = deep .. "/agent.socket",
      ["unit-get"] = "@" .. dir .. "/agent.socket",
    } do
      local code, out = run(tool, {}, {
        path = path, handler = answer { stdout = "here" },
      })
      assert.equal(0, code)
      assert.equal("here", out)
    end
  end)

  it("reads standard input when the agent asks for it", function()
    local code = run("relation-set", { "--file", "-" }, {
      stdin = "k: v\n",
      handler = function(request)
        if not request.stdin_set then return nil, server.STDIN_REQUIRED end
        return {}
      end,
    })
    assert.equal(0, code)
    assert.equal(2, #calls)
    assert.is_true(calls[2].stdin_set)
    assert.equal("k: v\n", calls[2].stdin)
  end)

  it("prints the agent's refusal", function()
    local code, out, err = run("is-leader", {}, {
      context_id = "other", handler = answer {},
    })
    assert.equal(1, code)
    assert.equal("", out)
    assert.equal('ERROR bad request: wrong context ID; got "other"\n', err)
  end)

  it("says which variable is missing", function()
    local code, _, err = run("is-leader", {}, {
      env = { JUJU_CONTEXT_ID = "a/0-x", JUJU_AGENT_SOCKET_NETWORK = "unix" },
      handler = answer {},
    })
    assert.equal(1, code)
    assert.equal("ERROR JUJU_AGENT_SOCKET_ADDRESS not set\n", err)
  end)

  it("says why it cannot reach the agent, in Go's words", function()
    local code, _, err = run("is-leader", {}, {
      address = dir .. "/none", handler = answer {},
    })
    assert.equal(1, code)
    assert.equal(("ERROR dial unix %s/none: connect: "
      .. "no such file or directory\n"):format(dir), err)
  end)

  it("says so when the agent goes away", function()
    local code, _, err = run("is-leader", {}, {
      handler = function() error(loop.cancelled, 0) end,
    })
    assert.equal(1, code)
    assert.equal("ERROR unexpected EOF\n", err)
  end)
end)
