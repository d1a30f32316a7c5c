-- SPDX-License-Identifier: Apache-2.0
-- The `temporal` interface between a Temporal server (requirer) and its admin
-- tools (provider). The server hands over its database connections, the admin
-- tools answer that the schema is set up, and for which databases.
local lazy = require "std.lazy"
local provider = lazy "relations.temporal_admin.provider"
local requirer = lazy "relations.temporal_admin.requirer"

local M = {}

---@return temporal_admin.Requirer
function M.requirer(...)
  return requirer.new(...)
end

---@return temporal_admin.Provider
function M.provider(...)
  return provider.new(...)
end

return M
