-- SPDX-License-Identifier: Apache-2.0
-- Checks, against a real Pebble or the lab's supervisor.
local checks = require "pebble.checks"
local errors = require "std.error"
local fs = require "host.fs"
local layers = require "pebble.layers"
local pebble = require "tests.support.pebble"

describe("pebble.checks", function()
  local server, client, name, mark

  setup(function()
    server = pebble.start()
    client = server.client
    name, mark = server:name "check", server.dir .. "/mark"
    assert(layers.add(client, name, { checks = { [name] = {
      override = "replace",
      level = "ready",
      period = "1h",
      startup = "disabled",
      exec = { command = "test -e " .. mark },
    } } }))
  end)
  teardown(function()
    checks.act(client, "stop", { name })
    server:stop()
  end)

  local function info()
    return assert(checks.list(client, { names = { name } }))[1]
  end

  it("tells the state of one, with every field", function()
    local check = info()
    assert.same({ name, "ready", "disabled", "inactive", 0, 0, 3 },
      { check.name, check.level, check.startup, check.status,
        check.successes, check.failures, check.threshold })
    assert.is_nil(check.change_id)
  end)

  it("runs one now, and says what it found", function()
    local check, failure = checks.refresh(client, name)
    assert.equal(name, check.name)
    assert.equal("string", type(failure))
    assert(fs.write(mark, ""))
    check, failure = checks.refresh(client, name)
    assert.equal(name, check.name)
    assert.is_nil(failure)
  end)

  it("starts and stops one", function()
    assert.same({ name }, checks.act(client, "start", { name }))
    assert.equal("up", info().status)
    assert.equal("string", type(info().change_id))
    assert.same({}, checks.act(client, "start", { name }))
    assert.same({ name }, checks.act(client, "stop", { name }))
    assert.same({}, checks.act(client, "stop", { name }))
  end)

  it("says that there is none of that name", function()
    for _, call in ipairs {
      function() return checks.refresh(client, "nobody") end,
      function() return checks.act(client, "start", { "nobody" }) end,
    } do
      local got, err = call()
      assert.is_nil(got)
      assert.is_true(errors.is(err, "pebble-api"), tostring(err))
      assert.is_truthy(tostring(err):find("nobody", 1, true))
    end
  end)
end)
