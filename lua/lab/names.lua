-- SPDX-License-Identifier: Apache-2.0
-- Juju's names: applications, units and their tags; sorted keys. Pure.
local charm_names = require "cli.charm.names"

local M = {}

---@param name string
---@return boolean
function M.is_application(name)
  return charm_names.is_plain(name)
end

---@param name string "app/0"
---@return string? application
---@return integer? number
function M.split_unit(name)
  local app, number = name:match("^(%l[%l%d%-]*)/(%d+)$")
  if app and M.is_application(app) then
    return app, math.tointeger(number)
  end
end

---@param unit string "app/0"
---@return string tag "unit-app-0"
function M.unit_tag(unit)
  return "unit-" .. unit:gsub("/", "-")
end

---@param unit string "app/0"
---@return string folder "app-0"
function M.unit_folder(unit)
  return (unit:gsub("/", "-"))
end

local function unit_before(a, b)
  local app_a, number_a = tostring(a):match("^(.*)/(%d+)$")
  local app_b, number_b = tostring(b):match("^(.*)/(%d+)$")
  if app_a and app_a == app_b then
    return tonumber(number_a) < tonumber(number_b)
  end
  local id_a, id_b = tonumber(a), tonumber(b)
  if id_a and id_b then
    return id_a < id_b
  end
  return tostring(a) < tostring(b)
end

---Keys in Juju's order: ids by number, a/2 before a/10.
---@param map table<string, any>
---@return string[]
function M.sorted(map)
  local keys <const> = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys, unit_before)
  return keys
end

---pairs() in Juju's order.
---@param map table<string, any>
---@return fun(): string?, any
function M.each(map)
  local keys <const> = M.sorted(map)
  local i = 0
  return function()
    i = i + 1
    return keys[i], map[keys[i]]
  end
end

return M
