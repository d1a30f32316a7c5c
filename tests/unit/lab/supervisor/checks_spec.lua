-- SPDX-License-Identifier: Apache-2.0
-- Checks: performed, failing, recovering; health; what a failure does.
local fs = require "host.fs"
local supervisors = require "tests.support.supervisor"

describe("checks", function()
  local pebble

  before_each(function() pebble = supervisors.start() end)
  after_each(function() pebble:stop() end)

  local function check(name)
    return pebble:get("/v1/checks?names=" .. name)[1]
  end

  local function add(more)
    pebble:layer(([[
checks:
  file:
    override: replace
    period: 50ms
    threshold: 2
    exec: {command: test -e %s/there}
%s]]):format(pebble.dir, more or ""))
  end

  it("are up before they first ran, and go down at their threshold",
    function()
      add()
      assert.equal("up", check("file").status)
      assert.equal(200, (pebble:ask("GET", "/v1/health")))
      pebble.eventually(function() return check("file").status == "down" end)
      local status, result, envelope = pebble:ask("GET", "/v1/health")
      assert.equal(502, status)
      assert.is_false(result.healthy)
      assert.equal("sync", envelope.type)
      local now = check("file")
      local change = pebble:get("/v1/changes/" .. now["prev-change-id"])
      assert.equal("perform-check", change.kind)
      assert.equal("Error", change.status)
      assert.matches("exit status 1", change.err)
      assert.equal("recover-check",
        pebble:get("/v1/changes/" .. now["change-id"]).kind)
    end)

  it("recover with the first success", function()
    add()
    pebble.eventually(function() return check("file").status == "down" end)
    fs.write(pebble.dir .. "/there", "")
    pebble.eventually(function() return check("file").status == "up" end)
    local now = check("file")
    assert.is_nil(now.failures)
    assert.equal("perform-check",
      pebble:get("/v1/changes/" .. now["change-id"]).kind)
    assert.equal("Done",
      pebble:get("/v1/changes/" .. now["prev-change-id"]).status)
  end)

  it("restart a service once when they fail", function()
    add [[
services:
  a:
    override: replace
    command: sh -c 'echo x >> runs; exec sleep 100'
    on-check-failure: {file: restart}
    backoff-delay: 50ms
]]
    fs.write(pebble.dir .. "/there", "")
    pebble:act("start", "a")
    fs.remove(pebble.dir .. "/there")
    pebble.eventually(function()
      return fs.read(pebble.dir .. "/runs") == "x\nx\n"
    end)
    assert.equal("active", pebble:current("a"))
  end)

  it("are stopped and started by name, unrelated layers leave them",
    function()
      add()
      assert.same({ changed = { "file" } }, pebble:post("/v1/checks",
        { action = "stop", checks = { "file" } }))
      assert.equal("inactive", check("file").status)
      assert.is_nil(check("file")["change-id"])
      pebble:layer("services: {a: {override: replace, command: x}}", "other")
      assert.equal("inactive", check("file").status)
      pebble:post("/v1/checks", { action = "start", checks = { "file" } })
      assert.equal("up", check("file").status)
      assert.equal(400, (pebble:ask("POST", "/v1/checks",
        { action = "stop", checks = { "none" } })))
    end)

  it("are run at once by refresh", function()
    pebble:layer [[
checks:
  slow: {override: replace, period: 100s, exec: {command: "sh -c 'echo why; exit 2'"}}
  late: {override: replace, period: 100s, timeout: 100ms, exec: {command: sleep 50}}
  off: {override: replace, startup: disabled, exec: {command: "true"}}
  net: {override: replace, period: 100s, tcp: {port: 1}}
]]
    local result = pebble:post("/v1/checks/refresh", { name = "slow" })
    assert.equal("exit status 2; why", result.error)
    assert.equal(1, result.info.failures)
    result = pebble:post("/v1/checks/refresh", { name = "late" })
    assert.equal("check timed out after 100ms", result.error)
    result = pebble:post("/v1/checks/refresh", { name = "off" })
    assert.is_nil(result.error)
    assert.equal("inactive", result.info.status)
    result = pebble:post("/v1/checks/refresh", { name = "net" })
    assert.is_string(result.error)
    assert.equal(404, (pebble:ask("POST", "/v1/checks/refresh",
      { name = "none" })))
  end)

  it("may ask HTTP, the supervisor's own kind of server too", function()
    local http = require "lab.http"
    local loops = require "lab.loop"
    local net = require "host.lab.net"
    local probe = require "lab.supervisor.checks.probe"
    local loop = loops.new()
    loop:main(function()
      local listener <close> = assert(net.listen { host = "127.0.0.1" })
      local server = http.serve(loop, listener, function(request)
        return { status = request.path == "/good" and 200 or 503,
          body = "sorry" }
      end)
      local url = "http://localhost:" .. listener:port()
      assert.is_true(probe.http(loop,
        { http = { url = url .. "/good" } }, 5))
      local ok, message = probe.http(loop, { http = { url = url } }, 5)
      assert.is_nil(ok)
      assert.equal("non-2xx status code 503; sorry", message)
      server:cancel()
    end)
  end)
end)
