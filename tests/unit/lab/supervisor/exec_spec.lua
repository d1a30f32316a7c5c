-- SPDX-License-Identifier: Apache-2.0
-- Exec over its three web sockets.
local fs = require "host.fs"
local supervisors = require "tests.support.supervisor"
local sys = require "host.sys"

describe("exec", function()
  local pebble

  setup(function() pebble = supervisors.start() end)
  teardown(function() pebble:stop() end)

  local function code_of(change)
    return change.tasks[1].data["exit-code"]
  end

  it("gives stdout, stderr and the exit code", function()
    local change, out, err = pebble:exec(
      { "sh", "-c", "echo out; echo err >&2; exit 3" },
      { request = { ["split-stderr"] = true } })
    assert.equal("Done", change.status)
    assert.equal(3, code_of(change))
    assert.equal("out\n", out)
    assert.equal("err\n", err)
  end)

  it("joins the streams when they are not to be split", function()
    local _, out = pebble:exec { "sh", "-c", "echo out; echo err >&2" }
    assert.equal("out\nerr\n", out)
  end)

  it("feeds stdin and ends it", function()
    local change, out = pebble:exec({ "cat" }, { stdin = "some\0bytes" })
    assert.equal("some\0bytes", out)
    assert.equal(0, code_of(change))
  end)

  it("carries more than any buffer holds, both ways", function()
    local data = ("0123456789abcdef"):rep(50000)
    local _, out = pebble:exec({ "cat" }, { stdin = data })
    assert.is_true(out == data)
  end)

  it("takes environment and working folder, defaulting to HOME", function()
    local change, out = pebble:exec(
      { "sh", "-c", 'echo "$A" "$LANG"; pwd' },
      { request = { environment = { A = "b c", LANG = "x" },
        ["working-dir"] = pebble.dir } })
    assert.equal("b c x\n" .. pebble.dir .. "\n", out)
    assert.equal(0, code_of(change))
  end)

  it("takes the context of a service", function()
    pebble:layer(([[
services:
  ctx:
    override: replace
    command: sleep 1
    environment: {A: ctx, B: ctx}
    working-dir: %s
]]):format(pebble.dir))
    local _, out = pebble:exec({ "sh", "-c", "echo $A $B; pwd" },
      { request = { ["service-context"] = "ctx",
        environment = { B = "own" } } })
    assert.equal("ctx own\n" .. pebble.dir .. "\n", out)
  end)

  it("reports death by signal as 128 and its number", function()
    local change = pebble:exec { "sh", "-c", "kill -9 $$" }
    assert.equal("Done", change.status)
    assert.equal(137, code_of(change))
  end)

  it("forwards signals of the control socket", function()
    local change = pebble:exec({ "sleep", "1000" }, {
      on_start = function(control)
        sys.sleep(0.2)
        control:send('{"command":"signal","signal":{"name":"SIGTERM"}}',
          "text")
        control:flush()
      end,
    })
    assert.equal(143, code_of(change))
  end)

  it("kills the whole session at its timeout, soon", function()
    local pid_file = pebble.dir .. "/pid"
    local start = sys.monotonic()
    local change = pebble:exec({ "sh", "-c",
      "setsid -w sh -c 'sleep 0.1'; sleep 1000 & echo $! > " .. pid_file
        .. "; wait" }, { request = { timeout = "400ms" } })
    assert.is_true(sys.monotonic() - start < 5)
    assert.equal("Error", change.status)
    assert.matches("timed out after 400ms: context deadline exceeded",
      change.err, 1, true)
    assert.equal(-1, code_of(change))
    local pid = fs.read(pid_file):match("%d+")
    pebble.eventually(function() return not fs.stat("/proc/" .. pid) end)
  end)

  it("does not wait for ever for one who left the session", function()
    local start = sys.monotonic()
    local change = pebble:exec(
      { "sh", "-c", "setsid sleep 7 & exit 0" },
      { request = { timeout = "300ms" } })
    assert.equal("Error", change.status)
    assert.is_true(sys.monotonic() - start < 5)
  end)

  it("ends when its change is aborted", function()
    local change = pebble:exec({ "sleep", "1000" }, {
      on_start = function(_, id)
        sys.sleep(0.1)
        pebble:post("/v1/changes/" .. id, { action = "abort" })
      end,
    })
    assert.equal("Error", change.status)
  end)

  it("ends when the control socket drops", function()
    local change = pebble:exec({ "sleep", "1000" }, {
      on_start = function(control)
        sys.sleep(0.1)
        control:close()
      end,
    })
    assert.equal(137, code_of(change))
  end)

  it("fails when its sockets do not come", function()
    local _, envelope = pebble:post("/v1/exec", { command = { "true" } })
    local change = pebble:wait(envelope.change)
    assert.matches("timeout waiting for websocket connections", change.err)
  end)

  it("gives each socket once, and none that was not asked for", function()
    local result, envelope = pebble:post("/v1/exec",
      { command = { "sleep", "1000" } })
    local task = result["task-id"]
    local stdio = assert(pebble:stream(task, "stdio"))
    local statuses = {}
    for i, name in ipairs { "stdio", "stderr", "nonsense" } do
      statuses[i] = select(4, pebble:stream(task, name))
    end
    statuses[4] = select(4, pebble:stream("999", "stdio"))
    assert.same({ 500, 404, 404, 404 }, statuses)
    pebble:post("/v1/changes/" .. envelope.change, { action = "abort" })
    pebble:wait(envelope.change)
    assert.equal(500, select(4, pebble:stream(task, "control")))
    stdio:close()
  end)

  it("refuses what cannot be run, saying why", function()
    local cases = {
      { 400, {}, "must specify command" },
      { 400, { command = { "no-such-program" } }, "cannot find executable" },
      { 500, { command = { "ls" }, interactive = true }, "terminal" },
      { 400, { command = { "ls" }, timeout = "soon" }, "invalid timeout" },
      { 400, { command = { "ls" }, user = "nobody-at-all" }, "unknown user" },
      { 400, { command = { "ls" }, ["service-context"] = "x" },
        "context service" },
      { 500, { command = { "ls" }, ["working-dir"] = "/no/such" },
        "working directory" },
    }
    for _, case in ipairs(cases) do
      local status, failure = pebble:ask("POST", "/v1/exec", case[2])
      assert.equal(case[1], status)
      assert.matches(case[3], failure.message)
    end
  end)
end)
