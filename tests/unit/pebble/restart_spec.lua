-- SPDX-License-Identifier: Apache-2.0
-- A Pebble that goes away and comes back: reads are tried again, and only
-- they, and only with a Pebble that was there.
local client_module = require "pebble.client"
local errors = require "std.error"
local fs = require "host.fs"
local notices = require "pebble.notices"
local proc = require "host.proc"
local services = require "pebble.services"
local sys = require "host.sys"
local system = require "pebble.system"

describe("pebble.client, while Pebble restarts,", function()
  local dir, socket, daemon, client

  local function start(delay)
    local lab = sys.executable():match "^(.*)/" .. "/charmlab"
    daemon = assert(proc.spawn { argv = { "sh", "-c",
      ("sleep %g; exec %s supervise --socket %s"):format(delay, lab, socket),
    } })
  end

  local function stop()
    daemon:kill "TERM"
    assert(daemon:wait(10))
    daemon:close()
  end

  before_each(function()
    dir = assert(fs.mkdtemp "/tmp/charmhost-restart-")
    socket = dir .. "/s"
    start(0)
    client = client_module.new { socket = socket }
    while not system.is_there(client) do
      sys.sleep(0.01)
    end
  end)
  after_each(function()
    client:close()
    stop()
    fs.remove_all(dir)
  end)

  it("finds it again with a read", function()
    stop()
    start(0.3)
    assert.same({}, services.list(client))
  end)

  it("does not try a write again", function()
    stop()
    start(0.6)
    local before = sys.monotonic()
    local id, err = notices.notify(client, "example.com/a")
    assert.is_nil(id)
    assert.is_true(errors.is(err, "pebble-connection"), tostring(err))
    assert.is_true(sys.monotonic() - before < 0.5)
  end)

  it("gives up after a while, and says who is gone", function()
    stop()
    client.retry = 0.4
    local before = sys.monotonic()
    local list, err = services.list(client)
    local took = sys.monotonic() - before
    assert.is_nil(list)
    assert.is_true(errors.is(err, "pebble-connection"))
    assert.is_true(took >= 0.4 and took < 3, took)
    start(0)
  end)

  it("says at once that it is not there, when asked for that", function()
    stop()
    local before = sys.monotonic()
    assert.is_false(system.is_there(client))
    assert.is_true(sys.monotonic() - before < 0.2)
    start(0)
  end)

  it("does not wait for one that it never met", function()
    local other = client_module.new { socket = dir .. "/none" }
    local before = sys.monotonic()
    assert.is_nil((services.list(other)))
    assert.is_true(sys.monotonic() - before < 0.2)
    other:close()
  end)
end)
