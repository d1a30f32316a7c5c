-- SPDX-License-Identifier: Apache-2.0
-- What people look at: the model's status in Juju's JSON form, one unit.
local json = require "std.json"
local models = require "lab.model"
local names = require "lab.names"
local paths = require "lab.paths"
local relations = require "lab.model.relations"
local sys = require "host.sys"
local times = require "std.time"

local M = {}

local SEVERITY <const> = {
  error = 8, blocked = 7, waiting = 6, maintenance = 5, active = 4,
  terminated = 3, unknown = 2,
}

local function shown(status)
  return {
    current = status.status,
    message = status.message ~= "" and status.message or nil,
    since = times.rfc3339(status.since),
  }
end

-- A failed hook shows as the workload's error, beside an idle agent.
local function unit_statuses(unit)
  if unit.agent.status == "error" then
    return unit.agent,
      models.status("idle", "", unit.agent.since)
  end
  return unit.workload, unit.agent
end

-- What the leader set, or the worst of the units.
local function application_status(model, application)
  if application.status then
    return application.status
  end
  local worst
  for _, unit in ipairs(models.units_of(model, application.name)) do
    local workload <const> = unit_statuses(unit)
    if not worst or (SEVERITY[workload.status] or 0)
      > (SEVERITY[worst.status] or 0) then
      worst = workload
    end
  end
  return worst or models.status("unknown", "", sys.time())
end

local function port_list(unit)
  return json.array(names.sorted(unit.ports))
end

local function unit_json(model, unit)
  local workload, agent = unit_statuses(unit)
  return {
    address = unit.address,
    leader = models.is_leader(model, unit) or nil,
    ["workload-status"] = shown(workload),
    ["juju-status"] = shown(agent),
    ["open-ports"] = port_list(unit),
    life = unit.life ~= "alive" and unit.life or nil,
  }
end

local function application_relations(model, app)
  local found <const> = {}
  for _, relation in names.each(model.relations) do
    local own <const>, remote <const> = relations.sides(relation, app)
    if own then
      found[own.name] = found[own.name] or json.array()
      table.insert(found[own.name], {
        ["related-application"] = remote.application,
        interface = relation.interface,
        scope = "global",
      })
    end
  end
  return found
end

local function application_json(model, application)
  local units <const>, count = {}, 0
  for _, unit in ipairs(models.units_of(model, application.name)) do
    units[unit.name] = unit_json(model, unit)
    count = count + 1
  end
  local leader <const> = model.units[application.leader]
  return {
    charm = application.origin.charm,
    ["charm-origin"] = application.origin.from,
    ["charm-name"] = application.origin.charm,
    ["charm-rev"] = 0,
    ["charm-channel"] = application.origin.channel,
    scale = count,
    address = leader and leader.address,
    exposed = false,
    ["application-status"] = shown(application_status(model, application)),
    version = application.version,
    life = application.life ~= "alive" and application.life or nil,
    relations = application_relations(model, application.name),
    units = units,
  }
end

-- One row a relation, as `status --relations` has it.
local function relation_rows(model)
  local rows <const> = json.array()
  for _, relation in names.each(model.relations) do
    local provider, requirer = table.unpack(relation.endpoints)
    if provider.role == "requirer" then
      provider, requirer = requirer, provider
    end
    requirer = requirer or provider
    table.insert(rows, {
      provider = ("%s:%s"):format(provider.application, provider.name),
      requirer = ("%s:%s"):format(requirer.application, requirer.name),
      interface = relation.interface,
      type = provider == requirer and "peer" or "regular",
      message = relation.life == "dying" and "removing" or "",
    })
  end
  table.sort(rows, function(a, b)
    return a.provider .. " " .. a.requirer < b.provider .. " " .. b.requirer
  end)
  return rows
end

M.status = function(controller, call)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local model <const> = world.model
  local applications <const> = {}
  for name, application in pairs(model.applications) do
    applications[name] = application_json(model, application)
  end
  return {
    model = {
      name = model.name, type = "caas", controller = controller.record.name,
      cloud = controller.record.cloud,
      version = models.setting(model, "agent-version"),
      sla = "unsupported",
      ["model-status"] = {
        current = world.disk.problem and "error" or "available",
        message = world.disk.problem,
      },
    },
    machines = {},
    applications = applications,
    integrations = relation_rows(model),
    controller = { timestamp = times.rfc3339(sys.time()):sub(12) },
  }
end

-- As `juju show-unit`: the databags of the other side, and the unit's own.
local function databags(relation, unit, remote)
  local related <const> = {}
  local row <const> = {
    ["application-data"] = relation.bags[remote.application] or {},
    ["related-units"] = related,
  }
  for name in names.each(relation.scope) do
    local seen <const> = {
      ["in-scope"] = true, data = relation.bags[name] or {},
    }
    if name == unit.name then
      row["local-unit"] = seen
    else
      related[name] = seen
    end
  end
  return row
end

M["show-unit"] = function(controller, call)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local unit <const> = world.model.units[call.unit]
  if not unit then
    return nil, ('unit "%s" not found'):format(call.unit)
  end
  local found <const> = json.array()
  for id, relation in names.each(world.model.relations) do
    local own <const>, remote <const> =
      relations.sides(relation, unit.application)
    if own then
      local row <const> = databags(relation, unit, remote)
      row["relation-id"] = math.tointeger(tonumber(id))
      row.endpoint = own.name
      row["related-endpoint"] = remote.name
      table.insert(found, row)
    end
  end
  local folders <const> = paths.unit(world.data, world.model.name, unit.name)
  return {
    [unit.name] = {
      address = unit.address,
      leader = models.is_leader(world.model, unit),
      life = unit.life,
      charm = world.model.applications[unit.application].origin.charm,
      ["charm-folder"] = folders.charm,
      ["container-file-systems"] = folders.rootfs,
      ["relation-info"] = found,
    },
  }
end

return M
