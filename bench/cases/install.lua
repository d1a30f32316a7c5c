-- SPDX-License-Identifier: Apache-2.0
-- From the .charm to the end of the first `install` hook: unpacked on the
-- machine's disk, each file synced as Juju's agent does, then dispatched.
local agent = require "agent"
local fs = require "host.fs"
local peers = require "peers"
local temporal = require "cases.temporal"
local worlds = require "worlds"

local M = {}

local UNITS <const> = "build/bench/units"
local INSTALL <const> = { name = "install" }

local function files_below(folder)
  local count = 0
  for _, name in ipairs(assert(fs.list(folder))) do
    local path = folder .. "/" .. name
    count = count + (assert(fs.lstat(path)).type == "directory"
      and files_below(path) or 1)
  end
  return count
end

-- Each run finds no unit's folder.
local function subject(name, archive, world)
  local root = assert(fs.realpath(UNITS))
  local dir = ("%s/%s"):format(root, (name:gsub("%W+", "-")))
  local charm = setmetatable({ kind = name, dir = dir, unit = "temporal-k8s/0",
    argv = { assert(fs.realpath "build/bench/unpack"),
      assert(fs.realpath(archive)), dir } }, peers.Charm)
  return charm:on(INSTALL, {
    world = world,
    cwd = root,
    reset = function()
      assert(fs.remove_all(dir))
      assert(fs.mkdirs(dir))
    end,
  })
end

local function only_unpacking(of, name)
  local argv = table.move(of.argv, 1, #of.argv, 1, {})
  argv[#argv + 1] = "-"
  return { name = name, argv = argv, env = of.env, cwd = of.cwd,
    reset = of.reset }
end

local function describe(archive, dir)
  local bytes, files = assert(fs.stat(archive)).size, files_below(dir)
  return { bytes = bytes, files = files }
end

---@param bench bench.Bench
---@return table[] series
function M.run(bench)
  assert(fs.mkdirs(UNITS))
  local world = worlds.alone()
  agent.freeze(world)
  local archives = {
    { "charmhost", temporal.ARCHIVE:format(temporal.arch()) },
    { "ops", "build/bench/ops-pip.charm" },
    { "ops, all of a venv", "build/bench/ops-venv.charm" },
  }
  local whole, unpacked = {}, {}
  for i, row in ipairs(archives) do
    whole[i] = subject(row[1], row[2], world)
    unpacked[i] = only_unpacking(whole[i], row[1] .. ", only unpacked")
  end
  local results = bench:series("install, from the .charm",
    table.move(unpacked, 1, #unpacked, #whole + 1, whole))
  results.archives = {}
  for i, row in ipairs(archives) do
    local it = describe(row[2], unpacked[i].argv[3])
    results.archives[row[1]] = it
    io.stdout:write(("%s: %d bytes packed, %d files unpacked\n"):format(row[1],
      it.bytes, it.files))
  end
  assert(fs.remove_all(UNITS))
  return { results }
end

return M
