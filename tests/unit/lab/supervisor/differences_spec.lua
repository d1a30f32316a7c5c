-- SPDX-License-Identifier: Apache-2.0
-- Where the lab's supervisor differs from Pebble's daemon on purpose, and what
-- it leaves out (docs/supervisor.md).
local fs = require "host.fs"
local json = require "std.json"
local proc = require "host.proc"
local supervisors = require "tests.support.supervisor"
local sys = require "host.sys"

local HAMMER <const> = 2 -- seconds; Pebble 1.32.1 dies within one

describe("unlike Pebble, the lab's supervisor", function()
  local pebble

  before_each(function() pebble = supervisors.start() end)
  after_each(function() pebble:stop() end)

  local function check(name)
    return pebble:get("/v1/checks?names=" .. name)[1]
  end

  local function act(action, ...)
    pebble:post("/v1/checks", { action = action, checks = json.array { ... } })
  end

  it("bears checks that are stopped while they run, twice too", function()
    local names = { "a", "b", "c", "d" }
    for _, name in ipairs(names) do
      pebble:layer(("checks: {%s: {override: replace, period: 30ms, "
        .. 'exec: {command: "true"}}}'):format(name), name)
    end
    local deadline = sys.monotonic() + HAMMER
    repeat
      act("stop", table.unpack(names))
      act("stop", table.unpack(names))
      for _, name in ipairs(names) do
        local now = check(name)
        assert.same({ "inactive" }, { now.status, now["change-id"] })
      end
      act("start", table.unpack(names))
      for _, name in ipairs(names) do
        local id = check(name)["change-id"]
        assert.is_false(pebble:get("/v1/changes/" .. id).ready)
      end
      sys.sleep(0.02 + math.random() * 0.03)
    until sys.monotonic() > deadline
    local before = check("a").successes
    pebble.eventually(function() return check("a").successes > before end)
    act("stop", table.unpack(names))
    pebble.eventually(function()
      return #pebble:get("/v1/changes?select=in-progress") == 0
    end)
  end)

  it("keeps a check's service context over stop and start", function()
    pebble:layer [[
services:
  ctx: {override: replace, command: sleep 1, environment: {WORD: given}}
checks:
  c:
    override: replace
    period: 30ms
    threshold: 1
    exec: {command: "sh -c 'test \"$WORD\" = given'", service-context: ctx}
]]
    act("stop", "c")
    act("start", "c")
    pebble.eventually(function() return check("c").successes > 2 end)
    assert.equal("up", check("c").status)
  end)

  it("stops a check whose startup becomes disabled", function()
    local layer = "checks: {c: {override: replace, period: 30ms, startup: %s, "
      .. 'exec: {command: "true"}}}'
    pebble:layer(layer:format "enabled")
    assert.equal("up", check("c").status)
    pebble:layer(layer:format "disabled")
    assert.equal("inactive", check("c").status)
    assert.is_nil(check("c")["change-id"])
  end)

  it("ends all of a command's session when its control stream drops",
    function()
      local pid_file = pebble.dir .. "/pid"
      local pid
      pebble:exec({ "sh", "-c", ("sleep 1000 & echo $! >%s; wait"):format(
        pid_file) }, {
        on_start = function(control)
          pebble.eventually(function()
            pid = (fs.read(pid_file) or ""):match "^(%d+)\n"
            return pid
          end)
          control:close()
        end,
      })
      pebble.eventually(function() return not fs.stat("/proc/" .. pid) end)
    end)

  it("writes nothing of its state to disk", function()
    pebble:layer [[
services: {s: {override: replace, command: sleep 60}}
checks: {c: {override: replace, period: 20ms, exec: {command: "true"}}}
]]
    pebble:act("start", "s")
    pebble.eventually(function() return check("c").successes > 5 end)
    assert.same({ "pebble.socket" }, fs.list(pebble.dir))
  end)

  it("listens on nothing but its socket", function()
    for _, option in ipairs { "--http", "--https" } do
      local result = assert(proc.run {
        argv = { sys.executable(), "supervise", "--socket",
          pebble.dir .. "/s", option, "127.0.0.1:0" },
        timeout = 10,
      })
      assert.equal(2, result.code)
      assert.is_truthy(result.stderr:find(
        ('cannot supervise: unknown argument "%s"'):format(option), 1, true))
    end
  end)
end)
