-- SPDX-License-Identifier: Apache-2.0
-- Identities, against a real Pebble or the lab's supervisor.
local errors = require "std.error"
local identities = require "pebble.identities"
local null = require "std.null"
local pebble = require "tests.support.pebble"

describe("pebble.identities", function()
  local server, client, name

  setup(function()
    server = pebble.start()
    client = server.client
    name = server:name "id"
  end)
  teardown(function()
    identities.replace(client, { [name] = null })
    server:stop()
  end)

  local function person(access)
    return { access = access, ["local"] = { ["user-id"] = 654321 } }
  end

  it("are added, changed, replaced and removed", function()
    assert.is_true(identities.add(client, { [name] = person "read" }))
    assert.same(person "read", identities.list(client)[name])
    assert.is_true(identities.update(client, { [name] = person "metrics" }))
    assert.equal("metrics", identities.list(client)[name].access)
    assert.is_true(identities.replace(client, { [name] = null }))
    assert.is_nil(identities.list(client)[name])
    assert.is_true(identities.replace(client, { [name] = person "read" }))
    assert.is_true(identities.remove(client, { name }))
    assert.is_nil(identities.list(client)[name])
  end)

  it("that are not as they must be are errors with their names", function()
    local ok, err = identities.remove(client, { name })
    assert.is_nil(ok)
    assert.is_true(errors.is(err, "pebble-api"))
    assert.is_truthy(tostring(err):find(name, 1, true))
  end)
end)
