-- SPDX-License-Identifier: Apache-2.0
-- The plan: all layers combined. Reading it, and the pure question whether a
-- layer would change it, so that nothing is sent that changes nothing.
local null = require "std.null"
local yaml = require "std.yaml"

local M = {}

local SECTIONS <const> = { "services", "checks", "log-targets" }
local DEFAULTS <const> = {
  checks = { startup = "enabled", period = "10s", timeout = "3s", threshold = 3 },
}
local NUMBERS <const> = {
  ["backoff-factor"] = true,
  ["user-id"] = true,
  ["group-id"] = true,
  threshold = true,
}
local DURATIONS <const> = {
  ["backoff-delay"] = true,
  ["backoff-limit"] = true,
  ["kill-delay"] = true,
  period = true,
  timeout = true,
}
local UNITS <const> = {
  ns = 1e-9, us = 1e-6, ms = 1e-3, s = 1, m = 60, h = 3600,
}

---@param client pebble.Client
---@return table? plan services, checks and log-targets by name
---@return std.Error? err
function M.get(client)
  local text, err = client:get {
    tried = "read the plan",
    path = "/v1/plan",
    query = { format = "yaml" },
  }
  if not text then
    return nil, err
  end
  local plan, message = yaml.decode(text)
  if plan == nil then
    return nil, client:failure("read the plan", message, "protocol")
  end
  plan = type(plan) == "table" and plan or {}
  for _, section in ipairs(SECTIONS) do
    plan[section] = type(plan[section]) == "table" and plan[section] or {}
  end
  return plan
end

local function seconds(text)
  local total, rest = 0, tostring(text):gsub("µ", "u"):gsub("μ", "u")
  if rest == "0" then
    return 0
  end
  while rest ~= "" do
    local number, unit, after = rest:match("^([%d.]+)(%a+)(.*)$")
    if not tonumber(number) or not UNITS[unit] then
      return nil
    end
    total, rest = total + tonumber(number) * UNITS[unit], after
  end
  return total
end

local function is_empty(value)
  return value == nil or value == null or value == ""
    or type(value) == "table" and next(value) == nil
end

local function same_scalar(name, a, b)
  if NUMBERS[name] then
    return tonumber(a) ~= nil and tonumber(a) == tonumber(b)
  elseif DURATIONS[name] then
    local x, y = seconds(a), seconds(b)
    return x ~= nil and y ~= nil and math.abs(x - y) < 1e-9
  end
  return tostring(a) == tostring(b)
end

-- Below these the names are an author's, not fields of the schema.
local FREE <const> = { environment = true, headers = true, labels = true }

local function same(name, a, b)
  if is_empty(a) or is_empty(b) then
    return is_empty(a) == is_empty(b)
  elseif type(a) ~= "table" or type(b) ~= "table" then
    return type(a) ~= "table" and type(b) ~= "table" and same_scalar(name, a, b)
  end
  for key, value in pairs(a) do
    if not same(FREE[name] and "" or key, value, b[key]) then
      return false
    end
  end
  for key, value in pairs(b) do
    if a[key] == nil and not is_empty(value) then
      return false
    end
  end
  return true
end

local function contains(list, item)
  for _, other in ipairs(list) do
    if tostring(other) == tostring(item) then
      return true
    end
  end
  return false
end

-- Would merging `above` change `below`? Lists count as sets: a name that is
-- there already need not be appended again.
local function merge_adds(name, below, above)
  if is_empty(above) then
    return false
  elseif is_empty(below) then
    return true
  elseif type(above) ~= "table" or type(below) ~= "table" then
    return not same(name, below, above)
  end
  for key, value in pairs(above) do
    local adds
    if math.type(key) == "integer" then
      adds = not contains(below, value)
    else
      adds = merge_adds(FREE[name] and "" or key, below[key], value)
    end
    if adds then
      return true
    end
  end
  return false
end

-- An entry as it counts: Pebble keeps its first `override`, which says nothing
-- about it, and writes out some of the defaults.
local function effective(section, entry)
  local result = {}
  for name, value in pairs(entry) do
    result[name] = name ~= "override" and value or nil
  end
  for name, value in pairs(DEFAULTS[section] or {}) do
    if is_empty(result[name]) then
      result[name] = value
    end
  end
  return result
end

local function entry_differs(section, below, above)
  if type(below) ~= "table" or type(above) ~= "table" then
    return true
  end
  local old = effective(section, below)
  if above.override ~= "merge" then
    return not same("", old, effective(section, above))
  end
  local new = effective("", above)
  return merge_adds("", old, new)
end

---Would adding this layer on top change the plan?
---@param plan table as `get` returns it
---@param layer table
---@return boolean
function M.differs(plan, layer)
  for _, section in ipairs(SECTIONS) do
    local entries = layer[section]
    for name, entry in pairs(type(entries) == "table" and entries or {}) do
      if entry_differs(section, (plan[section] or {})[name], entry) then
        return true
      end
    end
  end
  return false
end

return M
