-- SPDX-License-Identifier: Apache-2.0
-- What a model has come to, without what may differ from run to run: which
-- unit leads, addresses, ids, passwords and digests. Two runs of the same
-- deployment that ended alike have the same text.
local http = require "host.http"
local json = require "std.json"
local names = require "lab.names"
local paths = require "lab.paths"
local relations = require "lab.model.relations"
local store = require "lab.store"

local M = {}

-- "app/0" is "app/leader" or "app/other-1"; likewise for its address.
local function aliases(model)
  local found <const>, others <const> = {}, {}
  for name, unit in names.each(model.units) do
    local app <const> = unit.application
    local alias = app .. "/leader"
    if model.applications[app].leader ~= name then
      others[app] = (others[app] or 0) + 1
      alias = ("%s/other-%d"):format(app, others[app])
    end
    found[name], found[unit.address] = alias, "address of " .. alias
  end
  return found
end

local REPLACED <const> = {
  { "password=[^%s\"\\]+", "password=*" },
  { '("password\\?":\\?")[^"\\]+', "%1*" },
  { "relation_id_%d+", "relation_id_*" },
  { '"%d+":', '"*":' },
  { '(\\")%d+(\\":)', "%1*%2" },
  { ("%x"):rep(64), "digest" },
}

-- A list between commas, which is in the order of the real names.
local function sorted_list(start, list)
  local items <const> = {}
  for item in list:gmatch("[^,]+") do
    items[#items + 1] = item
  end
  table.sort(items)
  return start .. table.concat(items, ",")
end

local function normal(text, known)
  text = text:gsub("127%.%d+%.%d+%.%d+", known)
    :gsub("[%l%d-]+/%d+", known)
  for _, rule in ipairs(REPLACED) do
    text = text:gsub(rule[1], rule[2])
  end
  return (text:gsub('("allowed%-%l+":")([^"]*)', sorted_list))
end

local function plan_of(data, model, unit, container)
  local client <close> = http.client {
    socket = ("%s/%s/pebble.socket"):format(
      paths.unit(data, model, unit).containers, container),
  }
  return assert(client:request { path = "/v1/plan?format=yaml" }).body
end

-- A map of texts, so that a difference has a name.
local function collect(data, model)
  local found <const> = {}
  for name, unit in pairs(model.units) do
    found[name .. " status"] =
      ("%s %s"):format(unit.workload.status, unit.workload.message)
    found[name .. " agent"] = unit.agent.status
    found[name .. " state"] = json.encode(unit.state)
    found[name .. " ports"] = json.encode(unit.ports)
    for container in pairs(
      model.applications[unit.application].charm.containers) do
      found[name .. " plan of " .. container] =
        plan_of(data, model.name, unit.name, container)
    end
  end
  for _, relation in pairs(model.relations) do
    for who, bag in pairs(relation.bags) do
      found[("%s bag of %s"):format(relations.key(relation.endpoints), who)] =
        json.encode(bag)
    end
  end
  for name, application in pairs(model.applications) do
    found[name .. " config"] = json.encode(application.config)
    found[name .. " version"] = application.version or ""
  end
  return found
end

---@param data string the lab's data folder
---@param name string of the model
---@return table<string, string>
function M.read(data, name)
  local model <const> = assert(store.model(paths.model(data, name)))
  local known <const>, normalised <const> = aliases(model), {}
  for key, text in pairs(collect(data, model)) do
    normalised[normal(key, known)] = normal(text, known)
  end
  return normalised
end

---What differs between two, one line each; "" when nothing does.
---@param expected table<string, string>
---@param found table<string, string>
---@return string
function M.difference(expected, found)
  local keys <const>, lines <const> = {}, {}
  for _, map in ipairs { expected, found } do
    for key in pairs(map) do
      keys[key] = true
    end
  end
  for key in names.each(keys) do
    if expected[key] ~= found[key] then
      lines[#lines + 1] = ("%s:\n  expected %s\n  found    %s"):format(key,
        tostring(expected[key]), tostring(found[key]))
    end
  end
  return table.concat(lines, "\n")
end

return M
