-- SPDX-License-Identifier: Apache-2.0
-- Checks a decoded document against rules that are data: what is where, of
-- which type. Tells every problem with its path, and its line where known.
local null = require "std.null"
local shape = require "std.shape"

local M = {}

-- A rule is the name of a type, or one of
--   { fields = rules by key, required = keys? }  what it does not name may be
--   { each = rule, names = test of a key? }      all values of a map
--   { list = rule }
--   { either = { rule, rule } }                  the second says what is wrong
--   { of = rule, null = boolean?, test = function(value): string? }
-- Null is refused but where `null` allows it; a lenient check takes it for
-- absent, and asks for nothing that is required.

---@class std.rules.Problem
---@field path string ".requires.db", "" for the whole document
---@field line integer?
---@field text string
---@field hint string?

---@class std.rules.Options
---@field lenient boolean?
---@field lines table? of std.yaml

local function is_array(value)
  return getmetatable(value) == shape.ARRAY
end

local PLAIN <const> = {
  any = { "anything", function() return true end },
  boolean = { "a boolean", function(v) return type(v) == "boolean" end },
  integer = { "an integer", function(v) return math.type(v) == "integer" end },
  string = { "a string", function(v) return type(v) == "string" end },
}

local Check <const> = {}
Check.__index = Check

function Check:problem(at, text, hint)
  self.problems[#self.problems + 1] =
    { path = at.path, line = at.line, text = text, hint = hint }
end

function Check:expected(what, value, at)
  local shown <const> = value == null and "nothing"
    or type(value) ~= "table" and tostring(value)
    or is_array(value) and "a list" or "a map"
  local hint <const> = what == PLAIN.string[1]
    and (type(value) == "boolean" and "YAML reads it as a boolean; quote it"
      or type(value) == "number" and "YAML reads it as a number; quote it")
    or nil
  self:problem(at, ("expected %s, got %s"):format(what, shown), hint)
end

-- Where what is under `key` of the table `within` stands.
function Check:below(at, within, key)
  local lines <const> = self.lines[within]
  return {
    path = shape.below(at.path, key),
    line = lines and lines[key] or at.line,
  }
end

function Check:map(value, rule, at)
  if type(value) ~= "table" or is_array(value) then
    return self:expected("a map", value, at)
  end
  for _, key in ipairs(not self.lenient and rule.required or {}) do
    if value[key] == nil then
      self:problem(at, ('"%s" is missing'):format(key))
    end
  end
  for _, key in ipairs(shape.sorted_keys(value)) do
    local inner_rule <const> = rule.each or rule.fields[key]
    local below <const> = self:below(at, value, key)
    local text <const> = rule.names and rule.names(key)
    if text then
      self:problem(below, text)
    end
    if inner_rule then
      self:value(value[key], inner_rule, below)
    end
  end
end

function Check:list(value, rule, at)
  if not is_array(value) then
    return self:expected("a list", value, at)
  end
  for i, inner in ipairs(value) do
    local below <const> = self:below(at, value, i)
    if inner == null then
      self:expected("a value", inner, below)
    else
      self:value(inner, rule.list, below)
    end
  end
end

function Check:either(value, rule, at)
  local first <const> =
    setmetatable({ problems = {}, lines = {}, lenient = self.lenient }, Check)
  first:value(value, rule.either[1], at)
  if #first.problems > 0 then
    self:value(value, rule.either[2], at)
  end
end

function Check:tested(value, rule, at)
  local before <const> = #self.problems
  self:value(value, rule.of, at)
  local text <const> = #self.problems == before and rule.test
    and rule.test(value)
  if text then
    self:problem(at, text)
  end
end

function Check:value(value, rule, at)
  local plain <const> = PLAIN[rule]
  if value == null and (self.lenient or rule.null or rule == "any") then
    return
  elseif plain then
    if not plain[2](value) then
      self:expected(plain[1], value, at)
    end
  elseif rule.of then
    self:tested(value, rule, at)
  elseif rule.list then
    self:list(value, rule, at)
  elseif rule.either then
    self:either(value, rule, at)
  else
    self:map(value, rule, at)
  end
end

---@param value any
---@param rule any
---@param options std.rules.Options?
---@return std.rules.Problem[] in the order of the keys
function M.check(value, rule, options)
  local check <const> = setmetatable({
    problems = {},
    lenient = options and options.lenient,
    lines = options and options.lines or {},
  }, Check)
  check:value(value, rule, { path = "", line = 1 })
  return check.problems
end

---A rule: one of these strings.
---@param words string[]
---@return table
function M.one_of(words)
  return { of = "string", test = function(value)
    for _, word in ipairs(words) do
      if word == value then
        return nil
      end
    end
    return ('"%s" is none of %s'):format(value, table.concat(words, ", "))
  end }
end

return M
