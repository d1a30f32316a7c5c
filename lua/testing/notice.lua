-- SPDX-License-Identifier: Apache-2.0
-- Deferred notices for a state in: what a handler deferred earlier.
local json = require "std.json"

local M = {}

-- A relation of a spec is named as Juju does, units and apps by their names.
local function snapshot(fields)
  local plain = {}
  for name, value in pairs(fields or {}) do
    if name == "relation" then
      plain.relation = {
        ["$relation"] = ("%s:%d"):format(value.endpoint, value.id),
      }
    elseif name == "unit" or name == "departing_unit" then
      plain[name] = { ["$unit"] = value }
    elseif name == "app" then
      plain.app = { ["$app"] = value }
    elseif name == "workload" then
      plain.workload = { ["$container"] = value }
    else
      plain[name] = value
    end
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
