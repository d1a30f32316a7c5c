-- SPDX-License-Identifier: Apache-2.0
-- Checks: their list, their life, what starts and stops them, and health.
local contract = require "tests.support.contract"
local fs = require "host.fs"
local json = require "std.json"

-- The fields of a check that never runs by itself.
local IDLE <const> = "override: replace, startup: disabled, "

describe("checks:", function()
  local pebble, name

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)
  before_each(function() name = pebble:name "check" end)
  after_each(function()
    if pebble:plan().checks and pebble:plan().checks[name] then
      pebble:layer(("checks: {%s: {override: merge, startup: disabled}}")
        :format(name), name)
      pebble:post("/v1/checks", { action = "stop", checks = { name } })
    end
  end)

  local function add(fields)
    pebble:layer(("checks: {%s: {%s}}"):format(name, fields), name)
  end

  -- One that is good while a file is there.
  local function add_file(more)
    add(("override: replace, period: 50ms, exec: {command: test -e %s}, %s")
      :format(pebble:path(name), more or "threshold: 2"))
  end

  local function entry()
    return pebble:entry("checks", name)
  end

  local function becomes(status)
    return pebble.eventually(function()
      local now = entry()
      return now.status == status and now
    end)
  end

  -- Down, with the change that is to bring it back. (Before 1.31 the status
  -- may be seen before the change.)
  local function goes_down()
    return pebble.eventually(function()
      local now = entry()
      return now.status == "down" and pebble:get("/v1/changes/"
        .. now["change-id"]).kind == "recover-check" and now
    end)
  end

  local function act(action, ...)
    return pebble:post("/v1/checks",
      { action = action, checks = json.array { ... } })
  end

  local function refresh()
    return pebble:post("/v1/checks/refresh", { name = name })
  end

  it("one that is added is up before it ran, and has a change", function()
    add "override: replace, period: 1h, level: alive, tcp: {port: 1}"
    local now = entry()
    assert.matches("^%w+$", now["change-id"])
    now["change-id"] = nil
    assert.same({ name = name, level = "alive", startup = "enabled",
      status = "up", successes = 0, threshold = 3 }, now)
  end)

  it("its change is a perform-check that is under way", function()
    add "override: replace, period: 1h, tcp: {port: 1}"
    local change = pebble:get("/v1/changes/" .. entry()["change-id"])
    assert.equal("perform-check", change.kind)
    assert.equal("Doing", change.status)
    assert.equal("perform-check", change.tasks[1].kind)
    assert.matches(name, change.summary)
  end)

  it("one that is disabled is inactive, without a change", function()
    add(IDLE .. "tcp: {port: 1}")
    assert.same({ name = name, startup = "disabled", status = "inactive",
      successes = 0, threshold = 3 }, entry())
  end)

  it("successes are counted", function()
    assert(fs.write(pebble:path(name), ""))
    add_file()
    local now = pebble.eventually(function()
      local now = entry()
      return now.successes >= 2 and now
    end)
    assert.equal("up", now.status)
    assert.is_nil(now.failures)
  end)

  it("failures are counted; below the threshold it stays up", function()
    add_file "threshold: 1000"
    local now = pebble.eventually(function()
      local now = entry()
      return (now.failures or 0) >= 2 and now
    end)
    assert.equal("up", now.status)
    local change = pebble:get("/v1/changes/" .. now["change-id"])
    assert.matches("ERROR.*exit status 1",
      table.concat(change.tasks[1].log, "\n"))
  end)

  it("at the threshold it is down: its change failed, another recovers",
    function()
      add_file()
      local first = entry()["change-id"]
      local now = goes_down()
      assert.is_true(now.failures >= 2)
      local failed = pebble:wait(first)
      assert.equal("Error", failed.status)
      assert.matches("exit status 1", failed.err)
      local recovery = pebble:get("/v1/changes/" .. now["change-id"])
      assert.equal("recover-check", recovery.kind)
      assert.equal("Doing", recovery.status)
    end)

  it("the first success brings it up, with a new perform-check", function()
    add_file()
    local recovery = goes_down()["change-id"]
    assert(fs.write(pebble:path(name), ""))
    local now = becomes "up"
    assert.is_nil(now.failures)
    assert.equal("Done", pebble:wait(recovery).status)
    assert.equal("perform-check",
      pebble:get("/v1/changes/" .. now["change-id"]).kind)
  end)

  it("one that takes too long failed", function()
    add("override: replace, period: 1h, timeout: 100ms, startup: disabled, "
      .. "exec: {command: sleep 600}")
    assert.matches("timed out", refresh().error)
  end)

  it("stop makes it inactive and start brings it back", function()
    add "override: replace, period: 1h, tcp: {port: 1}"
    local change = entry()["change-id"]
    assert.same({ changed = json.array { name } }, act("stop", name))
    local now = becomes "inactive"
    assert.is_nil(now["change-id"])
    assert.is_true(pebble:wait(change).ready)
    assert.same({ changed = json.array { name } }, act("start", name))
    assert.equal("up", entry().status)
    assert.not_equal(change, entry()["change-id"])
  end)

  it("stop and start of what is so already change nothing", function()
    add(IDLE .. "tcp: {port: 1}")
    local changed = act("stop", name).changed
    assert.is_true(changed == json.null or #changed == 0)
    act("start", name)
    changed = act("start", name).changed
    assert.is_true(changed == json.null or #changed == 0)
  end)

  it("one that is not there, no names, another action are refused", function()
    pebble:refused(400, "nobody", "POST", "/v1/checks",
      { action = "start", checks = { "nobody" } })
    pebble:refused(400, "must specify checks for stop", "POST", "/v1/checks",
      { action = "stop" })
    add(IDLE .. "tcp: {port: 1}")
    pebble:refused(400, 'invalid action "x"', "POST", "/v1/checks",
      { action = "x", checks = { name } })
  end)

  it("the list can be of one level, or of names; an unknown level is refused",
    function()
      add(IDLE .. "level: ready, tcp: {port: 1}")
      local function count(query)
        return #pebble:get("/v1/checks?" .. query)
      end
      assert.equal(1, count("level=ready&names=" .. name))
      assert.equal(0, count("level=alive&names=" .. name))
      assert.equal(0, count "names=nobody")
      pebble:refused(400, "level must be", "GET", "/v1/checks?level=x")
    end)

  it("refresh runs it now, and says what it found", function()
    add(IDLE .. ("exec: {command: test -e %s}"):format(pebble:path(name)))
    local result = refresh()
    assert.matches("exit status 1", result.error)
    assert.equal(name, result.info.name)
    assert.equal("inactive", result.info.status)
    assert(fs.write(pebble:path(name), ""))
    assert.is_nil(refresh().error)
  end)

  it("refresh of one that runs counts", function()
    add "override: replace, period: 1h, exec: {command: 'true'}"
    local result = refresh()
    assert.is_nil(result.error)
    assert.equal(1, result.info.successes)
    assert.equal(1, entry().successes)
  end)

  it("refresh takes the name of one that is there", function()
    pebble:refused(404, '"nobody"', "POST", "/v1/checks/refresh",
      { name = "nobody" })
    pebble:refused(400, "must specify check name", "POST",
      "/v1/checks/refresh", {})
  end)

  it("an exec check has the end of its output in its error", function()
    add(IDLE .. [[exec: {command: "sh -c 'echo so it is; exit 3'"}]])
    local said = refresh().error
    assert.matches("exit status 3", said)
    assert.matches("so it is", said)
  end)

  it("an exec check has its environment, folder and context", function()
    local svc = pebble:name "svc"
    pebble:layer(([[
services:
  %s: {override: replace, command: sleep 1, environment: {A: service, B: x}}
]]):format(svc))
    add(([[override: replace, period: 50ms, threshold: 1000,
      exec: {service-context: %s, environment: {B: check}, working-dir: /usr,
      command: "sh -c 'echo $A $B $PWD; exit 1'"}]]):format(svc))
    pebble.eventually(function() return (entry().failures or 0) > 0 end)
    local change = pebble:get("/v1/changes/" .. entry()["change-id"])
    assert.matches("service check /usr", table.concat(change.tasks[1].log))
  end)

  it("a tcp check connects", function()
    local listener <close> = assert(require "host.lab.net".listen {
      host = "127.0.0.1",
    })
    add(IDLE .. ("tcp: {port: %d}"):format(listener:port()))
    assert.is_nil(refresh().error)
    listener:close()
    assert.is_string(refresh().error)
  end)

  it("one that is changed begins anew", function()
    add "override: replace, period: 1h, tcp: {port: 1}"
    local before = entry()["change-id"]
    add "override: replace, period: 1h, tcp: {port: 2}"
    assert.is_true(pebble:wait(before).ready)
    assert.not_equal(before, entry()["change-id"])
    local kept = entry()["change-id"]
    add "override: replace, period: 1h, tcp: {port: 2}"
    assert.equal(kept, entry()["change-id"])
  end)

  it("health is 502 when one is down, by level and name", function()
    add_file "threshold: 1, level: ready"
    becomes "down"
    local function health(query)
      local envelope = pebble:ask("GET", "/v1/health?" .. query)
      assert.equal("sync", envelope.type)
      assert.equal(envelope["status-code"] == 200, envelope.result.healthy)
      return envelope["status-code"]
    end
    assert.equal(502, health("names=" .. name))
    assert.equal(502, health("level=ready&names=" .. name))
    assert.equal(200, health("level=alive&names=" .. name))
    assert.equal(200, health "names=nobody")
    add(IDLE .. "level: ready, exec: {command: 'false'}")
    act("stop", name)
    assert.equal(200, health("names=" .. name))
  end)

  it("one of level alive counts for ready, too", function()
    add_file "threshold: 1, level: alive"
    becomes "down"
    for _, level in ipairs { "alive", "ready" } do
      assert.equal(502, pebble:ask("GET",
        ("/v1/health?level=%s&names=%s"):format(level, name))["status-code"])
    end
  end)

  it("at its threshold it restarts a service that asks for it", function()
    local svc = pebble:name "svc"
    pebble:layer(([[
services:
  %s:
    override: replace
    command: sh -c "echo $$ > %s; exec sleep 600"
    backoff-delay: 10ms
    on-check-failure: {%s: restart}
]]):format(svc, pebble:path(svc), name))
    assert(fs.write(pebble:path(name), ""))
    add_file()
    pebble:done("start", svc)
    local pid = pebble:written(svc)
    assert(fs.remove(pebble:path(name)))
    pebble.eventually(function()
      local now = fs.read(pebble:path(svc))
      return now ~= pid and now ~= ""
    end)
    pebble:done("stop", svc)
  end)

  it("every status of its changes is a notice with its name", function()
    add_file()
    local change = entry()["change-id"]
    becomes "down"
    local list = pebble:get("/v1/notices?types=change-update&keys=" .. change)
    assert.equal(1, #list)
    assert.same({ kind = "perform-check", ["check-name"] = name },
      list[1]["last-data"])
  end)
end)
