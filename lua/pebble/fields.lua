-- SPDX-License-Identifier: Apache-2.0
-- What Pebble says of a thing, with names that Lua can write: "change-id"
-- becomes change_id. Every field is kept, of newer versions too. Pure.
local null = require "std.null"

---@param item table as Pebble sends it
---@param defaults? table what Pebble leaves out
---@return table fields
local function fields(item, defaults)
  local result = {}
  for name, value in pairs(defaults or {}) do
    result[name] = value
  end
  for name, value in pairs(item) do
    if value ~= null then
      result[name:gsub("%-", "_")] = value
    end
  end
  return result
end

return fields
