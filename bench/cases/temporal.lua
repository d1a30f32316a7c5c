-- SPDX-License-Identifier: Apache-2.0
-- A dispatch of temporal-k8s, packed as it is deployed, and of the same charm
-- on ops; with the calls of each replayed by a static program.
local agent = require "agent"
local frontend = require "frontend"
local fs = require "host.fs"
local pebbles = require "pebbles"
local peers = require "peers"
local postgres = require "postgres"
local worlds = require "worlds"

local M = {}

local FRONTEND_PORT <const> = 7233
local STOP_SECONDS <const> = 30
local SQL <const> = {
  "create schema visibility",
  "create table schema_version (version_partition int, db_name text, "
    .. "curr_version text)",
  "create table visibility.schema_version (version_partition int, "
    .. "db_name text, curr_version text)",
  "create table namespaces (id int)",
  "create table visibility.executions_visibility (id int)",
  "insert into schema_version values (0, 'temporal-k8s', '1.8')",
  "insert into visibility.schema_version values (0, 'temporal-k8s', '1.1')",
}

local DB <const> = {
  name = "db-relation-changed", endpoint = "db", relation = 1,
  remote_app = "postgresql-k8s", remote_unit = "postgresql-k8s/0",
}
local DB_JOINED <const> = {
  name = "db-relation-joined", endpoint = "db", relation = 1,
  remote_app = "postgresql-k8s", remote_unit = "postgresql-k8s/0",
}
local ADMIN <const> = {
  name = "admin-relation-changed", endpoint = "admin", relation = 2,
  remote_app = "temporal-admin-k8s", remote_unit = "temporal-admin-k8s/0",
}
local CONFIG <const> = { name = "config-changed" }
local STATUS <const> = { name = "update-status" }

M.ARCHIVE = "dist/temporal-k8s_ubuntu-20.04-%s.charm"

local function charm_of(kind)
  if kind == "charmhost" then
    return peers.charmhost("temporal-k8s", M.ARCHIVE:format(M.arch()))
  end
  return peers.ops("temporal-k8s", "bench/peers/temporal",
    "charm/temporal-k8s")
end

function M.arch()
  for _, name in ipairs(assert(fs.list "dist")) do
    local arch = name:match("^temporal%-k8s_ubuntu%-20%.04%-(.*)%.charm$")
    if arch then
      return arch
    end
  end
  error "dist/ has no temporal-k8s: make charms"
end

-- A server of the name that the layer runs, that does nothing.
local function fake_workload()
  assert(fs.mkdirs "/bench/bin")
  assert(fs.write("/bench/bin/temporal-server",
    "#!/bin/sh\nexec sleep infinity\n", { mode = tonumber("755", 8) }))
end

local function database()
  local server = postgres.start()
  server:connect():query 'create database "temporal-k8s"'
  local connection = server:connect { dbname = "temporal-k8s" }
  for _, sql in ipairs(SQL) do
    assert(connection:query(sql))
  end
  connection:close()
  return server, server:options { dbname = "temporal-k8s" }
end

---@class bench.Stage a charm that was led to where an event is measured
---@field charm bench.Charm
---@field world bench.World
---@field pebble string

-- What happened to the unit before, told to the charm event by event.
local function stage(bench, kind, steps, target)
  local charm = charm_of(kind)
  local world = worlds.alone()
  local pebble = pebbles.start(("%s/pebble-%s-%d"):format(peers.ROOT, kind,
    #bench.pebbles + 1))
  table.insert(bench.pebbles, pebble)
  local function tell(event)
    bench:look(charm:on(event, { world = world, pebble = pebble.socket }))
  end
  tell(CONFIG)
  for _, step in ipairs(steps) do
    if step == "relate" then
      world.relations = worlds.related(world).relations
      tell(DB_JOINED)
    elseif step == "master" then
      worlds.add_master(world, target)
    elseif step == "schema" then
      worlds.add_schema(world)
    else
      tell(step)
    end
  end
  agent.freeze(world)
  if kind == "ops" then
    charm:save()
  end
  return { charm = charm, world = world, pebble = pebble.socket }
end

local function on(at, event, name)
  return at.charm:on(event,
    { name = name, world = at.world, pebble = at.pebble })
end

local function series(bench, title, event, stages)
  local ours, theirs = on(stages.ours, event), on(stages.ops, event)
  local our_calls, their_calls = bench:look(ours), bench:look(theirs)
  return bench:series(title, {
    ours,
    theirs,
    peers.floor("static C, our calls", our_calls,
      { like = ours, pebble = stages.ours.pebble }),
    peers.floor("static C, ops's calls", their_calls,
      { like = theirs, pebble = stages.floor }),
    peers.floor("static C, ops's calls, exec", their_calls,
      { like = theirs, pebble = stages.floor, exec = true }),
    peers.program("/bin/true", { "/bin/true" }),
  })
end

local BLOCKED <const> = {}
local MASTER_COMES <const> = { "relate", "master" }
local READY <const> = { "relate", "master", DB, "schema", ADMIN, CONFIG }

local function stages_of(bench, steps, target)
  local floor = pebbles.start(("%s/pebble-floor-%d"):format(peers.ROOT,
    #bench.pebbles + 1))
  table.insert(bench.pebbles, floor)
  local at = {
    ours = stage(bench, "charmhost", steps, target),
    ops = stage(bench, "ops", steps, target),
    floor = floor.socket,
  }
  return at
end

local function run(bench, target)
  local blocked = stages_of(bench, BLOCKED, target)
  local master = stages_of(bench, MASTER_COMES, target)
  local ready = stages_of(bench, READY, target)
  return {
    series(bench, "config-changed, blocked", CONFIG, blocked),
    series(bench, "update-status, blocked", STATUS, blocked),
    series(bench, "db-relation-changed, the master appears", DB, master),
    series(bench, "config-changed, nothing new", CONFIG, ready),
  }
end

---@param bench bench.Bench
---@return table[] series
function M.run(bench)
  bench.pebbles = {}
  fake_workload()
  frontend.start(bench.loop, worlds.ADDRESS, FRONTEND_PORT)
  local server, target = database()
  local ok, result = xpcall(run, debug.traceback, bench, target)
  for _, pebble in ipairs(bench.pebbles) do
    pebble.process:kill("TERM") -- it ends its services, which outlive a kill
    pebble.process:wait(STOP_SECONDS)
    pebble.process:close()
  end
  server:stop()
  return ok and result or error(result, 0)
end

return M
