-- SPDX-License-Identifier: Apache-2.0
-- A plan in specs: layers over one another, by `override` as Pebble does.
local json = require "std.json"

local M = {}

local SECTIONS <const> = { "services", "checks", "log-targets" }

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local copied = {}
  for key, inner in pairs(value) do
    copied[key] = copy(inner)
  end
  return setmetatable(copied, getmetatable(value))
end

-- Lists are appended, maps united, any other value replaced.
local function merge(below, above)
  local merged = copy(below)
  for key, value in pairs(above) do
    local old = merged[key]
    if type(value) == "table" and type(old) == "table" then
      if #value > 0 or json.is_array(value) then
        table.move(value, 1, #value, #old + 1, old)
      else
        merged[key] = merge(old, value)
      end
    else
      merged[key] = copy(value)
    end
  end
  return merged
end

local function lay(below, above)
  local merged = copy(below)
  for _, section in ipairs(SECTIONS) do
    merged[section] = merged[section] or {}
    for name, entry in pairs(above[section] or {}) do
      local old = merged[section][name]
      merged[section][name] = old and entry.override == "merge"
        and merge(old, entry) or copy(entry)
    end
  end
  merged.summary = above.summary or merged.summary
  merged.description = above.description or merged.description
  return merged
end

---@param layers {label: string, layer: table}[]
---@return table plan services, checks and log-targets by name
function M.plan(layers)
  local plan = { services = {}, checks = {}, ["log-targets"] = {} }
  for _, each in ipairs(layers) do
    plan = lay(plan, each.layer)
  end
  plan.summary, plan.description = nil, nil
  return plan
end

local function without_override(layer)
  for _, section in ipairs(SECTIONS) do
    for name, entry in pairs(layer[section] or {}) do
      if entry.override ~= "merge" and entry.override ~= "replace" then
        return ('layer must define "override" for %s "%s"')
          :format(section:gsub("s$", ""), name)
      end
    end
  end
end

---@param layers {label: string, layer: table}[] changed
---@param label string
---@param layer table
---@param combine? boolean
---@return true?
---@return string? why
function M.add(layers, label, layer, combine)
  local why = without_override(layer)
  if why then
    return nil, why
  end
  for _, each in ipairs(layers) do
    if each.label == label then
      if not combine then
        return nil, ('layer "%s" already exists'):format(label)
      end
      each.layer = lay(each.layer, layer)
      return true
    end
  end
  layers[#layers + 1] = { label = label, layer = copy(layer) }
  return true
end

---@param a any
---@param b any
---@return boolean
function M.same(a, b)
  return a ~= nil and b ~= nil and json.encode(a) == json.encode(b)
end

return M
