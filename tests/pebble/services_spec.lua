-- SPDX-License-Identifier: Apache-2.0
-- Services: the list, and what each action does. Those that only need some
-- service running share the ones started in `setup`.
local contract = require "tests.support.contract"
local fs = require "host.fs"

local START <const> = "/v1/services"

describe("services:", function()
  local pebble, name, up

  setup(function()
    pebble = contract.start()
    up = pebble:name "up"
    pebble:layer(([[
services:
  %s-a: {override: replace, command: sleep 600, startup: enabled}
  %s-b: {override: replace, command: sleep 600}
]]):format(up, up))
    pebble:done("start", up .. "-a", up .. "-b")
  end)
  teardown(function()
    pebble:act("stop", up .. "-a", up .. "-b")
    pebble:stop()
  end)
  before_each(function() name = pebble:name "svc" end)

  -- A layer of services by what follows their name; they are called NAME-x.
  local function layer(services)
    local lines = { "services:" }
    for suffix, fields in pairs(services) do
      lines[#lines + 1] = ("  %s-%s: {override: replace, %s}")
        :format(name, suffix, (fields:gsub("@", name .. "-")))
    end
    pebble:layer(table.concat(lines, "\n"))
  end

  local function current(suffix)
    return pebble:entry("services", name .. "-" .. suffix).current
  end

  local function pid_of(suffix)
    return pebble:written(name .. "-" .. suffix)
  end

  -- A command that notes its process id, and then this.
  local function noting(suffix, command)
    return ([[command: sh -c "echo $$ > %s; %s"]])
      :format(pebble:path(name .. "-" .. suffix), command)
  end

  it("the list is sorted, with name, startup, current and its time", function()
    local list = pebble:get(("/v1/services?names=%s-b,%s-a"):format(up, up))
    assert.equal(2, #list)
    for i, suffix in ipairs { "a", "b" } do
      assert.equal(up .. "-" .. suffix, list[i].name)
      assert.equal("active", list[i].current)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d",
        list[i]["current-since"])
    end
    assert.equal("enabled", list[1].startup)
    assert.equal("disabled", list[2].startup)
  end)

  it("names may be repeated in place of a list", function()
    assert.equal(2, #pebble:get(("/v1/services?names=%s-a&names=%s-b")
      :format(up, up)))
  end)

  it("names that are not in the plan are left out", function()
    local list = pebble:get(("/v1/services?names=%s,%s-a"):format(name, up))
    assert.equal(1, #list)
    assert.equal(up .. "-a", list[1].name)
  end)

  it("one that never ran is inactive, since no time", function()
    layer { x = "command: sleep 1" }
    local entry = pebble:entry("services", name .. "-x")
    assert.equal("inactive", entry.current)
    assert.is_nil(entry["current-since"])
  end)

  it("an action without names is refused", function()
    for _, action in ipairs { "start", "stop", "restart" } do
      pebble:refused(400, "must specify services for " .. action, "POST",
        START, { action = action })
    end
  end)

  it("an action that nobody knows is refused", function()
    pebble:refused(400, 'invalid action "jump"', "POST", START,
      { action = "jump", services = { up .. "-a" } })
  end)

  it("a service that is not there is refused", function()
    for _, action in ipairs { "start", "stop", "restart" } do
      pebble:refused(400, ('service "%s" does not exist'):format(name),
        "POST", START, { action = action, services = { name } })
    end
  end)

  it("replan and autostart take no names", function()
    for _, action in ipairs { "replan", "autostart" } do
      pebble:refused(400, "accepts no service names", "POST", START,
        { action = action, services = { up .. "-a" } })
    end
  end)

  it("starting what runs is done at once", function()
    local before = pebble:entry("services", up .. "-a")
    local change = pebble:done("start", up .. "-a")
    assert.equal("start", change.kind)
    assert.equal(("Start service %q"):format(up .. "-a"), change.summary)
    assert.equal(1, #change.tasks)
    assert.same(before, pebble:entry("services", up .. "-a"))
  end)

  it("stopping what does not run is done at once", function()
    layer { x = "command: sleep 1" }
    assert.equal("stop", pebble:done("stop", name .. "-x").kind)
    assert.equal("inactive", current "x")
  end)

  it("several in one action are one change, summed up", function()
    local change = pebble:done("start", up .. "-a", up .. "-b")
    assert.equal(("Start service %q and 1 more"):format(up .. "-a"),
      change.summary)
    assert.equal(2, #change.tasks)
  end)

  it("a start is done when it has lived for a second", function()
    layer { x = "command: sleep 600" }
    local id = pebble:begin(START,
      { action = "start", services = { name .. "-x" } })
    pebble.eventually(function() return current "x" == "active" end)
    assert.is_false(pebble:get("/v1/changes/" .. id).ready)
    assert.equal("Done", pebble:wait(id).status)
    pebble:done("stop", name .. "-x")
    assert.equal("inactive", current "x")
  end)

  it("one that ends within a second failed, whatever its code; its output "
    .. "is in the log", function()
    layer { x = [[command: sh -c "echo so be it", on-success: ignore]] }
    local change = pebble:act("start", name .. "-x")
    assert.equal("Error", change.status)
    assert.matches("^cannot perform the following tasks:\n%- Start service",
      change.err)
    assert.matches("exited quickly with code 0", change.err)
    assert.matches("so be it", table.concat(change.tasks[1].log, "\n"))
  end)

  it("one whose program is not there fails", function()
    layer { x = "command: /nonexistent/program" }
    local change = pebble:act("start", name .. "-x")
    assert.equal("Error", change.status)
    assert.matches("cannot start", change.err)
    assert.equal("inactive", current "x")
  end)

  it("ignore leaves it inactive after success and in error after failure",
    function()
      layer {
        good = [[command: sh -c "sleep 1.1", on-success: ignore]],
        bad = [[command: sh -c "sleep 1.1; exit 3", on-failure: ignore]],
      }
      pebble:done("start", name .. "-good", name .. "-bad")
      pebble.eventually(function() return current "good" == "inactive" end)
      pebble.eventually(function() return current "bad" == "error" end)
    end)

  it("one that ends is started again after a pause", function()
    layer { x = noting("x", "sleep 1.1; exit 1") .. ", backoff-delay: 300ms" }
    pebble:done("start", name .. "-x")
    local first = pid_of "x"
    pebble.eventually(function() return current "x" == "backoff" end)
    pebble.eventually(function() return current "x" == "active" end)
    pebble.eventually(function() return pid_of "x" ~= first end)
    pebble:done("stop", name .. "-x")
  end)

  it("stopping it in that pause is done at once", function()
    layer { x = [[command: sh -c "exit 1", backoff-delay: 1h]] }
    assert.equal("Error", pebble:act("start", name .. "-x").status)
    assert.equal("backoff", current "x")
    pebble:done("stop", name .. "-x")
    assert.equal("inactive", current "x")
  end)

  it("start takes along what is required; stop what requires it", function()
    layer {
      base = "command: sleep 600",
      top = "command: sleep 600, requires: [@base], after: [@base]",
    }
    local change = pebble:done("start", name .. "-top")
    assert.equal(2, #change.tasks)
    assert.equal("active", current "base")
    pebble:done("stop", name .. "-base")
    assert.equal("inactive", current "top")
  end)

  it("what a failed start was for is held", function()
    layer {
      base = [[command: sh -c "exit 1", on-failure: ignore]],
      top = "command: sleep 600, requires: [@base], after: [@base]",
    }
    local change = pebble:act("start", name .. "-top")
    assert.equal("Error", change.status)
    local statuses = {}
    for _, task in ipairs(change.tasks) do
      statuses[task.summary:match "%-(%w+)\"$"] = task.status
    end
    assert.same({ base = "Error", top = "Hold" }, statuses)
  end)

  it("restart starts what did not run, and stops the named ones only",
    function()
      layer {
        base = noting("base", "exec sleep 600"),
        top = noting("top", "exec sleep 600") .. ", requires: [@base]",
      }
      pebble:done("restart", name .. "-top")
      local base, top = pid_of "base", pid_of "top"
      pebble:done("restart", name .. "-base")
      assert.not_equal(base, pid_of "base")
      assert.equal(top, pid_of "top")
      pebble:done("stop", name .. "-base")
    end)

  it("replan finds what is enabled and runs started already", function()
    pebble:done "replan"
    local before = pebble:entry("services", up .. "-a")
    local change = pebble:done "replan"
    assert.matches("^Replan service", change.summary)
    assert.equal("start", change.tasks[1].kind)
    assert.same(before, pebble:entry("services", up .. "-a"))
  end)

  it("replan restarts what the plan has changed, and that alone", function()
    layer {
      x = noting("x", "exec sleep 600"),
      y = noting("y", "exec sleep 600"),
    }
    pebble:done("start", name .. "-x", name .. "-y")
    local x, y = pid_of "x", pid_of "y"
    layer { x = noting("x", "exec sleep 600") .. ", summary: new" }
    local change = pebble:done "replan"
    assert.equal("replan", change.kind)
    assert.not_equal(x, pid_of "x")
    assert.equal(y, pid_of "y")
    pebble:done("stop", name .. "-x", name .. "-y")
  end)

  it("replan starts what is enabled and stopped; autostart does, too",
    function()
      layer { x = "command: sleep 600, startup: enabled" }
      pebble:done "autostart"
      assert.equal("active", current "x")
      pebble:done("stop", name .. "-x")
      pebble:done "replan"
      assert.equal("active", current "x")
      layer { x = "command: sleep 600" }
      pebble:done("stop", name .. "-x")
    end)

  it("SIGTERM goes to the whole process group", function()
    layer { x = noting("x", [[trap 'echo term >> ]] .. pebble:path "child"
      .. [[; exit' TERM; sh -c \"trap 'echo child >> ]] .. pebble:path "child"
      .. [[; exit' TERM; while :; do sleep 0.05; done\" & wait; wait]]) }
    pebble:done("start", name .. "-x")
    pebble:done("stop", name .. "-x")
    pebble.eventually(function()
      local text = fs.read(pebble:path "child") or ""
      return text:find "term" and text:find "child"
    end)
  end)

  it("what ignores SIGTERM is killed after its kill-delay", function()
    layer { x = noting("x", "trap '' TERM; while :; do sleep 0.1; done")
      .. ", kill-delay: 200ms" }
    pebble:done("start", name .. "-x")
    pebble:done("stop", name .. "-x")
    assert.equal("inactive", current "x")
    assert.is_nil(fs.stat("/proc/" .. pid_of("x"):match "%d+" .. "/cwd"))
  end)

  it("has the environment and folder of its entry, and no input", function()
    local out = pebble:path "environment"
    layer { x = (
      [[command: 'sh -c "read x; echo $? $PWD $WORD > %s; exec sleep 600"', ]]
      .. [[environment: {WORD: "a $b"}, working-dir: /usr]]):format(out) }
    pebble:done("start", name .. "-x")
    assert.equal("1 /usr a $b\n", pebble:written "environment")
    pebble:done("stop", name .. "-x")
  end)

  it("words in brackets are arguments by default", function()
    local out = pebble:path "words"
    layer { x = ([[command: "sh -c 'echo $0 $1 > %s; exec sleep 600' [ one two ]"]])
      :format(out) }
    pebble:done("start", name .. "-x")
    assert.equal("one two\n", pebble:written "words")
    pebble:done("stop", name .. "-x")
  end)

  it("aborting a start that is under way ends it", function()
    layer { x = "command: sleep 600" }
    local id = pebble:begin(START,
      { action = "start", services = { name .. "-x" } })
    pebble.eventually(function() return current "x" == "active" end)
    pebble:post("/v1/changes/" .. id, { action = "abort" })
    local change = pebble:wait(id)
    assert.equal("Error", change.status)
    assert.matches("start aborted", change.err)
    assert.not_equal("active", current "x")
  end)

  it("stopping a start that is under way fails the start", function()
    layer { x = "command: sleep 600" }
    local id = pebble:begin(START,
      { action = "start", services = { name .. "-x" } })
    pebble.eventually(function() return current "x" == "active" end)
    pebble:done("stop", name .. "-x")
    assert.equal("Error", pebble:wait(id).status)
    assert.equal("inactive", current "x")
  end)

  it("one service as a path is not implemented", function()
    pebble:refused(400, "", "GET", "/v1/services/" .. up .. "-a")
  end)
end)

describe("services of a plan with none enabled:", function()
  local pebble

  setup(function()
    pebble = contract.start()
    local list = pebble:get "/v1/services"
    for _, entry in ipairs(list) do
      if entry.startup == "enabled" then -- another daemon's, used before
        pebble:layer(("services: {%s: {override: merge, startup: disabled}}")
          :format(entry.name), pebble:name "off")
      end
    end
  end)
  teardown(function() pebble:stop() end)

  it("autostart is refused, of the kind no-default-services", function()
    local failure = pebble:refused(400, "no default services", "POST", START,
      { action = "autostart" })
    assert.equal("no-default-services", failure.kind)
  end)

  it("replan with nothing to do is a change without tasks", function()
    pebble:done "replan"
    local change = pebble:done "replan"
    assert.equal("Replan - no services", change.summary)
    assert.is_nil(change.tasks)
  end)
end)
