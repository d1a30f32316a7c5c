-- SPDX-License-Identifier: Apache-2.0
-- Who observes what, and the delivery of events: an event's observers run in
-- the order in which they were registered, at once and depth first.
local lazy = require "std.lazy"
local bound = require "ops.bound"
local breakpoint = lazy "ops.breakpoint"
local errors = require "std.error"
local event = require "ops.event"
local handlers = require "ops.handlers"
local queue_text = lazy "ops.queue_text"
local snapshot = require "ops.snapshot"

local M = {}

-- From this time on a deferred event is warned of.
local MANY <const> = 10
-- Deferred events that the log tells one by one.
local TOLD <const> = 10

---@class ops.Framework
---@field model ops.Model
---@field log table
---@field queue ops.Deferral
---@field store ops.Store
---@field file_store ops.FileStore
---@field private objects table<string, ops.Object>
---@field private sources table<string, function>
---@field private observers table<string, table[]> by path of the event
---@field on {pre_commit: ops.BoundEvent, commit: ops.BoundEvent}
---@field delivering? string "charm:on_start, for <StartEvent via ...>"
---@field private count integer events so far, for their paths
---@field quiet boolean whether deferring again goes unlogged
local Framework = {}
Framework.__index = Framework

---@class ops.FrameworkOptions
---@field model ops.Model
---@field log table
---@field queue ops.Deferral
---@field store ops.Store
---@field file_store ops.FileStore

-- framework.on.pre_commit and .commit: the last words of objects that keep
-- something for others, before anything is sent.
local LIFECYCLE <const> = {}
for _, name in ipairs { "pre_commit", "commit" } do
  LIFECYCLE[name] = event.class {
    source = "lifecycle",
    no_defer = "it comes again with the next event anyway",
  }
end

---@param options ops.FrameworkOptions
---@return ops.Framework
function M.new(options)
  local self = setmetatable({
    path = "$framework",
    model = options.model,
    log = options.log,
    queue = options.queue,
    store = options.store,
    file_store = options.file_store,
    objects = {},
    sources = {},
    observers = {},
    flushes = {},
    count = 0,
    quiet = false,
  }, Framework)
  self.framework = self
  self:add_events(self, LIFECYCLE)
  return self
end

---@param object {path: string}
function Framework:register(object)
  if self.objects[object.path] then
    errors.raise {
      kind = "object-path",
      tried = "create the object " .. object.path,
      happened = "there is one with this path already",
      hint = "give each of them a key of its own",
    }
  end
  self.objects[object.path] = object
end

---Gives an object its events.
---@param object ops.Object
---@param classes table<string, table>
---@param prefixes? table<string, boolean>
function Framework:add_events(object, classes, prefixes)
  object.on, self.sources[object.path] =
    bound.source(object, classes, prefixes)
end

---@param observer ops.Object
---@param bound_event ops.BoundEvent
---@param handler function
function Framework:observe(observer, bound_event, handler)
  local method, tried = handlers.check(observer, bound_event, handler)
  local list = self.observers[bound_event.path] or {}
  for _, known in ipairs(list) do
    if known.object == observer and known.method == method then
      errors.raise {
        kind = "observe",
        tried = tried,
        happened = ("%s observes it already"):format(method),
      }
    end
  end
  list[#list + 1] = { object = observer, method = method, bound = bound_event }
  self.observers[bound_event.path] = list
end

---@param bound_event ops.BoundEvent
---@return boolean
function Framework:is_observed(bound_event)
  return self.observers[bound_event.path] ~= nil
end

-- Was it deferred, and why? While the handler runs, and after it raised,
-- `delivering` says what is going on.
local function deliver(self, one, observer)
  local own, outer = event.private(one), self.delivering
  own.deferred, own.reason = false, nil
  self.delivering = ("%s:%s, for %s"):format(observer.object.path,
    observer.method, tostring(one))
  if self.model.context.debug_at
    and breakpoint.is_wanted(self.model.context, "hook")
    and breakpoint.terminal.is_there() then
    breakpoint.talk("hook", setmetatable({ self = observer.object,
      event = one }, { __index = _G }), self.delivering)
  end
  observer.object[observer.method](observer.object, one)
  self.delivering = outer
  return own.deferred, own.reason
end

---@param bound_event ops.BoundEvent
---@param fields? table<string, any>
---@return ops.Event? event nil when nobody observes it
function Framework:emit(bound_event, fields)
  local list = self.observers[bound_event.path] or {}
  local custom = bound_event.class.options.source == "custom"
  self.count = self.count + 1
  local number = self.count
  local text = snapshot.take(fields or {}, self.model.refs)
  if #list == 0 then
    return nil
  end
  local one = event.new(self, bound_event, number, fields)
  if custom then
    self.log.debug("Emitting custom event %s.", tostring(one))
  end
  for i = 1, #list do
    local deferred, reason = deliver(self, one, list[i])
    if deferred then
      self.queue:add {
        event = bound_event.path,
        number = number,
        observer = list[i].object.path,
        method = list[i].method,
        fields = text,
        reason = reason,
      }
    end
  end
  return one
end

-- The observer of a deferred notice in this version of the charm.
function Framework:find_observer(notice)
  for _, observer in ipairs(self.observers[notice.event] or {}) do
    if observer.object.path == notice.observer
      and observer.method == notice.method then
      return observer
    end
  end
  -- It may observe no more but still have the method: ops delivers then too.
  local object = self.objects[notice.observer]
  local bound_event = object and self:find_event(notice.event)
  if bound_event and type(object[notice.method]) == "function" then
    return { object = object, method = notice.method, bound = bound_event }
  end
end

-- "charm/child/on/name" -> the bound event, nil when there is none.
function Framework:find_event(path)
  local owner, name = path:match("^(.*)/on/([%w_]+)$")
  local find = owner and self.sources[owner]
  return find and find(name)
end

-- One notice's turn; is it deferred once more?
local function reemit_one(self, notice, observer, place)
  local fields = snapshot.restore(notice.fields, self.model)
  local one = event.new(self, observer.bound, notice.number, fields)
  if not self.quiet then
    self.log.debug("Re-emitting deferred event %s (%s in queue).",
      tostring(one), place)
  end
  local deferred, reason = deliver(self, one, observer)
  if deferred then
    self.queue:keep(notice, reason)
  else
    self.queue:remove(notice)
  end
  return deferred
end

---Delivers the deferred notices again, oldest first. Of many, the log tells
---the first ones and then their number: each line is a call of Juju.
function Framework:reemit()
  local notices, waiting, stale = self.queue:turn(), 0, {}
  for _, notice in ipairs(notices) do
    self.count = math.max(self.count, notice.number)
  end
  for i, notice in ipairs(notices) do
    local observer = self:find_observer(notice)
    self.quiet = i > TOLD
    if not observer then
      self.log.warning("dropping the deferred event %s[%d]: this version of "
        .. "the charm has no %s in %s", notice.event, notice.number,
        notice.method, notice.observer)
      self.queue:remove(notice)
    elseif reemit_one(self, notice, observer, i .. " of " .. #notices) then
      waiting = waiting + 1
      stale[#stale + 1] = notice.count >= MANY and notice or nil
    end
  end
  self.quiet = false
  if #notices > TOLD then
    self.log.debug("Re-emitted %d deferred events, %d of them wait on.",
      #notices, waiting)
  end
  if #stale > 0 then
    self.log.warning("%s", queue_text.warning(stale))
  end
end

---Stops here where JUJU_DEBUG_AT says so; otherwise does nothing.
---@param name string
function Framework:breakpoint(name)
  breakpoint.check(name)
  if not breakpoint.is_wanted(self.model.context, name, "all") then
    return
  elseif not breakpoint.terminal.is_there() then
    self.log.warning("passing the breakpoint '%s': nobody is at a terminal",
      name)
    return
  end
  local variables, keep = breakpoint.variables(2)
  breakpoint.talk(name, variables, self.delivering or "the charm")
  keep(2)
end

---Runs a function first of all at commit.
---@param flush fun()
function Framework:before_commit(flush)
  self.flushes[#self.flushes + 1] = flush
end

---Sends what the handlers changed: databags, then the unit's store, which has
---the mark of the local file written before it.
function Framework:commit()
  for _, name in ipairs { "pre_commit", "commit" } do
    if self:is_observed(self.on[name]) then
      self:emit(self.on[name])
    end
  end
  for _, flush in ipairs(self.flushes) do
    flush()
  end
  self.queue:commit()
  self.model:commit()
  self.file_store:commit()
  self.store:commit()
end

return M
