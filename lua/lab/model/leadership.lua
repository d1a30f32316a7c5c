-- SPDX-License-Identifier: Apache-2.0
-- Who leads an application: the lease, granted to one unit at a time. A unit
-- that leaves, or whose agent is away, loses it to another. Pure.
local names = require "lab.names"
local seed = require "lab.seed"

local M = {}

-- A unit that stays before one that goes, one that runs before one that is
-- away; among equals the seed.
local function candidates(model, app, loser)
  local ranks <const> = { {}, {}, {} }
  for name, unit in names.each(model.units) do
    if unit.application == app and name ~= loser then
      local rank <const> = unit.away and 3 or unit.life ~= "alive" and 2 or 1
      table.insert(ranks[rank], name)
    end
  end
  for _, found in ipairs(ranks) do
    if #found > 0 then
      return found
    end
  end
  return {}
end

local function grant(model, application, found)
  application.terms = (application.terms or 0) + 1
  application.leader = seed.arrange(model, found, "leader", application.name,
    application.terms)[1]
end

---Elects a leader where there is none.
---@param model table
---@param application table
function M.elect(model, application)
  if not application.leader then
    grant(model, application, candidates(model, application.name))
  end
end

---Ends the unit's lease, if it has it and there is another to take it.
---@param model table
---@param unit lab.Unit
---@return boolean lost
function M.revoke(model, unit)
  local application <const> = model.applications[unit.application]
  local found <const> = candidates(model, application.name, unit.name)
  if application.leader ~= unit.name or #found == 0
    or model.units[found[1]].away then
    return false
  end
  unit.uniter.leader = false
  grant(model, application, found)
  return true
end

return M
