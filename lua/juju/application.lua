-- SPDX-License-Identifier: Apache-2.0
-- The application as a whole (application-version-set, goal-state).
local tool = require "juju.tool"

local M = {}

--- The version of the workload, as `status` shows it.
---@param version string
---@return true?
---@return std.Error? err
function M.set_version(version)
  local out, err = tool.call("application-version-set", { "--", version },
    { tried = ("set the workload version %s"):format(version) })
  return out and true, err
end

---@class juju.Goal
---@field units table<string, {status: string, since: string}>
---@field relations table<string, table<string, {status: string, since: string}>>

--- What the model shall become.
---@return juju.Goal?
---@return std.Error? err
function M.goal_state()
  local goal, err = tool.read("goal-state", { "--format=json" }, "table",
    "read the goal state")
  if err then
    return nil, err
  end
  goal = goal or {}
  return { units = goal.units or {}, relations = goal.relations or {} }
end

--- How many units there shall be, this one included.
---@return integer?
---@return std.Error? err
function M.planned_units()
  local goal, err = M.goal_state()
  if not goal then
    return nil, err
  end
  local count = 0
  for _, unit in pairs(goal.units) do
    if unit.status ~= "dying" then
      count = count + 1
    end
  end
  return count
end

return M
