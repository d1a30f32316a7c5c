-- SPDX-License-Identifier: Apache-2.0
-- pebble.system, checks and notices, against a real Pebble or the lab's.
local checks = require "pebble.checks"
local layers = require "pebble.layers"
local notices = require "pebble.notices"
local pebble = require "tests.support.pebble"
local sys = require "host.sys"
local system = require "pebble.system"

describe("pebble.system", function()
  local server, client

  setup(function()
    server = pebble.start()
    client = server.client
  end)
  teardown(function()
    server:stop()
  end)

  it("tells its version", function()
    assert.equal("string", type(assert(system.info(client)).version))
  end)

  it("is healthy until a check is down, which is no error", function()
    local name = server:name "chk"
    assert.is_true(system.healthy(client))
    assert(layers.add(client, name, { checks = { [name] = {
      override = "replace",
      period = "100ms",
      threshold = 1,
      exec = { command = "false" },
    } } }))
    local deadline = sys.monotonic() + 5
    local function check()
      return assert(checks.list(client, { names = { name } }))[1]
    end
    while check().status ~= "down" and sys.monotonic() < deadline do
      sys.sleep(0.05)
    end
    assert.equal("down", check().status)
    assert.is_true(check().failures >= 1)
    assert.is_false(system.healthy(client, { names = { name } }))
    assert.is_true(system.healthy(client, { names = { "nobody" } }))
    assert(checks.act(client, "stop", { name }))
    assert.is_true(system.healthy(client, { names = { name } }))
  end)

  it("reports a check that does not exist", function()
    local changed, err = checks.act(client, "start", { "nobody" })
    assert.is_nil(changed)
    assert.equal(400, err.data.status)
  end)

  it("reports a notice that does not exist", function()
    local notice, err = notices.get(client, "999999")
    assert.is_nil(notice)
    assert.equal(404, err.data.status)
    assert.same({}, notices.list(client, { keys = { "example.com/none" } }))
  end)
end)
