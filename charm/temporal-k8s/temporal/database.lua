-- SPDX-License-Identifier: Apache-2.0
-- The database's own word on whether a server can be started on it.
local ops = require "ops"
local schema = require "relations.temporal_schema"
local server_config = require "temporal.server_config"

local M = {}

local function check(connection, target)
  for key, name in pairs { db = "default", visibility = "visibility" } do
    local store = schema.STORES[key]
    local report, err = schema.inspect(connection, store,
      server_config.DATABASE_SCHEMA[name])
    if not report then
      return schema.explain(err, target)
    elseif report.in_recovery then
      return "waiting", "the database is in recovery, a standby takes no writes"
    end
    local fault = schema.fault(report, store)
    if fault then
      return "schema", fault
    end
  end
end

--- Asks the database.
---@param target temporal.Connection
---@param patience number? seconds to wait for one that does not answer
---@return "blocked"|"waiting"|"schema"|nil problem nil when all is well
---@return string? message without secrets
function M.problem(target, patience)
  local connection, err = schema.connect(target, patience)
  if not connection then
    ops.log.warning("%s", err)
    return schema.explain(err, target)
  end
  local problem, message = check(connection, target)
  connection:close()
  return problem, message
end

return M
