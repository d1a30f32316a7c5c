-- SPDX-License-Identifier: Apache-2.0
-- The charm's resources (resource-get).
local tool = require "juju.tool"

local M = {}

--- Downloads a resource, once.
---@param name string
---@return string? path of the file
---@return std.Error? err
function M.get(name)
  local path, err = tool.call("resource-get", { name },
    { reads = true, tried = ("get the resource %s"):format(name) })
  return path and path:gsub("\n$", "") or nil, err
end

return M
