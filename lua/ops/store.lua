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
---@field private current? table<string, string>
---@field private total integer bytes of current
local Store = {}
Store.__index = Store

---@return ops.Store
function M.new()
  return setmetatable({}, Store)
end

local function size_of(key, value)
  return value and #key + #value or 0
end

-- Reads everything in one call.
local function load(self)
  if not self.current then
    self.committed = must(juju_state.get())
    self.current, self.total = {}, 0
    for key, value in pairs(self.committed) do
      self.current[key] = value
      self.total = self.total + size_of(key, value)
    end
  end
  return self.current
end

---@param key string
---@return string?
function Store:get(key)
  local value = load(self)[key]
  return value ~= "" and value or nil
end

---@param prefix string
---@return string[] keys sorted
function Store:keys(prefix)
  local found = {}
  for key in pairs(load(self)) do
    if key:sub(1, #prefix) == prefix then
      found[#found + 1] = key
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

---@param key string
---@param value? string nil deletes
function Store:set(key, value)
  local current = load(self)
  if value == nil then
    self.total = self.total - size_of(key, current[key])
    current[key] = nil
    return
  elseif #key > MAX_KEY then
    too_big(key, "the key", #key, MAX_KEY)
  elseif #value > MAX_VALUE then
    too_big(key, "the value", #value, MAX_VALUE)
  end
  local total = self.total + #key + #value - size_of(key, current[key])
  if total > MAX_TOTAL then
    too_big(key, "the whole state", total, MAX_TOTAL)
  end
  self.total = total
  current[key] = value
end

---Sends what changed: one state-set, and a state-delete for each key gone.
function Store:commit()
  if not self.current then
    return
  end
  local changed, gone = {}, {}
  for key, value in pairs(self.current) do
    if self.committed[key] ~= value then
      changed[key] = value
    end
  end
  if next(changed) then
    must(juju_state.set(changed))
  end
  for _, key in ipairs(names.sorted_keys(self.committed)) do
    if self.current[key] == nil then
      gone[#gone + 1] = key
    end
  end
  if #gone > 0 then
    must(juju_state.delete(gone))
  end
end

return M
