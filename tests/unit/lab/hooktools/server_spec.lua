-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local gob = require "lab.gob"
local loops = require "lab.loop"
local net = require "host.lab.net"
local server = require "lab.hooktools.server"

local STRINGS <const> = { id = 66, name = "[]string", strings = true }
local HEADER <const> = { id = 64, name = "Request", fields = {
  { "ServiceMethod", "string" }, { "Seq", "uint" },
} }
local BODY <const> = { id = 65, name = "Request", fields = {
  { "ContextId", "string" }, { "Dir", "string" },
  { "CommandName", "string" }, { "Args", STRINGS }, { "StdinSet", "bool" },
  { "Stdin", "bytes" }, { "Token", "string" },
} }
local TYPES <const> = gob.definition(HEADER) .. gob.definition(BODY)
  .. gob.definition(STRINGS)

local function vector(name, side)
  return fs.read(("tests/data/vectors/%s.%s.bin"):format(name, side))
end

-- The tools behind the recorded exchanges.
local function recorded(request)
  if request.command == "relation-set" then
    if not request.stdin_set then return nil, server.STDIN_REQUIRED end
    return {}
  elseif request.command == "status-set" then
    return { code = 2, stderr = 'ERROR invalid status "nope", expected one of '
      .. "[maintenance blocked waiting active]\n" }
  end
  return { code = 0,
    stdout = request.command == "is-leader" and "true\n" or "{}\n" }
end

describe("lab.hooktools.server", function()
  local loop, dir, path, running, failures

  before_each(function()
    failures = {}
    loop = loops.new {
      on_error = function(_, trace) failures[#failures + 1] = trace end,
    }
    dir = assert(fs.mkdtemp "/tmp/charmlab-server-")
    path = dir .. "/agent.socket"
  end)

  after_each(function()
    fs.remove_all(dir)
    assert.same({}, failures)
  end)

  local function serve(options)
    running = server.serve(loop, assert(net.listen { path = path }), {
      context_id = options.context_id or "a/0-x",
      token = options.token,
      handler = options.handler or recorded,
      knows = options.knows,
    })
    return running
  end

  local function send(sock, bytes)
    while #bytes > 0 do
      local n = sock:write(bytes)
      if n then
        bytes = bytes:sub(n + 1)
      else
        assert(loop:writable(sock:fd(), 5))
      end
    end
  end

  -- Reads until `enough` says so or the server closes.
  local function receive(sock, enough)
    local got = ""
    while not enough(got) do
      local bytes, _, code = sock:read(65536)
      if bytes == "" then return got, "closed" end
      if bytes then
        got = got .. bytes
      else
        assert.equal("again", code)
        assert(loop:readable(sock:fd(), 5))
      end
    end
    return got
  end

  local function values_of(sock, count)
    local decoder, values = gob.decoder(), {}
    receive(sock, function(got)
      decoder = gob.decoder()
      values = {}
      decoder:feed(got)
      for value in function() return (decoder:next()) end do
        values[#values + 1] = value
      end
      return #values >= count
    end)
    return values
  end

  -- Runs body(connect) as a task against a server.
  local function with_server(options, body)
    loop:main(function()
      serve(options)
      body(function() return assert(net.connect { path = path }) end)
      running:close()
    end)
  end

  -- One call's error text or result.
  local function call(options, request, method)
    local answer
    with_server(options, function(connect)
      local sock <close> = connect()
      send(sock, TYPES
        .. gob.value(HEADER, { ServiceMethod = method or "Jujuc.Main" })
        .. gob.value(BODY, request))
      local values = values_of(sock, 2)
      answer = values[1].Error or values[2]
    end)
    return answer
  end

  local GOOD <const> = { ContextId = "a/0-x", Dir = "/", Args = {},
    CommandName = "is-leader" }

  local function with(changes)
    return setmetatable(changes, { __index = GOOD })
  end

  it("answers the recorded requests with the recorded bytes", function()
    local seen = 0
    for _, juju in ipairs { "juju36", "juju41" } do
      for _, name in ipairs {
        "bad-token", "config-get", "is-leader", "relation-set-stdin",
        "status-set-usage-error", "wrong-context",
      } do
        local asked = vector(juju .. "-" .. name, "c2s")
        local want = asked and vector(juju .. "-" .. name, "s2c")
        if asked then
          with_server({ token = juju == "juju36" and "tok" or "" },
            function(connect)
              local sock <close> = connect()
              send(sock, asked)
              assert.equal(want, receive(sock, function(got)
                return #got >= #want
              end))
            end)
          seen = seen + 1
        end
      end
    end
    assert.equal(11, seen)
  end)

  it("checks the request in the agent's order", function()
    assert.equal("rpc: can't find service X.Main",
      call({}, with {}, "X.Main"))
    assert.equal("rpc: can't find method Jujuc.X",
      call({}, with {}, "Jujuc.X"))
    assert.equal("rpc: service/method request ill-formed: Jujuc",
      call({}, with {}, "Jujuc"))
    assert.equal("bad request: token does not match",
      call({ token = "t" }, with { CommandName = "" }))
    assert.equal("bad request: command not specified",
      call({}, with { CommandName = "", Dir = "x" }))
    assert.equal("bad request: Dir is not absolute",
      call({}, with { Dir = "x", ContextId = "y" }))
    assert.equal('bad request: wrong context ID; got "y"',
      call({ knows = function() return false end }, with { ContextId = "y" }))
    assert.equal("bad request: unknown command: is-leader",
      call({ knows = function() return false end }, with {}))
  end)

  it("gives the handler the whole request", function()
    local got
    local answer = call({ handler = function(request)
      got = request
      return { code = 3, stdout = "o", stderr = "e" }
    end }, with { Args = { "", "-r", "1" }, StdinSet = true, Token = "" })
    assert.same({
      context_id = "a/0-x", dir = "/", command = "is-leader",
      args = { "", "-r", "1" }, stdin_set = true, stdin = "", token = "",
    }, got)
    assert.same({ Code = 3, Stdout = "o", Stderr = "e" }, answer)
  end)

  it("answers pipelined calls of one connection in turn", function()
    with_server({ handler = function(request)
      return { stdout = request.command }
    end }, function(connect)
      local sock <close> = connect()
      local bytes = TYPES
      for seq = 0, 4 do
        bytes = bytes
          .. gob.value(HEADER, { ServiceMethod = "Jujuc.Main", Seq = seq })
          .. gob.value(BODY, with { CommandName = "c" .. seq })
      end
      send(sock, bytes)
      local values = values_of(sock, 10)
      for seq = 0, 4 do
        assert.equal(seq, values[2 * seq + 1].Seq or 0)
        assert.equal("c" .. seq, values[2 * seq + 2].Stdout)
      end
    end)
  end)

  it("runs one tool at a time over all connections", function()
    local inside, most, done = 0, 0, 0
    with_server({ handler = function()
      inside = inside + 1
      most = math.max(most, inside)
      loop:sleep(0.01)
      inside = inside - 1
      return {}
    end }, function(connect)
      local tasks = {}
      for i = 1, 4 do
        tasks[i] = loop:spawn(function()
          local sock <close> = connect()
          send(sock, TYPES .. gob.value(HEADER,
            { ServiceMethod = "Jujuc.Main" }) .. gob.value(BODY, GOOD))
          values_of(sock, 2)
          done = done + 1
        end)
      end
      for _, task in ipairs(tasks) do assert(task:join()) end
    end)
    assert.equal(1, most)
    assert.equal(4, done)
  end)

  it("drops a client that speaks no gob, and serves the others", function()
    with_server({}, function(connect)
      for _, bytes in ipairs { "GET / HTTP/1.1\r\n\r\n", "\200", "\3\255\200\0",
        gob.definition(BODY) .. gob.value(BODY, GOOD) .. gob.value(BODY,
          GOOD):sub(1, -2) .. "\9" } do
        local sock <close> = connect()
        send(sock, bytes)
        sock:shutdown "write"
        local got, how = receive(sock, function() return false end)
        assert.equal("closed", how)
        assert.equal("", got)
      end
      local sock <close> = connect()
      send(sock, vector("juju41-is-leader", "c2s"))
      assert.equal("true\n", values_of(sock, 2)[2].Stdout)
    end)
  end)

  it("answers a handler that raises with an error, and reports it", function()
    local answer = call({ handler = function() error "out of luck" end },
      with {})
    assert.matches("^is%-leader failed in the model: .*out of luck$", answer)
    assert.equal(1, #failures)
    assert.matches("out of luck", failures[1])
    failures = {}
  end)

  it("sends large answers whole", function()
    local large = ("x"):rep(3 * 1024 * 1024)
    local answer = call({ handler = function()
      return { stdout = large }
    end }, with {})
    assert.is_true(answer.Stdout == large)
  end)

  it("refuses new clients after stop, and waits for the old ones", function()
    loop:main(function()
      serve {}
      local sock = assert(net.connect { path = path })
      loop:sleep(0.01)
      running:stop()
      assert.is_nil(net.connect { path = path })
      local _, _, code = running:wait(0.02)
      assert.equal("timeout", code)
      send(sock, vector("juju41-is-leader", "c2s"))
      assert.equal("true\n", values_of(sock, 2)[2].Stdout)
      sock:close()
      assert.is_true(running:wait(5))
      running:close()
    end)
  end)

  it("drops clients that stay at close, also inside a tool", function()
    loop:main(function()
      serve { handler = function()
        loop:sleep(60)
        return {}
      end }
      local idle <close> = assert(net.connect { path = path })
      local busy <close> = assert(net.connect { path = path })
      send(busy, vector("juju41-is-leader", "c2s"))
      loop:sleep(0.02)
      running:close()
      for _, sock in ipairs { idle, busy } do
        local _, how = receive(sock, function() return false end)
        assert.equal("closed", how)
      end
    end)
  end)
end)
