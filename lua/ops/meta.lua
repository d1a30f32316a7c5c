-- SPDX-License-Identifier: Apache-2.0
-- What a charm says of itself: metadata.yaml, config.yaml and actions.yaml of
-- its folder, as plain tables.
local errors = require "std.error"
local fs = require "host.fs"
local host_json = require "host.json"
local null = require "std.null"
local yaml = require "host.yaml"

local M = {}

---@class ops.RelationMeta
---@field name string
---@field role "requires"|"provides"|"peer"
---@field interface string
---@field limit? integer
---@field scope string
---@field optional boolean

---@class ops.StorageMeta
---@field name string
---@field type string "filesystem" or "block"
---@field description string
---@field shared boolean
---@field read_only boolean
---@field minimum_size? string
---@field location? string
---@field multiple_range? {[1]: integer, [2]?: integer} least and most
---@field properties string[]

---@class ops.ContainerMeta
---@field name string
---@field resource? string
---@field bases? table[]
---@field mounts table<string, string[]> locations by storage

---@class ops.Meta
---@field name string
---@field summary string
---@field description string
---@field maintainers string[]
---@field links {websites: string[], sources: string[], issues: string[], documentation?: string}
---@field tags string[]
---@field terms string[]
---@field series string[]
---@field subordinate boolean
---@field min_juju_version? string
---@field assumes? table
---@field charm_user string "root", "sudoer" or "non-root"
---@field payloads table<string, table>
---@field extra_bindings table<string, table>
---@field relations table<string, ops.RelationMeta>
---@field requires table<string, ops.RelationMeta>
---@field provides table<string, ops.RelationMeta>
---@field peers table<string, ops.RelationMeta>
---@field containers table<string, ops.ContainerMeta>
---@field resources table<string, table>
---@field storages table<string, ops.StorageMeta>
---@field actions table<string, table>
---@field config table<string, {type: string, default: any}>

local ROLES <const> = {
  { section = "requires", role = "requires" },
  { section = "provides", role = "provides" },
  { section = "peers", role = "peer" },
}

local function fail(path, happened)
  errors.raise {
    kind = "charm-metadata",
    tried = "read " .. path,
    happened = happened,
  }
end

-- A YAML file's value, from what pack made ready of it where it did.
local function decode(name, text, compiled)
  local ready = compiled and compiled:of(name, text)
  if ready then
    return host_json.decode(ready)
  end
  return yaml.decode(text)
end

-- A YAML file that holds a map; {} when it is absent and may be.
local function read_map(dir, name, compiled, optional)
  local path = dir .. "/" .. name
  local text, message, code = fs.read(path)
  if not text then
    if optional and code == "ENOENT" then
      return {}
    end
    fail(path, message)
  end
  local value, why = decode(name, text, compiled)
  if value == nil and why then
    fail(path, why)
  elseif value == nil or value == null then
    return {}
  elseif type(value) ~= "table" then
    fail(path, "expected a map at the top")
  end
  return value
end

local function section(map, name)
  local value = map[name]
  return type(value) == "table" and value or {}
end

local function relations(metadata)
  local by_role, all = {}, {}
  for _, kind in ipairs(ROLES) do
    by_role[kind.section] = {}
    for name, declared in pairs(section(metadata, kind.section)) do
      if type(declared) == "string" then
        declared = { interface = declared }
      end
      all[name] = {
        name = name,
        role = kind.role,
        interface = declared.interface,
        limit = declared.limit,
        scope = declared.scope or "global",
        optional = declared.optional == true,
      }
      by_role[kind.section][name] = all[name]
    end
  end
  return by_role, all
end

-- name -> table, also for "name:" without anything below it.
local function named(map)
  local found = {}
  for name, value in pairs(map) do
    found[name] = type(value) == "table" and value or {}
  end
  return found
end

-- One text or a list of them.
local function texts(value)
  if type(value) == "table" then
    return value
  end
  return value ~= nil and value ~= yaml.null and { tostring(value) } or {}
end

-- "1-3" -> 1, 3; "2+" and "2-" have no end; "1" is just one.
local function range_of(multiple)
  local text = type(multiple) == "table" and multiple.range
  local first, sign, last = tostring(text or ""):match "^(%d+)([-+]?)(%d*)$"
  if not first then
    return nil
  end
  first = math.tointeger(tonumber(first))
  return { first, sign == "" and first or math.tointeger(tonumber(last)) }
end

local function storages(metadata)
  local found = {}
  for name, declared in pairs(named(section(metadata, "storage"))) do
    found[name] = {
      name = name,
      type = declared.type,
      description = declared.description or "",
      shared = declared.shared == true,
      read_only = declared["read-only"] == true,
      minimum_size = declared["minimum-size"],
      location = declared.location,
      multiple_range = range_of(declared.multiple),
      properties = texts(declared.properties),
    }
  end
  return found
end

local function containers(metadata)
  local found = {}
  for name, declared in pairs(named(section(metadata, "containers"))) do
    local mounts = {}
    for _, mount in ipairs(texts(declared.mounts)) do
      local list = mounts[mount.storage] or {}
      list[#list + 1] = mount.location
      mounts[mount.storage] = list
    end
    found[name] = {
      name = name,
      resource = declared.resource,
      bases = declared.bases,
      mounts = mounts,
    }
  end
  return found
end

local function links(metadata)
  local found = section(metadata, "links")
  return {
    websites = texts(found.website or metadata.website),
    sources = texts(found.source or metadata.source),
    issues = texts(found.issues or metadata.issues),
    documentation = found.documentation or metadata.docs,
  }
end

---@param metadata table
---@param config table
---@param actions table
---@return ops.Meta
function M.new(metadata, config, actions)
  local by_role, all = relations(metadata)
  return {
    name = metadata.name,
    summary = metadata.summary or "",
    description = metadata.description or "",
    maintainers = texts(section(metadata, "links").contact
      or metadata.maintainers or metadata.maintainer),
    links = links(metadata),
    tags = texts(metadata.tags),
    terms = texts(metadata.terms),
    series = texts(metadata.series),
    subordinate = metadata.subordinate == true,
    min_juju_version = metadata["min-juju-version"],
    assumes = metadata.assumes,
    charm_user = metadata["charm-user"] or "root",
    relations = all,
    requires = by_role.requires,
    provides = by_role.provides,
    peers = by_role.peers,
    containers = containers(metadata),
    resources = named(section(metadata, "resources")),
    storages = storages(metadata),
    payloads = named(section(metadata, "payloads")),
    extra_bindings = named(section(metadata, "extra-bindings")),
    actions = named(actions),
    config = named(section(config, "options")),
  }
end

---@param dir string the charm's folder
---@param compiled? ops.Compiled
---@return ops.Meta
function M.read(dir, compiled)
  local meta = M.new(read_map(dir, "metadata.yaml", compiled),
    read_map(dir, "config.yaml", compiled, true),
    read_map(dir, "actions.yaml", compiled, true))
  if type(meta.name) ~= "string" then
    fail(dir .. "/metadata.yaml", "it has no name")
  end
  return meta
end

return M
