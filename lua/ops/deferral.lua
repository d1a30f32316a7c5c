-- SPDX-License-Identifier: Apache-2.0
-- The queue of deferred events: one key of the unit's store for each event
-- and observer, so that it is committed with the hook and dropped with it.
-- How often each was deferred is not written into each: all wait for the same
-- dispatches, so one key counts those, and a notice knows at which it came.
local lazy = require "std.lazy"
local json = lazy "std.json"
local sys = require "host.sys"

local M = {}

M.PREFIX = "deferred/" -- of the notices' keys
M.ROUNDS = "deferred-rounds" -- the key of the count

---@class ops.Notice
---@field key string its place in the queue
---@field event string path of the event, "charm/on/config_changed"
---@field number integer the n of event[n]
---@field observer string path of the observer
---@field method string
---@field fields string the event's fields, as ops.snapshot writes them
---@field since? integer seconds since 1970 when it was first deferred
---@field reason? string the handler's, at its last turn
---@field round? integer the dispatches counted when it came
---@field count integer how many times it was deferred

---@class ops.Deferral
---@field private store ops.Store
---@field private list? ops.Notice[] as it was, and what came
---@field private by_name? table<string, ops.Notice> those that wait
---@field private rounds? integer
local Deferral = {}
Deferral.__index = Deferral

---@param store ops.Store
---@return ops.Deferral
function M.new(store)
  return setmetatable({ store = store }, Deferral)
end

local function stored_rounds(store)
  return math.tointeger(tonumber(store:get(M.ROUNDS) or "0")) or 0
end

---The queue, oldest first.
---@param store ops.Store
---@return ops.Notice[]
function M.read(store)
  local list, rounds = {}, stored_rounds(store)
  for _, key in ipairs(store:keys(M.PREFIX)) do
    local notice = json.decode(store:get(key) or "")
    if type(notice) == "table" then
      notice.key = key
      notice.count = math.max(rounds - (notice.round or rounds), 0) + 1
      list[#list + 1] = notice
    end
  end
  return list
end

---What is kept under a notice's key.
---@param notice ops.Notice
---@return string
function M.encode(notice)
  return json.encode {
    event = notice.event,
    number = notice.number,
    observer = notice.observer,
    method = notice.method,
    fields = notice.fields,
    since = notice.since,
    reason = notice.reason,
    round = notice.round,
  }
end

-- The same event for the same observer waits once, whatever its number.
local function name_of(notice)
  return table.concat({ notice.event, notice.observer, notice.method,
    notice.fields }, "\0")
end

local function loaded(self)
  if not self.list then
    self.list = M.read(self.store)
    self.rounds = stored_rounds(self.store)
    self.by_name = {}
    for _, notice in ipairs(self.list) do
      self.by_name[name_of(notice)] = notice
    end
  end
  return self.list
end

---Begins a dispatch in which all that waits gets its turn.
---@return ops.Notice[] notices oldest first, the turn counted
function Deferral:turn()
  local notices = table.move(loaded(self), 1, #loaded(self), 1, {})
  if #notices > 0 then
    self.rounds = self.rounds + 1
  end
  return notices
end

---@param notice ops.Notice without key
function Deferral:add(notice)
  local list, name = loaded(self), name_of(notice)
  if self.by_name[name] then
    return
  end
  local last = list[#list]
  local place = last and math.tointeger(last.key:match("%d+$")) or 0
  notice.key = ("%s%010d"):format(M.PREFIX, place + 1)
  notice.since = math.floor(sys.time())
  notice.round = self.rounds
  notice.count = 1
  self.store:set(notice.key, M.encode(notice))
  list[#list + 1] = notice
  self.by_name[name] = notice
end

---It was deferred once more.
---@param notice ops.Notice
---@param reason? string
function Deferral:keep(notice, reason)
  notice.count = notice.count + 1
  if reason ~= notice.reason or not notice.round then
    notice.reason = reason
    notice.round = notice.round or self.rounds - 1
    self.store:set(notice.key, M.encode(notice))
  end
end

---@param notice ops.Notice
function Deferral:remove(notice)
  loaded(self)
  self.by_name[name_of(notice)] = nil
  self.store:set(notice.key, nil)
end

---The turns count only where something still waits.
function Deferral:commit()
  if self.list and next(self.by_name)
    and self.rounds ~= stored_rounds(self.store) then
    self.store:set(M.ROUNDS, tostring(self.rounds))
  end
end

return M
