-- SPDX-License-Identifier: Apache-2.0
-- The model: one plain table (it is what the disk holds) and its transitions:
-- applications, units, statuses. Leadership, relations, actions, options and
-- removal are in lab.model.*; which hook comes next, in lab.order. Pure.
local configs = require "lab.model.config"
local leadership = require "lab.model.leadership"
local names = require "lab.names"
local storages = require "lab.model.storages"

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
---@field force boolean? its failing hooks count as done
---@field away boolean? its pod does not run
---@field destroy_storage boolean? its storages go with it

local ADDRESSES <const> = 254

M.defaults = {
  ["logging-config"] = "<root>=INFO",
  ["update-status-hook-interval"] = "5m",
  ["automatically-retry-hooks"] = "true",
  ["agent-version"] = "3.6.26",
  ["clock-offset"] = "0s",
}

---@param options { name: string, uuid: string, index: integer,
---  network: integer, seed: integer? }
---@return table model
function M.new(options)
  return {
    name = options.name,
    uuid = options.uuid,
    index = options.index,
    network = options.network,
    seed = options.seed or 0,
    config = {},
    applications = {},
    units = {},
    relations = {},
    actions = {},
    secrets = {},
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
  local found <const> = {}
  storages.fill(model, found, charm)
  return found
end

local function new_unit(model, app, now)
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
      charm_version = application.charm_version,
      leader_settings = 0,
      turn = 0,
      queue = {},
      relations = {},
      containers = {},
    },
  }
  application.next_unit = application.next_unit + 1
  model.units[unit.name] = unit
  return unit
end

---Adds units; the first ones of an application elect a leader.
---@param model table
---@param app string
---@param count integer
---@param now number
---@return lab.Unit[]
function M.add_units(model, app, count, now)
  local units <const> = {}
  for i = 1, count do
    units[i] = new_unit(model, app, now)
  end
  if count > 0 then
    leadership.elect(model, model.applications[app])
  end
  return units
end

---@param model table
---@param app string
---@param now number
---@return lab.Unit
function M.add_unit(model, app, now)
  return M.add_units(model, app, 1, now)[1]
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
    charm_version = 0,
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

return M
