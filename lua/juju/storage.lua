-- SPDX-License-Identifier: Apache-2.0
-- Storage (storage-list, -get, -add). An instance is named as Juju does,
-- "data/0".
local tool = require "juju.tool"

local M = {}

---@class juju.Storage
---@field kind string "filesystem" or "block"
---@field location string

--- The instances that are attached.
---@param name? string of one storage, otherwise of all
---@return string[]? ids
---@return std.Error? err
function M.list(name)
  local ids, err = tool.read("storage-list", { "--format=json", name },
    "table", name and ("list the storage '%s'"):format(name)
      or "list the storage")
  if err then
    return nil, err
  end
  return ids or {}
end

---@param id string
---@return juju.Storage?
---@return std.Error? err
function M.get(id)
  return tool.read("storage-get", { "--format=json", "-s", id }, "table",
    "find the storage " .. id)
end

--- Asks for more; each instance comes with an event of its own.
---@param name string
---@param count? integer default 1
---@return true?
---@return std.Error? err
function M.add(name, count)
  local out, err = tool.call("storage-add",
    { ("%s=%d"):format(name, count or 1) },
    { tried = ("add storage '%s'"):format(name) })
  return out and true, err
end

return M
