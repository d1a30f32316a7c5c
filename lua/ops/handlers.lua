-- SPDX-License-Identifier: Apache-2.0
-- What may observe an event: a method of the observer's class that takes the
-- event alone. It is kept by its name, since a deferred event outlives the
-- process.
local bound = require "ops.bound"
local errors = require "std.error"

local M = {}

-- The name under which the object's class knows the handler. It is what a
-- deferred event is delivered to, so it must be the same in every dispatch:
-- of several names the first in the alphabet.
local function method_name(object, handler)
  local class = getmetatable(object)
  while class do
    local first
    for name, value in pairs(class) do
      if value == handler and type(name) == "string"
        and (not first or name < first) then
        first = name
      end
    end
    if first then
      return first
    end
    local meta = getmetatable(class)
    class = meta and type(meta.__index) == "table" and meta.__index or nil
  end
end

---Refuses what can't be observed or delivered.
---@param observer ops.Object
---@param bound_event ops.BoundEvent
---@param handler function
---@return string method
---@return string tried for further refusals
function M.check(observer, bound_event, handler)
  local tried = ("observe %s from %s"):format(tostring(bound_event),
    observer.path)
  if not bound.is(bound_event) then
    errors.raise {
      kind = "observe",
      tried = tried,
      happened = "the first argument is not an event",
      hint = "self:observe(self.on.config_changed, self.on_config_changed)",
    }
  elseif type(handler) ~= "function" then
    errors.raise {
      kind = "observe",
      tried = tried,
      happened = ("the handler is %s"):format(type(handler)),
      hint = "is the method's name spelt as where it is defined?",
    }
  end
  local name = method_name(observer, handler)
  local info = debug.getinfo(handler, "u")
  if not name then
    errors.raise {
      kind = "observe",
      tried = tried,
      happened = "the handler is not a method of that object",
      hint = "define it as function Charm:on_something(event)",
    }
  elseif info.nparams > 2 then
    errors.raise {
      kind = "observe",
      tried = tried,
      happened = ("the handler %s takes more than an event"):format(name),
    }
  end
  return name, tried
end

return M
