-- SPDX-License-Identifier: Apache-2.0
-- Logs of services, against a real Pebble or the lab's supervisor.
local errors = require "std.error"
local layers = require "pebble.layers"
local logs = require "pebble.logs"
local pebble = require "tests.support.pebble"
local services = require "pebble.services"
local sys = require "host.sys"

describe("pebble.logs", function()
  local server, client, name

  setup(function()
    server = pebble.start()
    client = server.client
    name = server:name "log"
    assert(layers.add(client, name, { services = {
      [name] = { override = "replace", command = "sh -c 'echo one; echo two; "
        .. "n=0; while sleep 0.1; do n=$((n+1)); echo tick $n; done'" },
      [name .. "-silent"] = { override = "replace", command = "sleep 600" },
    } }))
    assert(services.act(client, "start", { name, name .. "-silent" }))
  end)
  teardown(function()
    services.act(client, "stop", { name, name .. "-silent" })
    server:stop()
  end)

  it("gives what is kept, oldest first, as many lines as wanted", function()
    local all = assert(logs.get(client, { services = { name }, count = -1 }))
    assert.equal("one", all[1].message)
    assert.equal("two", all[2].message)
    assert.equal(name, all[1].service)
    assert.equal("string", type(all[1].time))
    assert.equal(2, #assert(logs.get(client,
      { services = { name }, count = 2 })))
    assert.same({}, logs.get(client, { services = { "nobody" } }))
  end)

  it("follows until it is told to stop", function()
    local seen = {}
    assert.is_true(logs.follow(client, { services = { name }, timeout = 10 },
      function(entry)
        seen[#seen + 1] = entry.message
        return #seen == 3
      end))
    assert.equal(3, #seen)
    assert.matches("^tick %d+$", seen[1])
    assert.not_equal(seen[1], seen[2])
  end)

  it("begins with what is kept when asked", function()
    local first
    logs.follow(client, { services = { name }, count = -1, timeout = 10 },
      function(entry)
        first = entry.message
        return true
      end)
    assert.equal("one", first)
  end)

  it("ends with its time, also when nothing is said", function()
    for _, service in ipairs { name, name .. "-silent" } do
      local before = sys.monotonic()
      local stopped, err = logs.follow(client,
        { services = { service }, timeout = 0.4 }, function() end)
      assert.is_false(stopped, tostring(err))
      assert.is_true(sys.monotonic() - before < 3)
    end
  end)

  it("hands an error of Pebble's on", function()
    local list, err = logs.get(client, { count = -2 })
    assert.is_nil(list)
    assert.is_true(errors.is(err, "pebble-api"), tostring(err))
    assert.equal(400, err.data.status)
  end)

  it("lets an error of the callback through", function()
    assert.has_error(function()
      logs.follow(client, { services = { name } }, function() error "boom" end)
    end)
  end)
end)
