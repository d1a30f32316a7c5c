-- SPDX-License-Identifier: Apache-2.0
-- One YAML file of a charm while it is checked: its value, the lines of that,
-- and the problems found so far.
local null = require "std.null"
local rules = require "std.rules"
local shape = require "std.shape"
local yaml = require "std.yaml"

---@class cli.charm.Document
---@field file string
---@field value any
---@field problems std.rules.Problem[]
local Document = {}
Document.__index = Document

local M = {}

---@param file string as it is to be named
---@param text string
---@return cli.charm.Document? nil when the text is not YAML
---@return string? message with the line
function M.parse(file, text)
  local value, lines = yaml.decode(text, { lines = true })
  if value == nil then
    local line, why = lines:match("line (%d+), column %d+: (.*)$")
    return nil, ("%s:%s: %s"):format(file, line or 1, why or lines)
  end
  return setmetatable(
    { file = file, value = value, lines = lines, problems = {} }, Document)
end

---A part of this document, as a document of its own.
---@param value any
---@param keys string[] where it is
---@return cli.charm.Document
function Document:part(value, keys)
  local place <const> = self:place(keys)
  return setmetatable({ file = self.file, value = value, lines = self.lines,
    problems = {}, path = place.path, first = place.line }, Document)
end

---Some of this document's keys, renamed or not, as a document of its own.
---@param names table<string, string> from, to
---@return cli.charm.Document
function Document:pick(names)
  local value, lines = {}, {}
  for from, to in pairs(names) do
    value[to] = self.value[from]
    lines[to] = self:place({ from }).line
  end
  local all <const> = setmetatable({ [value] = lines },
    { __index = self.lines })
  return setmetatable(
    { file = self.file, value = value, lines = all, problems = {} }, Document)
end

---The value under the keys, nil where there is none or null.
---@param ... string
---@return any
function Document:get(...)
  local value = self.value
  for _, key in ipairs { ... } do
    value = type(value) == "table" and value[key] or nil
  end
  if value ~= null then
    return value
  end
end

---Like get, for a map; {} for what is no map.
---@param ... string
---@return table
function Document:map(...)
  local value <const> = self:get(...)
  return type(value) == "table" and value or {}
end

---@private
function Document:place(keys)
  local place = { path = "", line = self.first or 1 }
  local value = self.value
  for _, key in ipairs(keys) do
    local lines <const> = self.lines[value]
    place.path = shape.below(place.path, key)
    place.line = lines and lines[key] or place.line
    value = type(value) == "table" and value[key] or nil
  end
  return place
end

---Notes a problem with what is under the keys.
---@param keys string[]
---@param text string
function Document:refuse(keys, text)
  local place <const> = self:place(keys)
  place.text = text
  self.problems[#self.problems + 1] = place
end

---Notes what the rule finds wrong.
---@param rule any
function Document:check(rule)
  for _, problem in ipairs(rules.check(self.value, rule,
    { lines = self.lines })) do
    if problem.path == "" or problem.line == 1 then
      problem.line = math.max(problem.line, self.first or 1)
    end
    self.problems[#self.problems + 1] = problem
  end
end

---The problems as lines "file:line: path: what", in the order of the file.
---@return string[]
function Document:complaints()
  table.sort(self.problems, function(a, b)
    if a.line ~= b.line then
      return a.line < b.line
    end
    return a.path .. a.text < b.path .. b.text
  end)
  local found <const> = {}
  for i, problem in ipairs(self.problems) do
    local path <const> = ((self.path or "") .. problem.path):gsub("^%.", "")
    found[i] = ("%s:%d: %s%s%s"):format(self.file, problem.line,
      path ~= "" and path .. ": " or "", problem.text,
      problem.hint and " (" .. problem.hint .. ")" or "")
  end
  return found
end

return M
