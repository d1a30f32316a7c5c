-- SPDX-License-Identifier: Apache-2.0
-- What the model knows of a charm: endpoints, containers, storages, resources,
-- options and actions, read from the three YAML files of its folder.
local fs = require "host.fs"
local names = require "lab.names"
local null = require "std.null"
local yaml = require "std.yaml"

local M = {}

---@class lab.Charm
---@field name string
---@field endpoints table<string, { interface: string, role: string, limit: integer? }>
---@field containers table<string, { resource: string?, mounts: table[] }>
---@field storage table<string, { type: string, location: string? }>
---@field resources table<string, { type: string, description: string? }>
---@field options table<string, { type: string, default: any }>
---@field actions table<string, { params: table, required: string[], additional: boolean }>

local ROLES <const> =
  { provides = "provider", requires = "requirer", peers = "peer" }
local OPTION_TYPES <const> = {
  string = true, int = true, float = true, boolean = true, secret = true,
}

local function known(value)
  if value ~= null then
    return value
  end
end

local function read_yaml(folder, file, required)
  local text, message, code = fs.read(folder .. "/" .. file)
  if not text then
    if code == "ENOENT" and not required then
      return {}
    end
    return nil, ("cannot read %s: %s"):format(file, message)
  end
  local value, why = yaml.decode(text)
  if why then
    return nil, ("cannot read %s: %s"):format(file, tostring(why))
  end
  value = known(value) or {}
  if type(value) ~= "table" then
    return nil, ("cannot read %s: it is not a mapping"):format(file)
  end
  return value
end

local function endpoints(metadata)
  local found <const> = {}
  for section, role in pairs(ROLES) do
    for name, about in pairs(known(metadata[section]) or {}) do
      if type(about) == "string" then
        about = { interface = about }
      end
      if type(about) ~= "table" or type(about.interface) ~= "string" then
        return nil, ("metadata.yaml: endpoint %s has no interface")
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

local function containers(metadata)
  local found <const> = {}
  for name, about in pairs(known(metadata.containers) or {}) do
    local mounts <const> = {}
    about = known(about) or {}
    for _, mount in ipairs(known(about.mounts) or {}) do
      mounts[#mounts + 1] =
        { storage = mount.storage, location = known(mount.location) }
    end
    found[name] = { resource = known(about.resource), mounts = mounts }
  end
  return found
end

local function options(config)
  local found <const> = {}
  for name, about in pairs(known(config.options) or {}) do
    local kind <const> = about.type or "string"
    if not OPTION_TYPES[kind] then
      return nil, ('config.yaml: option "%s" has the unknown type "%s"')
        :format(name, tostring(kind))
    end
    found[name] = { type = kind, default = known(about.default) }
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
    for _, field in ipairs(fields) do
      found[name][field] = known(about[field])
    end
  end
  return found
end

---@param folder string an unpacked charm
---@return lab.Charm?
---@return string? message
function M.read(folder)
  local metadata, why = read_yaml(folder, "metadata.yaml", true)
  if not metadata then
    return nil, why
  end
  if type(metadata.name) ~= "string"
    or not names.is_application(metadata.name) then
    return nil, "metadata.yaml: it has no valid name"
  end
  local config, config_why = read_yaml(folder, "config.yaml")
  local action_file, action_why = read_yaml(folder, "actions.yaml")
  if not config or not action_file then
    return nil, config_why or action_why
  end
  local found, endpoint_why = endpoints(metadata)
  local known_options, option_why = options(config)
  if not found or not known_options then
    return nil, endpoint_why or option_why
  end
  return {
    name = metadata.name,
    summary = known(metadata.summary),
    endpoints = found,
    containers = containers(metadata),
    storage = some(metadata.storage, { "type", "location" }),
    resources = some(metadata.resources, { "type", "description" }),
    options = known_options,
    actions = actions(action_file),
  }
end

return M
