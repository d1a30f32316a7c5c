-- SPDX-License-Identifier: Apache-2.0
-- One hook tool call over each door: what 200 more of them add, to each.
local agent = require "agent"
local fs = require "host.fs"
local peers = require "peers"
local worlds = require "worlds"

local M = {}

local CALLS <const> = 200

local SCRIPT <const> = "bench/peers/calls.lua"

local function host(world, door, count)
  local charm = setmetatable({ kind = "", dir = peers.ROOT, unit = "empty/0" },
    peers.Charm)
  local subject = charm:on({ name = "update-status" }, {
    name = ("charmhost, %s, %d"):format(door, count),
    argv = { assert(fs.realpath "build/charmhost"), "run",
      assert(fs.realpath(SCRIPT)), tostring(count) },
    world = world,
  })
  if door == "exec" then
    subject.env.JUJU_AGENT_SOCKET_NETWORK = "none"
  end
  return subject
end

---@param bench bench.Bench
---@return table[] series
function M.run(bench)
  local world = worlds.empty()
  agent.freeze(world)
  local subjects = {}
  for _, door in ipairs { "socket", "exec" } do
    for _, count in ipairs { 1, CALLS + 1 } do
      local ours = host(world, door, count)
      local calls = bench:look(ours)
      subjects[#subjects + 1] = ours
      subjects[#subjects + 1] = peers.floor(
        ("static C, %s, %d"):format(door, count), calls,
        { like = ours, exec = door == "exec" })
    end
  end
  local results = bench:series("one hook tool call", subjects)
  results.calls = CALLS
  return { results }
end

return M
