-- SPDX-License-Identifier: Apache-2.0
-- The `temporal` interface between a Temporal server (requirer) and its admin
-- tools (provider). The server hands over its database connections, the admin
-- tools answer that the schema is set up, and for which databases.
local provider = require "relations.temporal_admin.provider"
local requirer = require "relations.temporal_admin.requirer"

local M = {}

M.requirer = requirer.new
M.provider = provider.new

return M
