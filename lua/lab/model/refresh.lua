-- SPDX-License-Identifier: Apache-2.0
-- Another charm for an application: what must still fit, and what changes.
-- The units' agents then run upgrade-charm. Pure.
local names = require "lab.names"
local storages = require "lab.model.storages"
local relations = require "lab.model.relations"

local M = {}

local function breaks(relation, own, charm)
  local endpoint <const> = charm.endpoints[own.name]
  return not endpoint or endpoint.role ~= own.role
    or endpoint.interface ~= relation.interface
end

-- Why the charm cannot take the other's place, or nil.
local function refusal(model, application, charm)
  if charm.name ~= application.charm.name then
    return ('cannot upgrade "%s" to "%s"'):format(application.charm.name,
      charm.name)
  end
  for _, relation in names.each(model.relations) do
    local own <const> = relations.sides(relation, application.name)
    if own and own.role ~= "peer" and breaks(relation, own, charm) then
      return ('cannot upgrade application "%s" to charm "%s": would break '
        .. 'relation "%s"'):format(application.name, charm.name,
        relations.key(relation.endpoints))
    end
  end
end

-- Options that are no more, or of another type, lose what was set.
local function keep_config(application, charm)
  for name in names.each(application.config) do
    local before <const>, now <const> =
      application.charm.options[name], charm.options[name]
    if not now or now.type ~= before.type then
      application.config[name] = nil
    end
  end
end

local function add_storage(model, application)
  for _, unit in names.each(model.units) do
    if unit.application == application.name then
      storages.fill(model, unit.storage, application.charm)
    end
  end
end

---Puts a charm in place of an application's own.
---@param model table
---@param application table
---@param charm lab.Charm
---@param resources table<string, string>
---@return true?
---@return string? message
function M.run(model, application, charm, resources)
  local message = refusal(model, application, charm)
  for name in names.each(resources) do
    if not message and not charm.resources[name] then
      message = ('unrecognized resource "%s"'):format(name)
    end
  end
  if message then
    return nil, message
  end
  keep_config(application, charm)
  application.charm = charm
  application.charm_version = application.charm_version + 1
  for name, image in pairs(resources) do
    application.resources[name] = image
  end
  add_storage(model, application)
  relations.add_peers(model, application)
  return true
end

return M
