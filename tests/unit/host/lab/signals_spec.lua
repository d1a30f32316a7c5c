-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local poll = require "host.poll"
local proc = require "host.proc"
local signals = require "host.lab.signals"
local sys = require "host.sys"

local function is_blocked(number)
  local mask <const> = fs.read("/proc/self/status"):match("SigBlk:%s+(%x+)")
  return tonumber(mask, 16) & 1 << (number - 1) ~= 0
end

local TERM <const>, USR1 <const> = 15, 10

describe("host.lab.signals", function()
  it("turns signals into something to read", function()
    local s <close> = assert(signals.block { "TERM", "USR1" })
    assert.same({}, s:read())
    local entry <const> = { fd = s:fd(), read = true }
    assert.same({}, poll.wait({ entry }, 0))
    sys.kill(sys.getpid(), "TERM")
    sys.kill(sys.getpid(), "USR1")
    assert.equal(1, #poll.wait({ entry }, 5))
    local names <const> = s:read()
    table.sort(names)
    assert.same({ "TERM", "USR1" }, names)
    assert.same({}, s:read())
  end)

  it("tells of the end of a child", function()
    local s <close> = assert(signals.block { "CHLD" })
    local p <close> = assert(proc.spawn { argv = { "true" } })
    assert.equal(1, #poll.wait({ { fd = s:fd(), read = true } }, 5))
    assert.same({ "CHLD" }, s:read())
    assert.same({ code = 0 }, p:wait(5))
  end)

  it("drops what nobody read, and blocks no longer", function()
    local s <const> = assert(signals.block { "TERM", "USR1" })
    assert.is_true(is_blocked(TERM))
    sys.kill(sys.getpid(), "TERM")
    assert.is_true(s:close())
    assert.is_true(s:close())
    assert.is_false(is_blocked(TERM))
    assert.is_false(is_blocked(USR1))
    assert.has_error(function() s:read() end)
    assert.has_error(function() s:fd() end)
  end)

  it("leaves blocked what another has blocked", function()
    local outer <close> = assert(signals.block { "TERM" })
    local inner <const> = assert(signals.block { "TERM", "USR1" })
    inner:close()
    assert.is_true(is_blocked(TERM))
    assert.is_false(is_blocked(USR1))
    assert.same({}, outer:read())
  end)

  it("is no concern of programs that are started", function()
    local s <close> = assert(signals.block { "TERM" })
    local script <const> = "kill -TERM $$"
    local result <const> = proc.run { argv = { "/bin/sh", "-c", script } }
    assert.equal("TERM", result.signal)
    assert.same({}, s:read())
  end)

  it("refuses what cannot be blocked", function()
    for _, names in ipairs { { "KILL" }, { "STOP" }, { "NOPE" }, { 1 } } do
      assert.has_error(function() signals.block(names) end)
    end
    assert.has_error(function() signals.block() end)
    assert.is_false(is_blocked(TERM))
  end)
end)
