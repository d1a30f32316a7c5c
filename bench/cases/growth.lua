-- SPDX-License-Identifier: Apache-2.0
-- How a dispatch grows with state, with deferred events and with relations.
local agent = require "agent"
local peers = require "peers"
local worlds = require "worlds"

local M = {}

local UPDATE <const> = { name = "update-status" }
local CHANGED <const> = {
  name = "db-relation-changed", endpoint = "db", relation = 1,
  remote_app = "remote", remote_unit = "remote/0",
}
local SLOW_ROUNDS <const> = 10

local function charm_of(kind)
  if kind == "charmhost" then
    return peers.charmhost("growth", "build/bench/growth.charm")
  end
  return peers.ops("growth", "bench/peers/growth",
    "bench/peers/growth")
end

-- `install` makes what the world's config says; then the world is frozen.
local function grown(bench, kind, fields)
  local charm, world = charm_of(kind), worlds.growth(fields)
  bench:look(charm:on({ name = "install" }, { world = world }))
  world.config.drain = fields.drain or false
  agent.freeze(world)
  if kind == "ops" then
    charm:save()
  end
  return charm, world
end

local function subject(bench, kind, event, fields)
  local charm, world = grown(bench, kind, fields)
  return charm:on(event, {
    name = fields.label and ("%s, %s"):format(kind, fields.label) or kind,
    world = world,
  })
end

local function both(bench, title, event, variants, rounds)
  local subjects = {}
  for _, kind in ipairs { "charmhost", "ops" } do
    for _, fields in ipairs(variants) do
      subjects[#subjects + 1] = subject(bench, kind, event, fields)
    end
  end
  return bench:series(title, subjects, rounds)
end

---@param bench bench.Bench
---@return table[] series
function M.run(bench)
  local slow = math.min(bench.rounds, SLOW_ROUNDS)
  return {
    both(bench, "keys of state, one changed", UPDATE, {
      { label = "10 keys", keys = 10 },
      { label = "1000 keys", keys = 1000 },
    }),
    both(bench, "deferred events", UPDATE, {
      { label = "10 wait on", deferred = 10 },
      { label = "10 end", deferred = 10, drain = true },
      { label = "1000 wait on", deferred = 1000 },
      { label = "1000 end", deferred = 1000, drain = true },
    }, slow),
    both(bench, "relations of the endpoint, one touched", CHANGED, {
      { label = "1", relations = 1 },
      { label = "100", relations = 100 },
      { label = "1000", relations = 1000 },
    }),
  }
end

return M
