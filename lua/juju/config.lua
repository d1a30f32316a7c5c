-- SPDX-License-Identifier: Apache-2.0
-- The application's configuration (config-get).
local tool = require "juju.tool"

local M = {}

local ALL <const> = { "--format=json" }

--- Lets the agent fetch it while something else is done.
function M.get_ahead()
  tool.ask_ahead("config-get", ALL)
end

--- Every option that has a value.
---@return table<string, string|integer|number|boolean>?
---@return std.Error? err
function M.get()
  return tool.read("config-get", ALL, "table",
    "read the configuration")
end

return M
