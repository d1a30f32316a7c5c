-- SPDX-License-Identifier: Apache-2.0
-- The model: one plain table (it is what the disk holds) and its transitions:
-- applications, units, leadership, statuses. Relations, actions and options
-- are in lab.model.*; which hook comes next, in lab.order. Pure.
local configs = require "lab.model.config"
local names = require "lab.names"

local M = {}

---@class lab.Status
---@field status string
---@field message string
---@field since number

---@class lab.Unit
---@field name string
---@field application string
---@field address string
---@field life "alive"|"dying"|"dead"
---@field agent lab.Status
---@field workload lab.Status
---@field state table<string, string> the charm's state-set
---@field ports table<string, true>
---@field storage table<string, { name: string, attached: boolean? }>
---@field uniter table what the unit agent remembers (lab.order)

local ADDRESSES <const> = 254

M.defaults = {
  ["logging-config"] = "<root>=INFO",
  ["update-status-hook-interval"] = "5m",
  ["automatically-retry-hooks"] = "true",
  ["agent-version"] = "3.6.26",
}

---@param options { name: string, uuid: string, index: integer, network: integer }
---@return table model
function M.new(options)
  return {
    name = options.name,
    uuid = options.uuid,
    index = options.index,
    network = options.network,
    config = {},
    applications = {},
    units = {},
    relations = {},
    actions = {},
    next_relation = 0,
    next_task = 1,
    next_storage = 0,
    next_address = 1,
  }
end

---@param model table
---@param key string
---@return string
function M.setting(model, key)
  local value <const> = model.config[key]
  return value ~= nil and value or M.defaults[key]
end

---@return lab.Status
function M.status(status, message, now)
  return { status = status, message = message or "", since = now }
end

-- 127.NETWORK.MODEL.n: no two models of a machine share one. The next number
-- that no unit has, so that an address comes back late.
local function new_address(model)
  local taken <const> = {}
  for _, unit in pairs(model.units) do
    taken[unit.address] = true
  end
  for _ = 1, ADDRESSES do
    local address <const> = ("127.%d.%d.%d"):format(model.network,
      model.index % 256, model.next_address)
    model.next_address = model.next_address % ADDRESSES + 1
    if not taken[address] then
      return address
    end
  end
  error(("a model has %d addresses at most"):format(ADDRESSES))
end

local function new_storage(model, charm)
  local storage <const> = {}
  for name in names.each(charm.storage) do
    storage[("%s/%d"):format(name, model.next_storage)] = { name = name }
    model.next_storage = model.next_storage + 1
  end
  return storage
end

---@param model table
---@param app string
---@param now number
---@return lab.Unit
function M.add_unit(model, app, now)
  local application <const> = model.applications[app]
  local unit <const> = {
    name = ("%s/%d"):format(app, application.next_unit),
    application = app,
    address = new_address(model),
    life = "alive",
    agent = M.status("allocating", "", now),
    workload = M.status("waiting", "installing agent", now),
    state = {},
    ports = {},
    storage = new_storage(model, application.charm),
    uniter = {
      installed = false,
      started = false,
      leader = false,
      config_version = 0,
      leader_settings = 0,
      queue = {},
      relations = {},
      containers = {},
    },
  }
  application.next_unit = application.next_unit + 1
  application.leader = application.leader or unit.name
  model.units[unit.name] = unit
  return unit
end

local function unknown_resource(charm, resources)
  for name in names.each(resources) do
    if not charm.resources[name] then
      return ('unrecognized resource "%s"'):format(name)
    end
  end
end

---@param model table
---@param options { name: string, charm: lab.Charm, origin: table,
---  config: table<string, string>, resources: table<string, string>,
---  trust: boolean }
---@return table? application
---@return string? message
function M.add_application(model, options)
  local name <const> = options.name
  if not names.is_application(name) then
    return nil, ('invalid application name "%s"'):format(name)
  end
  if model.applications[name] then
    return nil, ('cannot add application "%s": application already exists')
      :format(name)
  end
  local config, why = configs.read_all(options.charm, options.config)
  local resource_why <const> =
    unknown_resource(options.charm, options.resources)
  if not config or resource_why then
    return nil, why or resource_why
  end
  local application <const> = {
    name = name,
    charm = options.charm,
    origin = options.origin,
    config = config,
    config_version = 1,
    resources = options.resources,
    trust = options.trust or false,
    life = "alive",
    next_unit = 0,
    leader_settings = {},
    leader_settings_version = 0,
  }
  model.applications[name] = application
  return application
end

---@param model table
---@param name string
---@return table? application
---@return string? message
function M.application(model, name)
  local application <const> = model.applications[name]
  if not application then
    return nil, ('application "%s" not found'):format(name)
  end
  return application
end

---The units of an application, by number.
---@param model table
---@param app string
---@return lab.Unit[]
function M.units_of(model, app)
  local units <const> = {}
  for _, unit in names.each(model.units) do
    if unit.application == app then
      units[#units + 1] = unit
    end
  end
  return units
end

---@param model table
---@param unit lab.Unit
---@return boolean
function M.is_leader(model, unit)
  return model.applications[unit.application].leader == unit.name
end

---Marks an application and its units as dying; its hooks then end it.
---@param model table
---@param application table
---@param force boolean failing hooks count as done
function M.remove_application(model, application, force)
  application.life = "dying"
  for _, unit in ipairs(M.units_of(model, application.name)) do
    if unit.life == "alive" then
      unit.life = "dying"
    end
    unit.force = force or unit.force
  end
  for _, relation in pairs(model.relations) do
    for _, endpoint in ipairs(relation.endpoints) do
      if endpoint.application == application.name then
        relation.life = "dying"
      end
    end
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

---Forgets a unit; the last one of a dying application takes it along.
---@param model table
---@param name string
function M.forget_unit(model, name)
  local unit <const> = model.units[name]
  local application <const> = model.applications[unit.application]
  model.units[name] = nil
  for _, relation in pairs(model.relations) do
    relation.scope[name] = nil
  end
  if application.leader == name then
    local left <const> = M.units_of(model, application.name)[1]
    application.leader = left and left.name or nil
  end
  for id, action in pairs(model.actions) do
    if action.unit == name and
      (action.status == "pending" or action.status == "running") then
      model.actions[id].status = "aborted"
    end
  end
  if application.life == "dying" and not application.leader then
    model.applications[application.name] = nil
  end
  sweep_relations(model)
end

---@param model table
function M.sweep(model)
  sweep_relations(model)
end

return M
