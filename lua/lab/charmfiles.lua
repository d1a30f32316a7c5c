-- SPDX-License-Identifier: Apache-2.0
-- A charm's YAML files, read and checked to have the shape that lab.charm
-- relies on: a file that somebody mistyped is told by its place, not met as a
-- crash. The rules are data; what they do not name is left alone.
local fs = require "host.fs"
local names = require "lab.names"
local null = require "std.null"
local shape = require "std.shape"
local yaml = require "std.yaml"

local M = {}

-- A rule is the name of a type; { fields = rules by key }; { each = rule of all
-- values of a map }; { list = rule }; { either = rules }.
local ENDPOINTS <const> = { each = { either = {
  "string", { fields = { interface = "string", limit = "integer" } },
} } }
local NAMES <const> = { list = "string" }

local RULES <const> = {
  ["metadata.yaml"] = { fields = {
    name = "string",
    provides = ENDPOINTS,
    requires = ENDPOINTS,
    peers = ENDPOINTS,
    containers = { each = { fields = {
      resource = "string",
      mounts = { list = { fields = {
        storage = "string", location = "string",
      } } },
    } } },
    storage = { each = { fields = { type = "string", location = "string" } } },
    resources = { each = { fields = {
      type = "string", description = "string",
    } } },
  } },
  ["config.yaml"] = { fields = {
    options = { each = { fields = { type = "string" } } },
  } },
  ["actions.yaml"] = { each = { fields = {
    description = "string", params = { each = "any" }, required = NAMES,
  } } },
}

local function is_array(value)
  return getmetatable(value) == shape.ARRAY
end

local PLAIN <const> = {
  any = function() return true end,
  integer = function(value) return math.type(value) == "integer" end,
  string = function(value) return type(value) == "string" end,
}

local ARTICLES <const> = { integer = "an integer", string = "a string" }

local function expected(what, value, path)
  local shown <const> = value == null and "nothing"
    or type(value) ~= "table" and tostring(value)
    or is_array(value) and "a list" or "a map"
  return ("%s: expected %s, got %s"):format(path, what, shown)
end

local check

local function check_map(value, rule, path)
  if type(value) ~= "table" or is_array(value) then
    return expected("a map", value, path)
  end
  for key, inner in names.each(value) do
    local inner_rule <const> = rule.each or rule.fields[key]
    local message <const> = inner_rule
      and check(inner, inner_rule, shape.below(path, key))
    if message then
      return message
    end
  end
end

local function check_list(value, rule, path)
  if not is_array(value) then
    return expected("a list", value, path)
  end
  for i, inner in ipairs(value) do
    local message <const> = inner == null
      and expected("a value", inner, shape.below(path, i))
      or check(inner, rule.list, shape.below(path, i))
    if message then
      return message
    end
  end
end

-- Returns what is wrong; null is as good as absent.
function check(value, rule, path)
  if value == null then
    return nil
  elseif PLAIN[rule] then
    return not PLAIN[rule](value) and expected(ARTICLES[rule], value, path)
      or nil
  elseif rule.list then
    return check_list(value, rule, path)
  elseif rule.either then
    local first <const>, second <const> = table.unpack(rule.either)
    return check(value, first, path) and check(value, second, path)
  end
  return check_map(value, rule, path)
end

---Reads one of the files; one that is absent and may be is {}.
---@param folder string
---@param file "metadata.yaml"|"config.yaml"|"actions.yaml"
---@param required boolean?
---@return table?
---@return string? message
function M.read(folder, file, required)
  local text, message, code = fs.read(folder .. "/" .. file)
  if not text then
    if code ~= "ENOENT" then
      return nil, ("cannot read %s: %s"):format(file, message)
    elseif required then
      return nil, "it has no " .. file
    end
    return {}
  end
  local value, why = yaml.decode(text)
  if value == nil and why then
    return nil, ("cannot read %s: %s"):format(file, tostring(why))
  elseif value == nil or value == null then
    return {}
  end
  local wrong <const> = check(value, RULES[file], file)
  if wrong then
    return nil, wrong
  end
  return value
end

return M
