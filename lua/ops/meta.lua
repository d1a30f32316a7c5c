-- SPDX-License-Identifier: Apache-2.0
-- What a charm says of itself: metadata.yaml, config.yaml and actions.yaml of
-- its folder, as plain tables.
local errors = require "std.error"
local fs = require "host.fs"
local null = require "std.null"
local yaml = require "std.yaml"

local M = {}

---@class ops.RelationMeta
---@field name string
---@field role "requires"|"provides"|"peer"
---@field interface string
---@field limit? integer
---@field scope string
---@field optional boolean

---@class ops.Meta
---@field name string
---@field summary string
---@field description string
---@field relations table<string, ops.RelationMeta>
---@field requires table<string, ops.RelationMeta>
---@field provides table<string, ops.RelationMeta>
---@field peers table<string, ops.RelationMeta>
---@field containers table<string, table>
---@field resources table<string, table>
---@field storages table<string, table>
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

-- A YAML file that holds a map; {} when it is absent and may be.
local function read_map(dir, name, optional)
  local path = dir .. "/" .. name
  local text, message, code = fs.read(path)
  if not text then
    if optional and code == "ENOENT" then
      return {}
    end
    fail(path, message)
  end
  local value, why = yaml.decode(text)
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
    assumes = metadata.assumes,
    relations = all,
    requires = by_role.requires,
    provides = by_role.provides,
    peers = by_role.peers,
    containers = named(section(metadata, "containers")),
    resources = named(section(metadata, "resources")),
    storages = named(section(metadata, "storage")),
    actions = named(actions),
    config = named(section(config, "options")),
  }
end

---@param dir string the charm's folder
---@return ops.Meta
function M.read(dir)
  local meta = M.new(read_map(dir, "metadata.yaml"),
    read_map(dir, "config.yaml", true), read_map(dir, "actions.yaml", true))
  if type(meta.name) ~= "string" then
    fail(dir .. "/metadata.yaml", "it has no name")
  end
  return meta
end

return M
