-- SPDX-License-Identifier: Apache-2.0
-- Layers, services and changes against a real Pebble or the lab's supervisor.
local changes = require "pebble.changes"
local client_module = require "pebble.client"
local errors = require "std.error"
local layers = require "pebble.layers"
local plan = require "pebble.plan"
local peer = require "tests.support.peer"
local pebble = require "tests.support.pebble"
local services = require "pebble.services"
local sys = require "host.sys"

describe("pebble.services", function()
  local server, client

  setup(function()
    server = pebble.start()
    client = server.client
  end)
  teardown(function()
    server:stop()
  end)

  local function add(command, fields)
    local name = server:name "srv"
    local service = fields or {}
    service.override = "replace"
    service.command = command
    assert(layers.add(client, name, { services = { [name] = service } }))
    return name
  end

  local function current(name)
    return assert(services.list(client, { name }))[1].current
  end

  it("starts, restarts and stops", function()
    local name = add "sleep 1000"
    assert.equal("inactive", current(name))
    local change = assert(services.act(client, "start", { name }))
    assert.equal("Done", change.status)
    assert.equal("active", current(name))
    assert(services.act(client, "restart", { name }))
    assert.equal("active", current(name))
    assert(services.act(client, "stop", { name }))
    assert.equal("inactive", current(name))
  end)

  it("puts the log of the failed task into the error", function()
    local name = add "sh -c 'echo out of luck; exit 3'"
    local change, err = services.act(client, "start", { name })
    assert.is_nil(change)
    assert.is_true(errors.is(err, "pebble-change"))
    local text = tostring(err)
    assert.is_truthy(text:find("cannot start " .. name .. " in container wl", 1,
      true), text)
    assert.is_truthy(text:find("exited quickly with code 3", 1, true), text)
    assert.is_truthy(text:find("out of luck", 1, true), text)
    assert.equal("Error", err.data.change.status)
    services.act(client, "stop", { name })
  end)

  it("names a service that does not exist", function()
    local change, err = services.act(client, "start", { "nobody" })
    assert.is_nil(change)
    assert.is_true(errors.is(err, "pebble-api"))
    assert.equal(400, err.data.status)
    assert.is_truthy(tostring(err):find('"nobody" does not exist', 1, true))
  end)

  it("does not wait when told so", function()
    local name = add "sleep 1000"
    local change = assert(services.act(client, "start", { name }, 0))
    assert.is_false(assert(changes.get(client, change.id)).ready)
    assert.is_true(assert(changes.wait(client, "wait", change.id)).ready)
    assert(services.act(client, "stop", { name }))
  end)

  it("stops waiting at its deadline", function()
    local name = add "sleep 1000"
    local before = sys.monotonic()
    local change, err = services.act(client, "start", { name }, 0.2)
    assert.is_nil(change)
    assert.is_true(errors.is(err, "pebble-timeout"))
    assert.is_true(sys.monotonic() - before < 0.9)
    assert.is_truthy(tostring(err):find("not ready after 0.2 s", 1, true))
    assert(changes.wait(client, "wait", err.data.id))
    assert(services.act(client, "stop", { name }))
  end)

  it("signals a service", function()
    local name = add("sh -c 'trap \"exit 7\" HUP; while :; do sleep 0.1; done'",
      { ["on-failure"] = "ignore" })
    assert(services.act(client, "start", { name }))
    assert(services.signal(client, "SIGHUP", { name }))
    local deadline = sys.monotonic() + 5
    while current(name) == "active" and sys.monotonic() < deadline do
      sys.sleep(0.05)
    end
    assert.equal("error", current(name))
    local ok, err = services.signal(client, "SIGHUP", { name })
    assert.is_nil(ok)
    assert.is_true(errors.is(err, "pebble-api"))
  end)

  it("lists changes, and refuses to abort one that is over", function()
    local name = add "sleep 1000"
    local change = assert(services.act(client, "start", { name }))
    local found = false
    for _, each in ipairs(assert(changes.list(client,
      { select = "all", service = name }))) do
      found = found or each.id == change.id
    end
    assert.is_true(found)
    local aborted, err = changes.abort(client, change.id)
    assert.is_nil(aborted)
    assert.equal(400, err.data.status)
    assert(services.act(client, "stop", { name }))
    local _, missing = changes.get(client, "999999999")
    assert.equal(404, missing.data.status)
  end)

  it("refuses a layer that is none, and keeps the plan", function()
    local before = assert(plan.get(client))
    for _, layer in ipairs { { srv = {} }, "services: [", "- 1",
      { services = { x = { command = "true" } } } } do
      local ok, err = layers.add(client, server:name "bad", layer)
      assert.is_nil(ok)
      assert.equal(400, err.data.status)
    end
    assert.same(before, assert(plan.get(client)))
  end)

  it("finds in the plan what it added", function()
    local layer = { services = { [server:name "srv"] = {
      override = "replace",
      command = "sleep '10' \"00\"",
      startup = "disabled",
      environment = { N = 1, T = true, F = 0.5, S = "no", E = "é: #" },
      ["kill-delay"] = "0.5s",
      ["backoff-factor"] = 1.5,
    } } }
    assert.is_true(plan.differs(assert(plan.get(client)), layer))
    assert(layers.add(client, server:name "l", layer))
    assert.is_false(plan.differs(assert(plan.get(client)), layer))
  end)
end)

describe("pebble.changes with a Pebble that dies", function()
  it("notices it while waiting", function()
    local server = peer.supervisor()
    local client = client_module.new { socket = server.socket, retry = 0 }
    assert(layers.add(client, "l", { services = {
      srv = { override = "replace", command = "sleep 5" }, -- outlives it
    } }))
    local change = assert(services.act(client, "start", { "srv" }, 0))
    server.process:kill("KILL")
    local before = sys.monotonic()
    local ended, err = changes.wait(client, "wait", change.id, 30)
    assert.is_nil(ended)
    assert.is_true(errors.is(err, "pebble-connection"))
    assert.is_true(sys.monotonic() - before < 5)
    server:stop()
  end)
end)
