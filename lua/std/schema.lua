-- SPDX-License-Identifier: Apache-2.0
-- What a table of named values must hold: types, bounds, defaults. `load`
-- takes raw values by their outer names ("log-level") and gives checked ones
-- by their own (log_level), or an error that lists all that is wrong. Pure.
local errors = require "std.error"
local json = require "std.json"
local null = require "std.null"

local M = {}

---@class std.SchemaField
---@field type? string of TYPES below, "any" by default, or a class: "secret"
---@field name? string the outer name, where it is not this one with dashes
---@field optional? boolean it may be absent
---@field default? any for what is absent; makes it optional
---@field one_of? any[]
---@field min? number of a number; of a string or list its length
---@field max? number
---@field pattern? string a Lua pattern that a string must match whole
---@field check? fun(value: any): string? what is wrong with it

---@class std.Schema
---@field private fields table<string, std.SchemaField>
---@field private names string[] sorted
local Schema = {}
Schema.__index = Schema
Schema.__name = "std.Schema"

local function is_list(value)
  return type(value) == "table"
    and (json.is_array(value) or #value > 0 or next(value) == nil)
end

local TYPES <const> = {
  any = function()
    return true
  end,
  boolean = function(value)
    return type(value) == "boolean"
  end,
  integer = function(value)
    return math.type(value) == "integer"
  end,
  list = is_list,
  map = function(value)
    return type(value) == "table"
      and (next(value) == nil or not is_list(value))
  end,
  number = function(value)
    return type(value) == "number"
  end,
  string = function(value)
    return type(value) == "string"
  end,
}

-- A class is known by its `__name`: "ops.Secret" is a "secret".
local function is_of_class(value, wanted)
  local meta = getmetatable(value)
  local name = type(meta) == "table" and meta.__name
  return type(name) == "string"
    and (name == wanted or name:match("[^.]*$"):lower() == wanted)
end

local function kind_of(value)
  return math.type(value) or type(value)
end

local function listed(values)
  local texts = {}
  for i, value in ipairs(values) do
    texts[i] = tostring(value)
  end
  return table.concat(texts, ", ")
end

local function contains(values, value)
  for _, each in ipairs(values) do
    if each == value then
      return true
    end
  end
  return false
end

-- What bounds apply to, and what to call it.
local function measure(value)
  if type(value) == "string" then
    return utf8.len(value) or #value, "have a length of"
  elseif type(value) == "table" then
    return #value, "have a length of"
  end
  return value, "be"
end

local function wrong_type(field, value)
  local wanted = field.type or "any"
  local fits = TYPES[wanted]
  if not (fits and fits(value) or not fits and is_of_class(value, wanted))
  then
    return ("must be of the type %s, not %s"):format(wanted, kind_of(value))
  end
end

-- What is wrong with a value that is there. A value is told only where the
-- author's list of good ones is: it may be a secret.
local function fault(field, value)
  local wrong = wrong_type(field, value)
  if wrong then
    return wrong
  elseif field.one_of and not contains(field.one_of, value) then
    return ("must be one of %s, not %s"):format(listed(field.one_of),
      tostring(value))
  elseif field.min or field.max then
    local size, what = measure(value)
    if field.min and size < field.min then
      return ("must %s at least %s"):format(what, field.min)
    elseif field.max and size > field.max then
      return ("must %s at most %s"):format(what, field.max)
    end
  end
  if field.pattern and not value:find("^" .. field.pattern .. "$") then
    return ("must match %s"):format(field.pattern)
  end
  return field.check and field.check(value)
end

local function outer_name(name, field)
  return field.name or name
end

-- The raw value of a field: under its outer name, or its own with dashes.
local function raw_value(raw, name, field)
  local value = raw[outer_name(name, field)]
  if value == nil and not field.name then
    value = raw[name:gsub("_", "-")]
  end
  if value == null then
    return nil
  end
  return value
end

local function failure(tried, faults)
  return errors.new {
    kind = "schema",
    tried = tried,
    happened = table.concat(faults, "; "),
    data = { faults = faults },
  }
end

-- Calls back for each field in order; gathers what is wrong.
local function check_all(self, tried, get, put)
  local faults = {}
  for _, name in ipairs(self.names) do
    local field = self.fields[name]
    local value, message = get(name, field)
    if message then
      faults[#faults + 1] = ("%s %s"):format(outer_name(name, field), message)
    elseif value == nil then
      if field.default == nil and not field.optional then
        faults[#faults + 1] = ("%s is missing"):format(outer_name(name, field))
      end
      put(name, field, field.default)
    else
      local wrong = fault(field, value)
      if wrong then
        faults[#faults + 1] =
          ("%s %s"):format(outer_name(name, field), wrong)
      end
      put(name, field, value)
    end
  end
  return #faults > 0 and failure(tried, faults) or nil
end

---@param raw table<string, any> by outer names; what is not declared is left
---@param options? {tried?: string, decode?: fun(text: any): any, string?}
---@return table<string, any>? values by their own names
---@return std.Error? err kind "schema", data.faults
function Schema:load(raw, options)
  local values = {}
  local decode = options and options.decode
  local err = check_all(self, options and options.tried or "load the values",
    function(name, field)
      local value = raw_value(raw, name, field)
      if value ~= nil and decode then
        local message
        value, message = decode(value)
        if value == nil then
          return nil, message
        elseif value == null then
          return nil
        end
      end
      return value
    end, function(name, _, value)
      values[name] = value
    end)
  local wrong = not err and self.check and self.check(values)
  if wrong then
    err = failure(options and options.tried or "load the values", { wrong })
  end
  return not err and values or nil, err
end

---The other way: checked values by their own names to raw ones.
---@param values table<string, any>
---@param options? {tried?: string}
---@return table<string, any>? raw by outer names; what is absent is null
---@return std.Error? err
function Schema:dump(values, options)
  local raw = {}
  local tried = options and options.tried or "save the values"
  for name in pairs(values) do
    if not self.fields[name] then
      return nil, failure(tried, { ("%s is not declared"):format(name) })
    end
  end
  local err = check_all(self, tried, function(name)
    local value = values[name]
    if value == null then
      return nil
    end
    return value
  end, function(name, field, value)
    raw[outer_name(name, field)] = value == nil and null or value
  end)
  local wrong = not err and self.check and self.check(values)
  if wrong then
    err = failure(tried, { wrong })
  end
  return not err and raw or nil, err
end

---@param fields table<string, string|std.SchemaField> a type, or more
---@param check? fun(values: table): string? what is wrong with them together
---@return std.Schema
function M.new(fields, check)
  local self = setmetatable({ fields = {}, names = {}, check = check }, Schema)
  for name, field in pairs(fields) do
    if type(name) ~= "string" then
      error(("cannot make a schema: %s is no name"):format(tostring(name)), 2)
    end
    self.fields[name] = type(field) == "string" and { type = field } or field
    self.names[#self.names + 1] = name
  end
  table.sort(self.names)
  return self
end

---@param value any
---@return boolean
function M.is(value)
  return getmetatable(value) == Schema
end

return M
