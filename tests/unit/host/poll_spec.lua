-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local poll = require "host.poll"
local sys = require "host.sys"

describe("host.poll", function()
  local reader, writer

  before_each(function()
    reader, writer = assert(fs.pipe())
  end)

  after_each(function()
    reader:close()
    writer:close()
  end)

  it("returns nothing after the timeout", function()
    local before <const> = sys.monotonic()
    assert.same({}, poll.wait({ { fd = reader:fd(), read = true } }, 0.03))
    assert.is_true(sys.monotonic() - before >= 0.03)
    assert.same({}, poll.wait({ { fd = reader, read = true } }, 0))
  end)

  it("returns the very entries that are ready", function()
    local read <const> = { fd = reader, read = true }
    local write <const> = { fd = writer:fd(), write = true }
    local ready = assert(poll.wait({ read, write }))
    assert.equal(1, #ready)
    assert.equal(write, ready[1])
    assert.is_true(write.writable)
    writer:write("x")
    ready = assert(poll.wait({ read, write }, 1))
    assert.equal(2, #ready)
    assert.is_true(read.readable)
  end)

  it("forgets what an earlier wait said", function()
    local entry <const> = { fd = reader, read = true }
    writer:write("x")
    assert.equal(1, #poll.wait({ entry }, 1))
    reader:read()
    assert.equal(0, #poll.wait({ entry }, 0))
    assert.is_nil(entry.readable)
  end)

  it("tells of a hang-up, also where nothing is asked for", function()
    local entry <const> = { fd = reader }
    assert.equal(0, #poll.wait({ entry }, 0))
    writer:close()
    assert.equal(entry, poll.wait({ entry })[1])
    assert.is_true(entry.hangup)
    assert.is_nil(entry.error)
  end)

  it("marks a descriptor that is not open", function()
    local fd <const> = reader:detach()
    sys.close(fd)
    local entry <const> = { fd = fd, read = true }
    assert.equal(entry, poll.wait({ entry }, 0)[1])
    assert.is_true(entry.error)
  end)

  it("sleeps on an empty list, but not forever", function()
    assert.same({}, poll.wait({}, 0.01))
    assert.has_error(function() poll.wait({}) end)
  end)

  it("waits on many at once", function()
    local entries <const> = {}
    for i = 1, 500 do
      entries[i] = { fd = i % 2 == 0 and reader or writer, write = true }
    end
    assert.equal(250, #poll.wait(entries, 1))
  end)

  it("refuses wrong arguments", function()
    assert.has_error(function() poll.wait() end)
    assert.has_error(function() poll.wait({ 1 }) end)
    assert.has_error(function() poll.wait({ {} }) end)
    assert.has_error(function() poll.wait({ { fd = -1 } }) end)
    assert.has_error(function() poll.wait({ { fd = "x" } }) end)
    assert.has_error(function() poll.wait({ { fd = 1, read = 1 } }) end)
    assert.has_error(function() poll.wait({}, 0 / 0) end)
    reader:close()
    assert.has_error(function() poll.wait({ { fd = reader } }) end)
  end)
end)
