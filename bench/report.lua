-- SPDX-License-Identifier: Apache-2.0
-- What was measured, as text. Pure.
local stats = require "stats"

local M = {}

local HEAD <const> = { "", "wall ms min / median / max", "CPU ms median",
  "peak MiB", "programs", "processes", "hook tools", "Pebble requests",
  "of ops" }

local function row(result, ops)
  local seen = result.seen
  return {
    result.subject.name,
    stats.triple(result.wall),
    stats.number(result.cpu.median),
    ("%.1f"):format(result.peak.max),
    tostring(seen.execs),
    tostring(seen.processes),
    tostring(#seen.tools),
    tostring(#seen.requests),
    ops and ops ~= result and stats.ratio(result.wall.median / ops.wall.median)
      or "",
  }
end

---@param results table<string, bench.Result>
---@return string
function M.series(results)
  local rows = { HEAD }
  for _, result in ipairs(results) do
    rows[#rows + 1] = row(result, results.ops)
  end
  return ("### %s\n\n%s"):format(results.title, stats.markdown(rows))
end

---@param goals bench.Goal[]
---@return string
function M.goals(goals)
  local rows = { { "goal", "wanted", "measured", "" } }
  for _, goal in ipairs(goals) do
    rows[#rows + 1] = { goal.name, goal.wanted, goal.measured,
      goal.met and "met" or "missed" }
  end
  return "### Goals\n\n" .. stats.markdown(rows)
end

return M
