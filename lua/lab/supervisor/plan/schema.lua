-- SPDX-License-Identifier: Apache-2.0
-- What a layer may say: every section, field and type, in the order a plan is
-- written. Reads a decoded layer strictly: an unknown key is an error. Pure;
-- scalars arrive as their text (YAML decoded with strings = true).
local duration = require "std.duration"
local json = require "std.json"

local M = {}

local OVERRIDE <const> = { name = "override", type = "enum",
  values = { "replace", "merge" } }
local ACCOUNT <const> = {
  { name = "user-id", type = "integer" },
  { name = "user", type = "string" },
  { name = "group-id", type = "integer" },
  { name = "group", type = "string" },
}
local ON_FAILURE <const> =
  { "restart", "shutdown", "success-shutdown", "ignore" }

local function fields(...)
  local list <const> = {}
  for _, item in ipairs { ... } do
    if item.name then
      list[#list + 1] = item
    else
      table.move(item, 1, #item, #list + 1, list)
    end
  end
  return list
end

local HTTP <const> = fields(
  { name = "url", type = "string" },
  { name = "headers", type = "map" })
local TCP <const> = fields(
  { name = "port", type = "integer" },
  { name = "host", type = "string" })
local EXEC <const> = fields(
  { name = "command", type = "string" },
  { name = "service-context", type = "string" },
  { name = "environment", type = "map" },
  ACCOUNT,
  { name = "working-dir", type = "string" })

local SERVICE <const> = fields(
  { name = "summary", type = "string" },
  { name = "description", type = "string" },
  { name = "startup", type = "enum", values = { "enabled", "disabled" } },
  OVERRIDE,
  { name = "command", type = "string" },
  { name = "after", type = "list" },
  { name = "before", type = "list" },
  { name = "requires", type = "list" },
  { name = "workload", type = "outside" },
  { name = "environment", type = "map" },
  ACCOUNT,
  { name = "working-dir", type = "string" },
  { name = "on-success", type = "enum",
    values = { "restart", "shutdown", "failure-shutdown", "ignore" } },
  { name = "on-failure", type = "enum", values = ON_FAILURE },
  { name = "on-check-failure", type = "map", values = ON_FAILURE },
  { name = "backoff-delay", type = "duration" },
  { name = "backoff-factor", type = "number" },
  { name = "backoff-limit", type = "duration" },
  { name = "kill-delay", type = "duration" })

local CHECK <const> = fields(
  OVERRIDE,
  { name = "level", type = "enum", values = { "alive", "ready" } },
  { name = "startup", type = "enum", values = { "enabled", "disabled" } },
  { name = "period", type = "duration" },
  { name = "timeout", type = "duration" },
  { name = "threshold", type = "integer" },
  { name = "http", type = "object", fields = HTTP },
  { name = "tcp", type = "object", fields = TCP },
  { name = "exec", type = "object", fields = EXEC })

local LOG_TARGET <const> = fields(
  OVERRIDE,
  { name = "type", type = "enum",
    values = { "loki", "opentelemetry", "syslog" } },
  { name = "location", type = "string" },
  { name = "services", type = "list" },
  { name = "labels", type = "map" })

---Sections of named entries, in the order a plan is written.
M.SECTIONS = {
  { name = "services", word = "service", fields = SERVICE },
  { name = "checks", word = "check", fields = CHECK },
  { name = "log-targets", word = "log target", fields = LOG_TARGET },
}

local UNSUPPORTED <const> = "not supported by the lab's supervisor"
local OUTSIDE <const> = { workloads = true, pairing = true }

local function refuse(where, why, ...)
  error({ schema = ("%s: %s"):format(where, why:format(...)) }, 0)
end

local function contains(values, value)
  for _, allowed in ipairs(values) do
    if allowed == value then
      return true
    end
  end
  return false
end

local read = {}

local function want_text(value, where)
  if type(value) ~= "string" then
    refuse(where, "must be a scalar")
  end
  return value
end

function read.string(value, where)
  return want_text(value, where)
end

function read.outside(_, where)
  return refuse(where, UNSUPPORTED)
end

function read.enum(value, where, field)
  if not contains(field.values, want_text(value, where)) then
    refuse(where, "invalid value %q, must be one of %s", value,
      table.concat(field.values, ", "))
  end
  return value
end

function read.integer(value, where)
  local number <const> = want_text(value, where):match("^[+-]?%d+$")
    and math.tointeger(tonumber(value))
  if not number then
    refuse(where, "must be an integer, not %q", value)
  end
  return number
end

function read.number(value, where)
  local number <const> = tonumber(want_text(value, where))
  if not number then
    refuse(where, "must be a number, not %q", value)
  end
  return number
end

function read.duration(value, where)
  local seconds <const> = duration.parse(want_text(value, where))
  if not seconds then
    refuse(where, "invalid duration %q", value)
  end
  return seconds
end

function read.list(value, where)
  if not json.is_array(value) then
    refuse(where, "must be a list")
  end
  local list <const> = {}
  for index, item in ipairs(value) do
    list[index] = want_text(item, where)
  end
  return list
end

function read.map(value, where, field)
  if type(value) ~= "table" or json.is_array(value) then
    refuse(where, "must be a map")
  end
  local map <const> = {}
  for key, item in pairs(value) do
    local text <const> = want_text(item, where .. "." .. key)
    if field.values and not contains(field.values, text) then
      refuse(where, "invalid value %q for %q, must be one of %s", text, key,
        table.concat(field.values, ", "))
    end
    map[key] = text
  end
  return map
end

function read.object(value, where, field)
  if type(value) ~= "table" or json.is_array(value) then
    refuse(where, "must be a map")
  end
  local by_name <const>, object <const> = {}, {}
  for _, inner in ipairs(field.fields) do
    by_name[inner.name] = inner
  end
  for key, item in pairs(value) do
    local inner <const> = by_name[key]
    if not inner then
      refuse(where, "unknown field %q", key)
    elseif item ~= "" then
      object[key] = read[inner.type](item, where .. " " .. key, inner)
    end
  end
  return object
end

local function read_section(section, value)
  local entries <const> = {}
  if value == "" then
    return entries
  elseif type(value) ~= "table" or json.is_array(value) then
    refuse("section " .. section.name, "must be a map")
  end
  for name, entry in pairs(value) do
    local where <const> = ("%s %q"):format(section.word, name)
    if entry == "" then
      refuse(where, "must not be empty")
    end
    entries[name] = read.object(entry, where, section)
  end
  return entries
end

local function read_layer(document)
  local layer <const> = {}
  local sections <const> = {}
  for _, section in ipairs(M.SECTIONS) do
    sections[section.name] = section
    layer[section.name] = {}
  end
  for key, value in pairs(document) do
    if sections[key] then
      layer[key] = read_section(sections[key], value)
    elseif key == "summary" or key == "description" then
      layer[key] = want_text(value, key)
    elseif OUTSIDE[key] then
      refuse("section " .. key, UNSUPPORTED)
    else
      refuse("layer", "unknown section %q", key)
    end
  end
  return layer
end

---@class lab.Layer
---@field summary string?
---@field description string?
---@field services table<string, table>
---@field checks table<string, table>

---@param document any the decoded YAML
---@return lab.Layer? layer only what is set; durations in seconds
---@return string? message
function M.read(document)
  if document == json.null then
    document = {}
  end
  if type(document) ~= "table" or json.is_array(document) then
    return nil, "a layer must be a map"
  end
  local ok, layer = pcall(read_layer, document)
  if ok then
    return layer
  elseif type(layer) == "table" and layer.schema then
    return nil, layer.schema
  end
  error(layer, 0)
end

return M
