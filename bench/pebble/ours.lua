-- SPDX-License-Identifier: Apache-2.0
-- One measurement of lua/pebble. usage: charmhost run bench/pebble/ours.lua
-- SOCKET push|pull LOCAL REMOTE | SOCKET exec|replan|ensure COUNT | SOCKET
-- idle. Writes the seconds (of one, the median) to standard error.
local client_module = require "pebble.client"
local container = require "ops.container"
local exec = require "pebble.exec"
local fs = require "host.fs"
local services = require "pebble.services"
local sys = require "host.sys"
local system = require "pebble.system"
local transfer = require "pebble.transfer"

local socket, action, first, second = ...
local client = client_module.new { socket = socket }

local LAYER <const> = { services = { sleeper = {
  override = "replace", command = "sleep 3600", startup = "enabled",
} } }

local function once(work)
  local begun = sys.monotonic()
  work()
  return sys.monotonic() - begun
end

local function median(work)
  local times = {}
  for i = 1, tonumber(first) do
    times[i] = once(work)
  end
  table.sort(times)
  return times[(#times + 1) // 2]
end

local ACTIONS <const> = {
  idle = function() return 0 end,
  push = function()
    local file <close> = assert(fs.open(first, "r"))
    return once(function()
      assert(transfer.push(client, second, file))
    end)
  end,
  pull = function()
    local file <close> = assert(fs.open(first, "w"))
    return once(function()
      assert(transfer.pull(client, second, file))
    end)
  end,
  exec = function()
    return median(function()
      assert(assert(exec.start(client, { "true" })):wait())
    end)
  end,
  replan = function()
    return median(function()
      assert(services.act(client, "replan"))
    end)
  end,
  ensure = function()
    local workload = container.new { name = "bench", socket = socket }
    workload:ensure("bench", LAYER)
    return median(function()
      assert(not workload:ensure("bench", LAYER))
    end)
  end,
}

assert(system.info(client))
io.stderr:write(("%.6f\n"):format(ACTIONS[action]()))
