-- SPDX-License-Identifier: Apache-2.0
-- How names are written: Juju's have dashes, events and types have none.
local M = {}

---@param name string "pebble-ready"
---@return string "pebble_ready"
function M.event(name)
  if name:find("-", 1, true) or name:find(".", 1, true) then
    name = name:gsub("[-.]", "_")
  end
  return name
end

---@param name string "schema_changed"
---@return string "SchemaChanged"
function M.camel(name)
  local text = name:gsub("[^%w]+", "_"):gsub("_(%w)", string.upper)
  return (text:gsub("^%w", string.upper))
end

---@param t table
---@return string[] names the keys that are strings, sorted
function M.sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    if type(key) == "string" then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys)
  return keys
end

---@param t table
---@return string "a, b, c" for messages, "none" when there is nothing
function M.listed(t)
  local keys = M.sorted_keys(t)
  return #keys > 0 and table.concat(keys, ", ") or "none"
end

return M
