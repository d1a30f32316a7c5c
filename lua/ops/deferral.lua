-- SPDX-License-Identifier: Apache-2.0
-- The queue of deferred events: one key of the unit's store for each event
-- and observer, so that it is committed with the hook and dropped with it.
local json = require "std.json"

local M = {}

local PREFIX <const> = "deferred/"

---@class ops.Notice
---@field key string its place in the queue
---@field event string path of the event, "charm/on/config_changed"
---@field number integer the n of event[n]
---@field observer string path of the observer
---@field method string
---@field fields string the event's fields, as ops.snapshot writes them

---@class ops.Deferral
---@field private store ops.Store
---@field private list? ops.Notice[]
local Deferral = {}
Deferral.__index = Deferral

---@param store ops.Store
---@return ops.Deferral
function M.new(store)
  return setmetatable({ store = store }, Deferral)
end

---The queue, oldest first.
---@param store ops.Store
---@return ops.Notice[]
function M.read(store)
  local list = {}
  for _, key in ipairs(store:keys(PREFIX)) do
    local notice = json.decode(store:get(key) or "")
    if type(notice) == "table" then
      notice.key = key
      list[#list + 1] = notice
    end
  end
  return list
end

local function loaded(self)
  self.list = self.list or M.read(self.store)
  return self.list
end

---@return ops.Notice[] notices a copy, oldest first
function Deferral:notices()
  return table.move(loaded(self), 1, #loaded(self), 1, {})
end

-- The same event for the same observer waits once, whatever its number.
local function same(a, b)
  return a.event == b.event and a.observer == b.observer
    and a.method == b.method and a.fields == b.fields
end

---@param notice ops.Notice without key
function Deferral:add(notice)
  local list = loaded(self)
  for _, other in ipairs(list) do
    if same(other, notice) then
      return
    end
  end
  local last = list[#list]
  local place = last and math.tointeger(last.key:match("%d+$")) or 0
  local key = ("%s%010d"):format(PREFIX, place + 1)
  self.store:set(key, json.encode(notice))
  notice.key = key
  list[#list + 1] = notice
end

---@param notice ops.Notice
function Deferral:remove(notice)
  for i, other in ipairs(loaded(self)) do
    if other.key == notice.key then
      table.remove(self.list, i)
      self.store:set(notice.key, nil)
      return
    end
  end
end

return M
