-- SPDX-License-Identifier: Apache-2.0
-- Services as a client of the API sees them.
local fs = require "host.fs"
local supervisors = require "tests.support.supervisor"

local function lines_of(pebble, name)
  return select(2, (fs.read(pebble.dir .. "/" .. name) or ""):gsub("\n", ""))
end

describe("services", function()
  local pebble

  before_each(function() pebble = supervisors.start() end)
  after_each(function() pebble:stop() end)

  it("are listed by name, with startup and state", function()
    pebble:layer [[
services:
  b: {override: replace, command: sleep 100, startup: enabled}
  a: {override: replace, command: sleep 100}
]]
    assert.same({
      { name = "a", startup = "disabled", current = "inactive" },
      { name = "b", startup = "enabled", current = "inactive" },
    }, pebble:get("/v1/services"))
    assert.same({}, pebble:get("/v1/services?names=unknown"))
  end)

  it("are started when they have run for a second, not before", function()
    pebble:layer "services: {a: {override: replace, command: sleep 100}}"
    local _, envelope = pebble:post("/v1/services",
      { action = "start", services = { "a" } })
    assert.equal("async", envelope.type)
    local status = pebble:ask("GET",
      ("/v1/changes/%s/wait?timeout=200ms"):format(envelope.change))
    assert.equal(504, status)
    assert.equal("active", pebble:current("a"))
    local change = pebble:wait(envelope.change)
    assert.equal("Done", change.status)
    assert.equal('Start service "a"', change.summary)
    assert.matches("already started",
      pebble:act("start", "a").tasks[1].log[1])
  end)

  it("that exit within a second fail their start, whatever the code",
    function()
      pebble:layer [[
services:
  a:
    override: replace
    command: sh -c 'echo one; echo two >&2; exit 0'
    on-success: ignore
]]
      local change = pebble:act("start", "a")
      assert.equal("Error", change.status)
      assert.equal("cannot perform the following tasks:\n"
        .. '- Start service "a" (service start attempt: exited quickly with '
        .. "code 0, will ignore)", change.err)
      assert.matches("one\n    two", change.tasks[1].log[1])
      assert.equal("inactive", pebble:current("a"))
    end)

  it("that do not exist as programs are not tried again", function()
    pebble:layer "services: {a: {override: replace, command: /no/such}}"
    local change = pebble:act("start", "a")
    assert.matches("cannot start service: ", change.err)
    assert.equal("inactive", pebble:current("a"))
  end)

  it("back off and start again when they end, more slowly each time",
    function()
      pebble:layer [[
services:
  a:
    override: replace
    command: sh -c 'echo x >> runs; exit 1'
    backoff-delay: 100ms
]]
      pebble:act("start", "a")
      pebble.eventually(function() return lines_of(pebble, "runs") >= 3 end)
      assert.equal("backoff", pebble:current("a"))
      pebble:act("stop", "a")
      local runs = lines_of(pebble, "runs")
      assert.equal("inactive", pebble:current("a"))
      require("host.sys").sleep(0.6)
      assert.equal(runs, lines_of(pebble, "runs"))
    end)

  it("that fail and are to be ignored are in error", function()
    pebble:layer [[
services:
  a: {override: replace, command: "sh -c 'exit 1'", on-failure: ignore}
]]
    pebble:act("start", "a")
    assert.equal("error", pebble:current("a"))
  end)

  it("are stopped with their whole process group", function()
    pebble:layer [[
services:
  a: {override: replace, command: "sh -c 'sleep 1000 & echo $! > pid; wait'"}
]]
    pebble:act("start", "a")
    local pid = fs.read(pebble.dir .. "/pid"):match("%d+")
    assert.is_truthy(fs.stat("/proc/" .. pid))
    assert.equal("Done", pebble:act("stop", "a").status)
    pebble.eventually(function() return not fs.stat("/proc/" .. pid) end)
    assert.matches("already stopped", pebble:act("stop", "a").tasks[1].log[1])
  end)

  it("that ignore SIGTERM are killed after their kill-delay", function()
    pebble:layer [[
services:
  a:
    override: replace
    command: sh -c 'trap "" TERM; while true; do sleep 0.05; done'
    kill-delay: 300ms
]]
    pebble:act("start", "a")
    assert.equal("Done", pebble:act("stop", "a").status)
    assert.equal("inactive", pebble:current("a"))
  end)

  it("bring what they require, and hold what follows a failure", function()
    pebble:layer [[
services:
  a: {override: replace, command: "sh -c 'exit 1'", on-failure: ignore}
  b: {override: replace, command: sleep 100, requires: [a], after: [a]}
  c: {override: replace, command: sleep 100, requires: [b], after: [b]}
]]
    local change = pebble:act("start", "c")
    local words = {}
    for i, task in ipairs(change.tasks) do
      words[i] = task.summary .. " " .. task.status
    end
    assert.same({ 'Start service "a" Error', 'Start service "b" Hold',
      'Start service "c" Hold' }, words)
    assert.equal("Error", change.status)
  end)

  it("are replanned when their definition changed, and only then", function()
    pebble:layer [[
services:
  a: {override: replace, command: "sh -c 'echo x >> a; sleep 100'", startup: enabled}
  b: {override: replace, command: "sh -c 'echo x >> b; sleep 100'", startup: enabled}
]]
    assert.equal("Done", pebble:act("replan").status)
    pebble:layer "services: {a: {override: merge, environment: {X: 1}}}"
    local change = pebble:act("replan")
    assert.equal('Replan service "a" and 1 more', change.summary)
    assert.same({ "stop", "start", "start" }, { change.tasks[1].kind,
      change.tasks[2].kind, change.tasks[3].kind })
    assert.equal(2, lines_of(pebble, "a"))
    assert.equal(1, lines_of(pebble, "b"))
    change = pebble:act("replan")
    assert.matches("already started", change.tasks[1].log[1])
    assert.equal(2, lines_of(pebble, "a"))
  end)

  it("have an empty change when a replan has nothing to do", function()
    local change = pebble:act("replan")
    assert.equal("Replan - no services", change.summary)
    assert.is_nil(change.tasks)
    assert.equal("Done", change.status)
  end)

  it("get the daemon's environment and their own, and a working folder",
    function()
      pebble:layer(([[
services:
  a:
    override: replace
    command: sh -c 'echo "$A:$PATH" > out; sleep 100'
    environment: {A: yes}
    working-dir: %s/sub
]]):format(pebble.dir))
      assert(fs.mkdir(pebble.dir .. "/sub"))
      pebble:act("start", "a")
      assert.matches("^yes:/", fs.read(pebble.dir .. "/sub/out"))
    end)

  it("get signals, to the main process", function()
    pebble:layer [[
services:
  a:
    override: replace
    command: sh -c 'trap "echo hup >> out" HUP; while true; do sleep 0.05; done'
]]
    pebble:act("start", "a")
    pebble:post("/v1/signals", { signal = "SIGHUP", services = { "a" } })
    pebble.eventually(function() return lines_of(pebble, "out") == 1 end)
    local status, failure = pebble:ask("POST", "/v1/signals",
      { signal = "SIGNONE", services = { "a" } })
    assert.equal(500, status)
    assert.matches("invalid signal name", failure.message)
  end)

  it("refuse what no service or action answers to", function()
    local cases = {
      [{ action = "start", services = { "x" } }] =
        'service "x" does not exist',
      [{ action = "start" }] = "must specify services",
      [{ action = "replan", services = { "x" } }] = "no service names",
      [{ action = "autostart" }] = "no default services",
    }
    for body, message in pairs(cases) do
      local status, failure = pebble:ask("POST", "/v1/services", body)
      assert.equal(400, status)
      assert.matches(message, failure.message, 1, true)
    end
  end)

  it("are all stopped when the daemon gets SIGTERM", function()
    pebble:layer [[
services:
  a: {override: replace, command: "sh -c 'echo $$ > pid; exec sleep 1000'"}
]]
    pebble:act("start", "a")
    local pid = fs.read(pebble.dir .. "/pid"):match("%d+")
    local how = pebble:stop()
    assert.same({ code = 0 }, how)
    assert.is_nil(fs.stat("/proc/" .. pid))
    pebble = supervisors.start()
  end)
end)
