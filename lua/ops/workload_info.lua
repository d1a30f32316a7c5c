-- SPDX-License-Identifier: Apache-2.0
-- What an event says of a workload: a notice or a check, of which Juju gives
-- the name. The rest is asked of Pebble when it is first used.
local filled = require "ops.filled"

local M = {}

---@class ops.PebbleNotice
---@field id string
---@field type string "custom"
---@field key string "example.com/path"
---@field last_data? table<string, string>
---@field occurrences? integer
---@field first_occurred? string
---@field last_occurred? string
---@field last_repeated? string
---@field expire_after? string
---@field repeat_after? string
---@field user_id? integer

---@class ops.CheckInfo: pebble.CheckInfo

local function with_underscores(found)
  local plain = {}
  for key, value in pairs(found) do
    plain[key:gsub("%-", "_")] = value
  end
  return plain
end

---@param model ops.Model
---@param known {container: string, id: string, type?: string, key?: string}
---@return ops.PebbleNotice
function M.notice(model, known)
  local notice = filled.lazily(
    { id = known.id, type = known.type, key = known.key },
    function()
      return with_underscores(
        model.containers[known.container]:get_notice(known.id))
    end, "ops.PebbleNotice")
  model.refs[notice] = { kind = "notice", value = known }
  return notice
end

---@param model ops.Model
---@param known {container: string, name: string}
---@return ops.CheckInfo
function M.check(model, known)
  local check = filled.lazily({ name = known.name }, function()
    return model.containers[known.container]:get_check(known.name)
  end, "ops.CheckInfo")
  model.refs[check] = { kind = "check", value = known }
  return check
end

return M
