-- SPDX-License-Identifier: Apache-2.0
-- Commands: the request, the three websockets, the end.
local contract = require "tests.support.contract"
local exec = require "tests.support.contract_exec"
local fs = require "host.fs"
local json = require "std.json"
local sys = require "host.sys"

describe("exec:", function()
  local pebble

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)

  local function sh(script, options)
    return exec.run(pebble, { "sh", "-c", script }, options)
  end

  local function refused(status, pattern, body)
    body.command = body.command or { "true" }
    pebble:refused(status, pattern, "POST", "/v1/exec", body)
  end

  it("a command that is not there is refused", function()
    refused(400, 'cannot find executable "nosuchprogram"',
      { command = { "nosuchprogram" } })
  end)

  it("no command is refused", function()
    refused(400, "must specify command", { command = json.array {} })
    pebble:refused(400, "must specify command", "POST", "/v1/exec", "{}")
  end)

  it("a wrong timeout, context or user is refused", function()
    refused(400, "invalid timeout", { timeout = "soon" })
    refused(400, '"nobody%-there"', { ["service-context"] = "nobody-there" })
    refused(400, "nosuchuser", { user = "nosuchuser" })
    refused(400, "", { group = "root" })
  end)

  it("a folder that is not there is 500", function()
    refused(500, "", { ["working-dir"] = "/nonexistent" })
  end)

  it("the answer names change and task, and tells the environment", function()
    local run = exec.open(pebble, { "true" },
      { environment = { CONTRACT = "a b" }, ["working-dir"] = "/usr" })
    assert.matches("^%w+$", run.task)
    assert.equal("a b", run.result.environment.CONTRACT)
    assert.is_string(run.result.environment.PATH)
    assert.equal("/usr", run.result["working-dir"])
    run:finish()
    run:read()
    local change = pebble:wait(run.change)
    run:close()
    assert.equal("exec", change.kind)
    assert.equal('Execute command "true"', change.summary)
    assert.equal("exec", change.tasks[1].kind)
    assert.equal(run.task, change.tasks[1].id)
  end)

  it("the exit code is in the data of the task, and the change is done",
    function()
      for _, code in ipairs { 0, 1, 42, 255 } do
        local run = sh("exit " .. code)
        assert.equal(code, run.code)
        assert.equal("Done", run.change.status)
        assert.is_nil(run.change.err)
      end
    end)

  it("killed by a signal n it is 128 + n", function()
    assert.equal(128 + 15, sh("kill -TERM $$").code)
  end)

  it("input goes in and output comes out", function()
    assert.equal("hello", exec.run(pebble, { "cat" }, { stdin = "hello" })
      .stdout)
  end)

  it("input in many messages, empty ones too, is one stream", function()
    local run = exec.open(pebble, { "cat" })
    for _, data in ipairs { "a", "", "b\0", "c" } do
      run:send("stdio", data)
    end
    run:finish()
    run:read()
    assert.equal("ab\0c", run.text.stdio)
    run:close()
  end)

  it("what comes after the end of input is ignored", function()
    local run = exec.open(pebble, { "cat" })
    run:send("stdio", "a")
    run:finish()
    run:send("stdio", "b")
    run:read()
    assert.equal("a", run.text.stdio)
    run:close()
  end)

  it("without the end of input a reader goes on waiting", function()
    local run = exec.open(pebble, { "cat" })
    run:send("stdio", "a")
    run:read(function() return run.text.stdio == "a" end)
    pebble:refused(504, "timed out", "GET",
      ("/v1/changes/%s/wait?timeout=200ms"):format(run.change))
    run:finish()
    run:read()
    -- Before it is over a lost control socket would end it.
    assert.equal(0, pebble:wait(run.change).tasks[1].data["exit-code"])
    run:close()
  end)

  it("megabytes go through, in and out at the same time", function()
    local run = exec.open(pebble, { "cat" })
    local piece, count = ("0123456789abcdef"):rep(4096), 64
    local sent = 0
    run:read(function()
      while sent < count and run.conns.stdio:pending() == 0 do
        run:send("stdio", piece)
        sent = sent + 1
      end
      if sent == count then
        run:finish()
        sent = sent + 1
      end
      return run.over.stdio
    end)
    assert.equal(sys.sha256(piece:rep(count)), sys.sha256(run.text.stdio))
    run:close()
  end)

  it("stderr comes with stdout", function()
    assert.equal("out\nerr\n", sh("echo out; echo err >&2").stdout)
  end)

  it("stderr comes apart when asked", function()
    local run = sh("echo out; echo err >&2",
      { request = { ["split-stderr"] = true } })
    assert.equal("out\n", run.stdout)
    assert.equal("err\n", run.stderr)
  end)

  it("each stream says its end once", function()
    local run = exec.open(pebble, { "sh", "-c", "echo x" },
      { ["split-stderr"] = true })
    run:finish()
    run:read()
    assert.equal("end", run.over.stdio)
    assert.equal("end", run.over.stderr)
    run:close()
  end)

  it("output of a command that ended before is not lost", function()
    assert.equal(1000000, #sh("head -c 1000000 /dev/zero").stdout)
  end)

  it("stderr is no stream of a command without it", function()
    local run = exec.open(pebble, { "sleep", "5" })
    local conn, _, code, status = run:connect "stderr"
    assert.is_nil(conn)
    assert.equal("refused", code)
    assert.equal(404, status)
    pebble:post("/v1/changes/" .. run.change, { action = "abort" })
    run:close()
  end)

  it("a stream of no task, and no stream of a task, are 404", function()
    local run = exec.request(pebble, { "true" })
    assert.equal(404, (select(4, run:connect "nothing")))
    run:connect "stdio"
    local task = run.task
    run.task = "999999"
    assert.equal(404, (select(4, run:connect "stdio")))
    run.task = task
    run:close()
  end)

  it("a stream can be had once", function()
    local run = exec.open(pebble, { "sleep", "5" })
    local conn, _, code, status = run:connect "stdio"
    assert.is_nil(conn)
    assert.equal("refused", code)
    assert.equal(500, status)
    pebble:post("/v1/changes/" .. run.change, { action = "abort" })
    run:close()
  end)

  it("the control stream is not needed", function()
    local run = exec.request(pebble, { "cat" })
    assert(run:connect "stdio")
    run:send("stdio", "x")
    run:finish()
    run:read()
    assert.equal("x", run.text.stdio)
    assert.equal("Done", pebble:wait(run.change).status)
    run:close()
  end)

  it("the command starts when its streams are there", function()
    local mark = pebble:path "started"
    local run = exec.request(pebble, { "touch", mark })
    assert(run:connect "control")
    sys.sleep(0.2)
    assert.is_nil(fs.stat(mark))
    assert(run:connect "stdio")
    run:finish()
    run:read()
    pebble:wait(run.change)
    run:close()
    assert.is_table(fs.stat(mark))
  end)

  it("streams that never come end it, after five seconds", function()
    local run = exec.request(pebble, { "true" })
    local change = pebble:wait(run.change)
    assert.equal("Error", change.status)
    assert.matches("timeout waiting for websocket connections", change.err)
  end)

  it("a stream that comes after the end is refused at once", function()
    local run = exec.request(pebble, { "true" })
    assert(run:connect "stdio")
    run:finish()
    run:read()
    pebble:wait(run.change)
    local conn, _, code = run:connect "control"
    assert.is_nil(conn)
    assert.equal("refused", code)
    run:close()
  end)

  it("its time over, it is killed", function()
    local run = exec.run(pebble, { "sleep", "600" },
      { request = { timeout = "200ms" } })
    assert.equal("Error", run.change.status)
    assert.matches("timed out after 200ms", run.change.err)
  end)

  it("a signal reaches the command", function()
    local run = exec.open(pebble, { "sh", "-c",
      "trap 'echo got it; exit 7' USR1; echo ready; "
        .. "while :; do sleep 0.05; done" })
    run:read(function() return run.text.stdio:find "ready" end)
    run:signal "SIGUSR1"
    run:read()
    assert.equal("ready\ngot it\n", run.text.stdio)
    assert.equal(7, pebble:wait(run.change).tasks[1].data["exit-code"])
    run:close()
  end)

  it("control commands that make no sense are ignored", function()
    local run = exec.open(pebble, { "cat" })
    run:control { command = "nonsense" }
    run:control { command = "signal", signal = { name = "SIGNOTHING" } }
    run:send("stdio", "x")
    run:finish()
    run:read()
    assert.equal("x", run.text.stdio)
    run:close()
  end)

  it("a dropped control stream ends the command", function()
    local run = exec.open(pebble, { "sleep", "600" })
    pebble.eventually(function()
      return pebble:get("/v1/changes/" .. run.change).status == "Doing"
    end)
    sys.sleep(0.1)
    run.conns.control:close()
    run.over.control = "eof"
    assert.is_true(pebble:wait(run.change).ready)
    run:close()
  end)

  it("the control stream ends with the command", function()
    local run = exec.open(pebble, { "true" })
    run:finish()
    run:read(function() return run.over.control end)
    run:read():close()
  end)

  it("the environment is the daemon's with what was asked for", function()
    local run = sh("echo $CONTRACT; echo ${PATH:+path}; echo $LANG",
      { request = { environment = { CONTRACT = "a=b c" } } })
    assert.matches("^a=b c\npath\n%S+\n$", run.stdout)
  end)

  it("the folder is the one asked for", function()
    assert.equal("/usr\n",
      sh("pwd", { request = { ["working-dir"] = "/usr" } }).stdout)
  end)

  it("it leads a session of its own", function()
    local run = sh("echo $$; cut -d' ' -f6 /proc/$$/stat")
    local pid, session = run.stdout:match "^(%d+)\n(%d+)\n$"
    assert.equal(pid, session)
  end)

  it("a service's context gives environment and folder, which the request "
    .. "overrides", function()
    local name = pebble:name "svc"
    pebble:layer(([[
services:
  %s:
    override: replace
    command: sleep 1
    working-dir: /usr
    environment: {A: service, B: service}
]]):format(name))
    local request = { ["service-context"] = name,
      environment = { B = "request" } }
    assert.equal("service request /usr\n",
      sh("echo $A $B $PWD", { request = request }).stdout)
    request["working-dir"] = "/"
    assert.equal("/\n", sh("pwd", { request = request }).stdout)
  end)

  it("user and group by number are the command's", function()
    local uid, gid = sys.getuid(), sys.getgid()
    local run = sh("id -u; id -g",
      { request = { ["user-id"] = uid, ["group-id"] = gid } })
    assert.equal(("%d\n%d\n"):format(uid, gid), run.stdout)
  end)

  it("a plain request to a stream is no upgrade", function()
    local run = exec.open(pebble, { "cat" }, { ["split-stderr"] = true })
    local other = exec.request(pebble, { "true" })
    local answer = assert(pebble.http:request {
      path = ("/v1/tasks/%s/websocket/stdio"):format(other.task),
    })
    assert.equal(400, answer.status)
    run:finish()
    run:read():close()
    other:connect "stdio"
    other:close()
  end)
end)
