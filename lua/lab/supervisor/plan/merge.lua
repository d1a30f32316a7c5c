-- SPDX-License-Identifier: Apache-2.0
-- How layers become a plan: entry by entry in layer order, replaced or merged
-- field by field. Pure: arguments are never changed, results share nothing.
local schema = require "lab.supervisor.plan.schema"

local M = {}

local THRESHOLD <const> = 3

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local result <const> = {}
  for key, item in pairs(value) do
    result[key] = copy(item)
  end
  return result
end

local merge_object

local merge_value = {
  -- A string or number that says nothing can't blank what is there.
  string = function(below, above)
    return above ~= "" and above or below
  end,
  enum = function(below, above)
    return above ~= "" and above or below
  end,
  integer = function(below, above, field)
    local present_counts <const> = field.name:find("-id$")
    return (above ~= 0 or present_counts) and above or below
  end,
  number = function(_, above)
    return above
  end,
  duration = function(_, above)
    return above
  end,
  list = function(below, above)
    local list <const> = copy(below)
    return table.move(above, 1, #above, #list + 1, list)
  end,
  map = function(below, above)
    local map <const> = copy(below)
    for key, value in pairs(above) do
      map[key] = value
    end
    return map
  end,
  object = function(below, above, field)
    return merge_object(below, above, field.fields)
  end,
}

merge_object = function(below, above, fields)
  local result <const> = copy(below)
  for _, field in ipairs(fields) do
    local value <const> = above[field.name]
    if value == nil then
      goto continue
    elseif result[field.name] == nil then
      result[field.name] = copy(value)
    else
      result[field.name] =
        copy(merge_value[field.type](result[field.name], value, field))
    end
    ::continue::
  end
  return result
end

local function add_entry(entries, name, entry, section)
  local below <const> = entries[name]
  if not entry.override then
    return nil, ('layer must define "override" for %s %q')
      :format(section.word, name)
  elseif entry.override == "merge" and below then
    entries[name] = merge_object(below, entry, section.fields)
    entries[name].override = below.override
  else
    entries[name] = copy(entry)
  end
  return true
end

---Puts one layer on top of another (or of a plan).
---@param below lab.Layer
---@param above lab.Layer
---@return lab.Layer? combined
---@return string? message
function M.add(below, above)
  local result <const> = {
    summary = above.summary or below.summary,
    description = above.description or below.description,
  }
  for _, section in ipairs(schema.SECTIONS) do
    local entries <const> = copy(below[section.name] or {})
    for name, entry in pairs(above[section.name]) do
      local ok, message = add_entry(entries, name, entry, section)
      if not ok then
        return nil, message
      end
    end
    result[section.name] = entries
  end
  return result
end

---@param layers lab.Layer[] lowest first
---@return lab.Layer? plan
---@return string? message
function M.combine(layers)
  local plan = { services = {}, checks = {}, ["log-targets"] = {} }
  for _, layer in ipairs(layers) do
    local message
    plan, message = M.add(plan, layer)
    if not plan then
      return nil, message
    end
  end
  -- the one default that Pebble writes out
  for _, check in pairs(plan.checks) do
    check.threshold = check.threshold or THRESHOLD
  end
  return plan
end

---@param a any
---@param b any
---@return boolean same in every field
function M.equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for key, value in pairs(a) do
    if not M.equal(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

return M
