-- SPDX-License-Identifier: Apache-2.0
-- The end of units, applications and relations: dying while hooks end them,
-- then gone from the model. Pure.
local leadership = require "lab.model.leadership"
local models = require "lab.model"
local names = require "lab.names"

local M = {}

---Marks units as dying; their hooks then end them.
---@param units lab.Unit[]
---@param force boolean? failing hooks count as done
function M.units(units, force)
  for _, unit in ipairs(units) do
    unit.life = "dying"
    unit.force = force or unit.force
  end
end

-- A dying relation is gone once no unit is in its scope.
local function sweep_relations(model)
  for id, relation in names.each(model.relations) do
    if relation.life == "dying" and not next(relation.scope) then
      model.relations[id] = nil
    end
  end
end

local function drop_if_empty(model, application)
  if application.life == "dying"
    and #models.units_of(model, application.name) == 0 then
    model.applications[application.name] = nil
  end
end

---Marks an application and its units as dying; its hooks then end it. Without
---units it is gone at once.
---@param model table
---@param application table
---@param force boolean failing hooks count as done
function M.application(model, application, force)
  application.life = "dying"
  M.units(models.units_of(model, application.name), force)
  for _, relation in pairs(model.relations) do
    for _, endpoint in ipairs(relation.endpoints) do
      if endpoint.application == application.name then
        relation.life = "dying"
      end
    end
  end
  drop_if_empty(model, application)
  sweep_relations(model)
end

---Forgets a unit; the last one of a dying application takes it along.
---@param model table
---@param name string
function M.forget(model, name)
  local unit <const> = model.units[name]
  local application <const> = model.applications[unit.application]
  model.units[name] = nil
  for _, relation in pairs(model.relations) do
    relation.scope[name] = nil
  end
  if application.leader == name then
    application.leader = nil
    leadership.elect(model, application)
  end
  for id, action in pairs(model.actions) do
    if action.unit == name and
      (action.status == "pending" or action.status == "running") then
      model.actions[id].status = "aborted"
    end
  end
  drop_if_empty(model, application)
  sweep_relations(model)
end

---Forgets the relations that have come to their end.
---@param model table
function M.sweep(model)
  sweep_relations(model)
end

return M
