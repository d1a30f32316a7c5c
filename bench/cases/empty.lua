-- SPDX-License-Identifier: Apache-2.0
-- A dispatch that does nothing.
local agent = require "agent"
local fs = require "host.fs"
local peers = require "peers"
local worlds = require "worlds"

local M = {}

---@param bench bench.Bench
---@return table[] series
function M.run(bench)
  local world = worlds.empty()
  agent.freeze(world)
  local event = { name = "update-status" }
  local ours = peers.charmhost("empty", "build/bench/empty.charm")
    :on(event, { world = world })
  local ops = peers.ops("empty", "bench/peers/empty",
    "bench/peers/empty")
  local theirs = ops:on(event, { world = world })
  bench:look(theirs) -- makes its database
  ops:save()
  theirs = ops:on(event, { world = world })
  return { bench:series("empty dispatch", {
    ours,
    theirs,
    peers.program("/bin/true", { "/bin/true" }),
    peers.program("static C, nothing", { assert(fs.realpath "build/bench/floor") }),
    peers.floor("static C, our calls", bench:look(ours), { like = ours }),
  }) }
end

return M
