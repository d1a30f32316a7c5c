-- SPDX-License-Identifier: Apache-2.0
-- Storage: model.storages.data lists the instances that are attached,
-- model.storages:request("data", 2) asks for more. Where one is mounted is
-- asked of Juju when .location is first used.
local errors = require "std.error"
local filled = require "ops.filled"
local juju_storage = require "juju.storage"
local must = require "ops.must"
local names = require "ops.names"

local M = {}

---@class ops.Storage
---@field name string
---@field index integer
---@field full_id string "data/0"
---@field location string
local Storage = {}
Storage.__name = "ops.Storage"

function Storage.__index(self, key)
  if key == "location" then
    local found = must(juju_storage.get(self.full_id))
    rawset(self, "location", found.location)
    return found.location
  end
  return Storage[key]
end

---@return string
function Storage:__tostring()
  return ("<storage %s>"):format(self.full_id)
end

---@param name string
---@param index integer
---@param location? string where it is known already
---@return ops.Storage
function M.new(name, index, location)
  return setmetatable({
    name = name,
    index = index,
    full_id = ("%s/%d"):format(name, index),
    location = location,
  }, Storage)
end

---What a deferred event keeps: by then Juju may know the place no more.
---@param storage ops.Storage
---@return {id: string, location?: string}
function M.snapshot(storage)
  return { id = storage.full_id, location = rawget(storage, "location") }
end

local function check(meta, name)
  if not meta.storages[name] then
    errors.raise {
      kind = "unknown-storage",
      tried = ("use the storage '%s'"):format(tostring(name)),
      happened = "metadata.yaml does not declare it",
      hint = "it declares: " .. names.listed(meta.storages),
    }
  end
end

---@param model ops.Model
---@return table<string, ops.Storage[]> storages with the method request
function M.map(model)
  return filled.by(function(name)
    check(model.meta, name)
    local list = {}
    for i, id in ipairs(must(juju_storage.list(name))) do
      list[i] = model:storage_by_id(name, math.tointeger(id:match "%d+$"))
    end
    return list
  end, {
    request = function(_, name, count)
      check(model.meta, name)
      count = count or 1
      if math.type(count) ~= "integer" or count < 1 then
        error(("cannot request the storage '%s': %s is no number of them")
          :format(name, tostring(count)), 2)
      end
      must(juju_storage.add(name, count))
    end,
  })
end

return M
