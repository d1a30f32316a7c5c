-- SPDX-License-Identifier: Apache-2.0
-- Notices, against a real Pebble or the lab's supervisor.
local notices = require "pebble.notices"
local pebble = require "tests.support.pebble"
local sys = require "host.sys"
local warnings = require "pebble.warnings"

describe("pebble.notices", function()
  local server, client, key

  setup(function()
    server = pebble.start()
    client = server.client
  end)
  teardown(function() server:stop() end)
  before_each(function() key = "example.com/" .. server:name "k" end)

  it("lists by keys, types, users and after", function()
    local id = assert(notices.notify(client, key, { data = { a = "b" } }))
    local list = assert(notices.list(client, { keys = { key } }))
    assert.equal(1, #list)
    assert.equal(id, list[1].id)
    assert.same({ a = "b" }, list[1]["last-data"])
    assert.equal(1, #notices.list(client,
      { keys = { key, "example.com/none" }, types = { "custom" } }))
    assert.equal(0, #notices.list(client,
      { keys = { key }, types = { "change-update" } }))
    assert.equal(1, #notices.list(client, { keys = { key }, users = "all" }))
    assert.equal(1, #notices.list(client,
      { keys = { key }, user_id = sys.getuid() }))
    assert.equal(0, #notices.list(client,
      { keys = { key }, after = list[1]["last-repeated"] }))
  end)

  it("waits for the next one", function()
    local before = sys.monotonic()
    assert.same({}, notices.wait(client, { keys = { key } }, 0.2))
    assert.is_true(sys.monotonic() - before >= 0.2)
    assert(notices.notify(client, key))
    local list = assert(notices.wait(client, { keys = { key } }, 10))
    assert.equal(key, list[1].key)
    -- what was seen is not seen again
    assert.same({}, notices.wait(client,
      { keys = { key }, after = list[1]["last-repeated"] }, 0.1))
  end)

  it("repeats after a pause alone", function()
    local id = assert(notices.notify(client, key, { repeat_after = "1h" }))
    local before = notices.get(client, id)["last-repeated"]
    notices.notify(client, key, { repeat_after = "1h" })
    local notice = notices.get(client, id)
    assert.equal(before, notice["last-repeated"])
    assert.equal(2, notice.occurrences)
  end)

  it("are where a newer Pebble has its warnings", function()
    assert.same({}, warnings.list(client))
    local count, err = warnings.ack(client, "2024-01-01T00:00:00Z")
    assert.is_nil(count)
    assert.is_truthy(tostring(err):find("only Pebble before 1.16", 1, true))
  end)
end)
