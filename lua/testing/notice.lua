-- SPDX-License-Identifier: Apache-2.0
-- Deferred notices for a state in: what a handler deferred earlier.
local json = require "std.json"

local M = {}

-- field -> how the snapshot names what stands there
local NAMED <const> = {
  relation = function(value)
    return "$relation", ("%s:%d"):format(value.endpoint, value.id)
  end,
  unit = function(value)
    return "$unit", value
  end,
  departing_unit = function(value)
    return "$unit", value
  end,
  app = function(value)
    return "$app", value
  end,
  workload = function(value)
    return "$container", value
  end,
  storage = function(value)
    return "$storage", { id = ("%s/%d"):format(value.name, value.index or 0),
      location = value.location }
  end,
  secret = function(value)
    return "$secret", { id = value.id, label = value.label }
  end,
  notice = function(value)
    return "$notice", value
  end,
  info = function(value)
    return "$check", value
  end,
}

-- A spec names things as its state does; notices and checks with their
-- `container`.
local function snapshot(fields)
  local plain = {}
  for name, value in pairs(fields or {}) do
    local mark, ref
    if NAMED[name] then
      mark, ref = NAMED[name](value)
    end
    plain[name] = mark and { [mark] = ref } or value
  end
  return json.encode(plain)
end

---@param context testing.Context
---@param event string "config_changed", or the path of a custom event
---@param handler string
---@param fields? table
---@param observer? string
---@return ops.Notice
function M.new(context, event, handler, fields, observer)
  local charm = context.charm.kind
  return {
    event = event:find("/on/", 1, true) and event
      or ("%s/on/%s"):format(charm, event),
    number = 1,
    observer = observer or charm,
    method = handler,
    fields = snapshot(fields),
  }
end

return M
