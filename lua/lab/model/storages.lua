-- SPDX-License-Identifier: Apache-2.0
-- A unit's storages: those it starts with, those a hook or a refresh adds,
-- within the counts of metadata.yaml. Pure.
local names = require "lab.names"

local M = {}

---@class lab.StorageMeta
---@field type string?
---@field location string?
---@field multiple boolean? each one has a folder of its own at a location
---@field least integer
---@field most integer? no limit without one

-- "2", "1-3", "2-" and "2+"; one without a range.
local function counts(range)
  if range == nil then
    return 1, 1
  end
  local least <const>, mark <const>, most <const> =
    tostring(range):match("^(%d+)([-+]?)(%d*)$")
  if not least or most ~= "" and mark ~= "-" then
    return nil
  end
  local first <const> = math.tointeger(tonumber(least))
  return first, mark == "" and first or math.tointeger(tonumber(most)) or nil
end

---@param metadata table the storage section; empty for none
---@return table<string, lab.StorageMeta>?
---@return string? message
function M.read(metadata)
  local found <const> = {}
  for name, about in names.each(metadata) do
    about = type(about) == "table" and about or {}
    local multiple <const> = type(about.multiple) == "table" and about.multiple
    local range = nil
    if multiple then
      range = multiple.range
    end
    local least <const>, most <const> = counts(range)
    if not least then
      return nil, ('metadata.yaml: storage "%s" has the invalid range "%s"')
        :format(name, tostring(range))
    end
    found[name] = {
      type = type(about.type) == "string" and about.type or nil,
      location = type(about.location) == "string" and about.location or nil,
      multiple = multiple and true or nil, least = least, most = most,
    }
  end
  return found
end

---@param model table
---@param storages table<string, { name: string }> a unit's
---@param name string
function M.add(model, storages, name)
  storages[("%s/%d"):format(name, model.next_storage)] = { name = name }
  model.next_storage = model.next_storage + 1
end

local function count(storages, name)
  local found = 0
  for _, storage in pairs(storages) do
    found = found + (storage.name == name and 1 or 0)
  end
  return found
end

---Adds what the charm's least counts ask for and is not there.
---@param model table
---@param storages table<string, { name: string }> a unit's
---@param charm lab.Charm
function M.fill(model, storages, charm)
  for name, meta in names.each(charm.storage) do
    for _ = count(storages, name) + 1, meta.least or 1 do
      M.add(model, storages, name)
    end
  end
end

---Why these may not be added.
---@param storages table<string, { name: string }> a unit's
---@param charm lab.Charm
---@param wanted string[] names
---@return string? message
function M.refusal(storages, charm, wanted)
  local more <const> = {}
  for _, name in ipairs(wanted) do
    more[name] = (more[name] or 0) + 1
  end
  for name, number in names.each(more) do
    local meta <const> = charm.storage[name]
    local total <const> = count(storages, name) + number
    if not meta then
      return ('charm storage "%s" not found'):format(name)
    elseif meta.most and total > meta.most then
      return ('charm "%s" store "%s": at most %d instances supported, %d '
        .. "specified"):format(charm.name, name, meta.most, total)
    end
  end
end

return M
