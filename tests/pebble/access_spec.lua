-- SPDX-License-Identifier: Apache-2.0
-- Who may do what, by the user at the other end of the socket. Needs root, to
-- be somebody else; without it there is nothing that could be observed.
local contract = require "tests.support.contract"
local null = require "std.null"
local other_user = require "tests.support.other_user"

if not other_user.is_possible() then
  print "tests/pebble/access_spec.lua: not run, for only root can be another user"
  return
end

describe("another user", function()
  local pebble, ask

  setup(function()
    pebble = contract.start()
    ask = other_user.new(pebble)
  end)
  teardown(function() pebble:stop() end)

  local function denied(method, path, body)
    local envelope = ask(method, path, body)
    assert.equal(401, envelope["status-code"])
    assert.same({ message = "access denied", kind = "login-required" },
      envelope.result)
  end

  it("may see system-info and health", function()
    assert.equal("sync", ask("GET", "/v1/system-info").type)
    assert.is_true(ask("GET", "/v1/health").result.healthy)
  end)

  it("may see services, checks and changes", function()
    for _, path in ipairs { "/v1/services", "/v1/checks",
      "/v1/changes?select=all" } do
      assert.equal(200, ask("GET", path)["status-code"])
    end
  end)

  it("may not change the plan, services, checks or changes", function()
    denied("POST", "/v1/layers", { action = "add" })
    denied("POST", "/v1/services", { action = "replan" })
    denied("POST", "/v1/signals", { signal = "SIGHUP", services = { "x" } })
    denied("POST", "/v1/checks", { action = "stop", checks = { "x" } })
    denied("POST", "/v1/checks/refresh", { name = "x" })
    denied("POST", "/v1/changes/1", { action = "abort" })
  end)

  it("may not touch files, not even to read them", function()
    denied("GET", "/v1/files?action=list&path=/")
    denied("GET", "/v1/files?action=read&path=/etc/passwd")
    denied("POST", "/v1/files", { action = "remove" })
  end)

  it("may run nothing, nor take a stream", function()
    denied("POST", "/v1/exec", { command = { "true" } })
    denied("GET", "/v1/tasks/1/websocket/stdio")
  end)

  it("is told of an unknown path before anything else", function()
    assert.equal(404, ask("GET", "/v1/nothing")["status-code"])
    assert.equal(405, ask("DELETE", "/v1/services")["status-code"])
  end)

  it("may record notices, which are then that user's", function()
    local key = "example.com/" .. pebble:name "key"
    local id = ask("POST", "/v1/notices",
      { action = "add", type = "custom", key = key }).result.id
    local notice = pebble:get("/v1/notices/" .. id)
    assert.equal(other_user.UID, notice["user-id"])
    assert.equal(id, ask("GET", "/v1/notices/" .. id).result.id)
    for _, mine in ipairs(pebble:get "/v1/notices?types=custom") do
      assert.not_equal(id, mine.id)
    end
    assert.equal(1, #pebble:get("/v1/notices?users=all&types=custom&keys="
      .. key))
    assert.equal(id, pebble:get(("/v1/notices?user-id=%d&types=custom&keys=%s")
      :format(other_user.UID, key))[1].id)
  end)

  it("does not see the notices of others, but those of all", function()
    local key = "example.com/" .. pebble:name "key"
    local id = pebble:post("/v1/notices",
      { action = "add", type = "custom", key = key }).id
    assert.equal(403, ask("GET", "/v1/notices/" .. id)["status-code"])
    for _, notice in ipairs(ask("GET", "/v1/notices").result) do
      assert.not_equal(id, notice.id)
    end
    assert.equal(403, ask("GET", "/v1/notices?users=all")["status-code"])
    assert.equal(403, ask("GET", "/v1/notices?user-id=0")["status-code"])
  end)
end)

describe("an identity", function()
  local pebble, ask, name

  setup(function()
    pebble = contract.start()
    ask = other_user.new(pebble)
    name = pebble:name "id"
  end)
  teardown(function()
    pebble:ask("POST", "/v1/identities",
      { action = "replace", identities = { [name] = null } })
    pebble:stop()
  end)

  local function grant(access)
    pebble:post("/v1/identities", { action = "replace", identities = {
      [name] = { access = access, ["local"] = { ["user-id"] = other_user.UID } },
    } })
  end

  it("with admin may do what root may", function()
    grant "admin"
    assert.equal(200, ask("GET", "/v1/files?action=list&path=/")["status-code"])
    assert.equal(200, ask("GET", "/v1/notices?users=all")["status-code"])
  end)

  it("with untrusted may see only what all may", function()
    grant "untrusted"
    assert.equal(401, ask("GET", "/v1/services")["status-code"])
    assert.equal(200, ask("GET", "/v1/health")["status-code"])
  end)

  it("with metrics may not see services, and with read may", function()
    grant "metrics"
    assert.equal(401, ask("GET", "/v1/services")["status-code"])
    grant "read"
    assert.equal(200, ask("GET", "/v1/services")["status-code"])
    assert.equal(401, ask("POST", "/v1/services", {})["status-code"])
  end)
end)
