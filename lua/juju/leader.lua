-- SPDX-License-Identifier: Apache-2.0
-- Leadership (is-leader).
local tool = require "juju.tool"

local M = {}

---@return boolean? is_leader
---@return std.Error? err
function M.is_leader()
  return tool.read("is-leader", { "--format=json" }, "boolean",
    "ask who leads the application")
end

return M
