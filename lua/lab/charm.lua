-- SPDX-License-Identifier: Apache-2.0
-- What the model knows of a charm: endpoints, containers, storages, resources,
-- options and actions, read from the three YAML files of its folder.
local config_rules = require "cli.charm.config"
local files = require "lab.charmfiles"
local names = require "lab.names"
local null = require "std.null"
local storages = require "lab.model.storages"

local M = {}

---@class lab.Charm
---@field name string
---@field endpoints table<string, { interface: string, role: string, limit: integer? }>
---@field containers table<string, { resource: string?, mounts: table[] }>
---@field storage table<string, lab.StorageMeta>
---@field resources table<string, { type: string, description: string? }>
---@field options table<string, { type: string, default: any }>
---@field actions table<string, { params: table, required: string[], additional: boolean }>

local ROLES <const> =
  { provides = "provider", requires = "requirer", peers = "peer" }

local function known(value)
  if value ~= null then
    return value
  end
end

local function endpoints(metadata)
  local found <const> = {}
  for section, role in pairs(ROLES) do
    for name, about in pairs(known(metadata[section]) or {}) do
      if type(about) == "string" then
        about = { interface = about }
      end
      if about == null or not known(about.interface) then
        return nil, ('metadata.yaml: endpoint "%s" has no interface')
          :format(name)
      end
      found[name] = {
        interface = about.interface,
        role = role,
        limit = known(about.limit),
      }
    end
  end
  return found
end

local function mount_of(container, mount, storage)
  local source <const> = storage[mount.storage]
  if not source then
    return nil, ('metadata.yaml: container "%s" mounts the unknown storage '
      .. '"%s"'):format(container, tostring(known(mount.storage)))
  end
  local location <const> = known(mount.location) or source.location
  if not location then
    return nil, ('metadata.yaml: container "%s": the mount of "%s" has no '
      .. "location"):format(container, mount.storage)
  end
  return { storage = mount.storage, location = location }
end

local function container_of(name, about, storage, resources)
  local resource <const>, mounts <const> = known(about.resource), {}
  if resource and not resources[resource] then
    return nil, ('metadata.yaml: container "%s" wants the unknown resource '
      .. '"%s"'):format(name, resource)
  end
  for i, mount in ipairs(known(about.mounts) or {}) do
    local message
    mounts[i], message = mount_of(name, mount, storage)
    if message then
      return nil, message
    end
  end
  return { resource = resource, mounts = mounts }
end

local function containers(metadata, storage, resources)
  local found <const> = {}
  for name, about in names.each(known(metadata.containers) or {}) do
    local message
    found[name], message =
      container_of(name, known(about) or {}, storage, resources)
    if message then
      return nil, message
    end
  end
  return found
end

local function options(config)
  local found <const> = {}
  for name, about in names.each(known(config.options) or {}) do
    about = known(about) or {}
    local kind <const>, default <const> =
      known(about.type) or "string", known(about.default)
    local fits <const> = config_rules.DEFAULTS[kind]
    if default ~= nil and not fits[math.type(default) or type(default)] then
      return nil, ('config.yaml: the default of option "%s" is no %s')
        :format(name, kind)
    end
    found[name] = { type = kind, default = default }
  end
  return found
end

local function actions(file)
  local found <const> = {}
  for name, about in pairs(file) do
    about = known(about) or {}
    found[name] = {
      params = known(about.params) or {},
      required = known(about.required) or {},
      additional = about.additionalProperties ~= false,
      description = known(about.description),
    }
  end
  return found
end

local function some(map, fields)
  local found <const> = {}
  for name, about in pairs(known(map) or {}) do
    found[name] = {}
    about = known(about) or {}
    for _, field in ipairs(fields) do
      found[name][field] = known(about[field])
    end
  end
  return found
end

local function read_files(folder)
  local found <const> = {}
  for _, file in ipairs { "metadata.yaml", "config.yaml", "actions.yaml" } do
    local value, why = files.read(folder, file, file == "metadata.yaml")
    if not value then
      return nil, why
    end
    found[file] = value
  end
  return found
end

---@param folder string an unpacked charm
---@return lab.Charm?
---@return string? message
function M.read(folder)
  local found, why = read_files(folder)
  if not found then
    return nil, why
  end
  local metadata <const> = found["metadata.yaml"]
  if not known(metadata.name) then
    return nil, "metadata.yaml: it has no name"
  end
  local storage, storage_why = storages.read(known(metadata.storage) or {})
  if not storage then
    return nil, storage_why
  end
  local resources <const> = some(metadata.resources, { "type", "description" })
  local endpoint_map, endpoint_why = endpoints(metadata)
  local option_map, option_why = options(found["config.yaml"])
  local container_map, container_why = containers(metadata, storage, resources)
  if not endpoint_map or not option_map or not container_map then
    return nil, endpoint_why or option_why or container_why
  end
  return {
    name = metadata.name,
    summary = known(metadata.summary),
    endpoints = endpoint_map,
    containers = container_map,
    storage = storage,
    resources = resources,
    options = option_map,
    actions = actions(found["actions.yaml"]),
  }
end

return M
