-- SPDX-License-Identifier: Apache-2.0
-- The unit's key-value store in Juju (state-get, state-set): read whole, at
-- most once; changes go out together at commit, only what really differs.
local errors = require "std.error"
local juju_state = require "juju.state"
local must = require "ops.must"
local names = require "ops.names"

local M = {}

-- Juju's limits: key and value at once, the whole at the hook's end.
local MAX_KEY <const> = 256
local MAX_VALUE <const> = 65536
local MAX_TOTAL <const> = 2 * 1024 * 1024

---@class ops.Store
---@field private committed? table<string, string> what Juju has
---@field private changes table<string, string|false> since; false: deleted
---@field private total? integer bytes that it will hold, once something is set
local Store = {}
Store.__index = Store

---@return ops.Store
function M.new()
  return setmetatable({ changes = {} }, Store)
end

-- Reads everything in one call.
local function load(self)
  self.committed = self.committed or must(juju_state.get())
  return self.committed
end

local function value_of(self, key)
  local value = self.changes[key]
  if value == nil then
    value = load(self)[key]
  end
  return value or nil
end

---@param key string
---@return string?
function Store:get(key)
  local value = value_of(self, key)
  return value ~= "" and value or nil
end

---@param prefix string
---@return string[] keys sorted
function Store:keys(prefix)
  local found = {}
  local function add(key)
    if key:sub(1, #prefix) == prefix then
      found[#found + 1] = key
    end
  end
  for key in pairs(load(self)) do
    if self.changes[key] == nil then
      add(key)
    end
  end
  for key, value in pairs(self.changes) do
    if value then
      add(key)
    end
  end
  table.sort(found)
  return found
end

local function too_big(key, what, size, limit)
  errors.raise {
    kind = "state-size",
    tried = ("set %s in the unit's state"):format(key),
    happened = ("%s has %d bytes, Juju allows %d"):format(what, size, limit),
    hint = "keep large values in a file or in storage",
  }
end

local function size_of(key, value)
  return value and #key + #value or 0
end

local function total_of(self)
  if not self.total then
    self.total = 0
    for key, value in pairs(load(self)) do
      self.total = self.total + size_of(key, value)
    end
  end
  return self.total
end

---@param key string
---@param value? string nil deletes
function Store:set(key, value)
  if value and #key > MAX_KEY then
    too_big(key, "the key", #key, MAX_KEY)
  elseif value and #value > MAX_VALUE then
    too_big(key, "the value", #value, MAX_VALUE)
  end
  local total = total_of(self) - size_of(key, value_of(self, key))
    + size_of(key, value)
  if value and total > MAX_TOTAL then
    too_big(key, "the whole state", total, MAX_TOTAL)
  end
  self.total = total
  self.changes[key] = value or false
end

---Sends what changed: one state-set, and a state-delete for each key gone.
function Store:commit()
  local changed, gone = {}, {}
  for _, key in ipairs(names.sorted_keys(self.changes)) do
    local value, before = self.changes[key], load(self)[key]
    if not value and before then
      gone[#gone + 1] = key
    elseif value and value ~= before then
      changed[key] = value
    end
  end
  if next(changed) then
    must(juju_state.set(changed))
  end
  if #gone > 0 then
    must(juju_state.delete(gone))
  end
end

return M
