-- SPDX-License-Identifier: Apache-2.0
-- What is wanted, against what was measured. Ratios are of medians of one
-- run. Pure.
local stats = require "stats"

local M = {}

---@class bench.Goal
---@field name string
---@field wanted string
---@field measured string
---@field met boolean

---@param name string
---@param value number
---@param limit number
---@param unit? string
local function at_most(name, value, limit, unit)
  return {
    name = name,
    wanted = ("at most %g%s"):format(limit, unit or ""),
    measured = stats.number(value) .. (unit or ""),
    met = value <= limit,
  }
end

local function at_least(name, value, limit)
  return {
    name = name,
    wanted = ("at least %g"):format(limit),
    measured = stats.number(value),
    met = value >= limit,
  }
end

local function wall(results, name)
  return results[name].wall.median
end

local function of_empty(results)
  local ours = wall(results, "charmhost")
  return {
    at_most("empty dispatch, times /bin/true",
      ours / wall(results, "/bin/true"), 2),
    at_least("empty dispatch, times faster than ops",
      wall(results, "ops") / ours, 60),
    at_most("empty dispatch, peak memory", results.charmhost.peak.median, 4,
      " MiB"),
  }
end

local function of_start(results)
  local ours = results.charmhost
  return {
    at_most("start, times /bin/true",
      ours.wall.median / wall(results, "/bin/true"), 2),
    at_most("start, peak memory", ours.peak.max, 2.5, " MiB"),
  }
end

local function of_install(results)
  local packed = results.archives
  return {
    at_least("install from the .charm, times faster than ops",
      wall(results, "ops") / wall(results, "charmhost"), 20),
    at_least("the same, all of a venv packed",
      wall(results, "ops, all of a venv") / wall(results, "charmhost"), 20),
    at_most("the .charm, times the one with ops",
      packed.charmhost.bytes / packed.ops.bytes, 1),
  }
end

local function of_event(results)
  local title, ours = results.title, wall(results, "charmhost")
  return {
    at_least(title .. ": times faster than ops", wall(results, "ops") / ours,
      50),
    at_most(title .. ": beyond static C with our calls",
      ours - wall(results, "static C, our calls"), 2.5, " ms"),
    at_most(title .. ": programs", results.charmhost.seen.execs, 1),
  }
end

local function of_ready(results)
  local ours, title = wall(results, "charmhost"), results.title
  return {
    at_most(title .. ": times static C with ops's calls, by the socket",
      ours / wall(results, "static C, ops's calls"), 1),
    at_most(title .. ": the same, hook tools run as ops does",
      ours / wall(results, "static C, ops's calls, exec"), 1),
    at_least(title .. ": times less processor than ops",
      results.ops.cpu.median / results.charmhost.cpu.median, 50),
  }
end

local function of_doors(results)
  local calls = results.calls
  local function per_call(who, door)
    local many = ("%s, %s, %d"):format(who, door, calls + 1)
    return (wall(results, many)
      - wall(results, ("%s, %s, 1"):format(who, door))) / calls * 1000
  end
  local ours = per_call("charmhost", "socket")
  return {
    at_most("hook tool by the socket: beyond static C's",
      ours - per_call("static C", "socket"), 100, " µs"),
    at_least("hook tool by the socket: times cheaper than as a program",
      per_call("charmhost", "exec") / ours, 20),
  }
end

local function grows(results, large, small, limit)
  return at_most(("%s: %s, times %s"):format(results.title, large, small),
    wall(results, "charmhost, " .. large)
      / wall(results, "charmhost, " .. small), limit)
end

local function of_keys(results)
  return { grows(results, "1000 keys", "10 keys", 1.5) }
end

local function of_relations(results)
  return { grows(results, "1000", "1", 1.3) }
end

local function of_deferred(results)
  local list = {}
  for i, what in ipairs { "1000 wait on", "1000 end" } do
    list[i] = at_most("deferred events: " .. what,
      wall(results, "charmhost, " .. what), 100, " ms")
  end
  return list
end

local CHECKS <const> = {
  { "start: run of an empty script", of_start },
  { "install, from the .charm", of_install },
  { "empty dispatch", of_empty },
  { "config-changed, blocked", of_event },
  { "db-relation-changed, the master appears", of_event },
  { "config-changed, nothing new", of_ready },
  { "one hook tool call", of_doors },
  { "keys of state, one changed", of_keys },
  { "relations of the endpoint, one touched", of_relations },
  { "deferred events", of_deferred },
}

---@param all table<string, table> series by title
---@return bench.Goal[]
function M.check(all)
  local goals = {}
  for _, row in ipairs(CHECKS) do
    local results = all[row[1]]
    for _, goal in ipairs(results and row[2](results) or {}) do
      goals[#goals + 1] = goal
    end
  end
  return goals
end

return M
