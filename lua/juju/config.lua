-- SPDX-License-Identifier: Apache-2.0
-- The application's configuration (config-get).
local tool = require "juju.tool"

local M = {}

--- Every option that has a value.
---@return table<string, string|integer|number|boolean>?
---@return std.Error? err
function M.get()
  return tool.read("config-get", { "--format=json" }, "table",
    "read the configuration")
end

return M
