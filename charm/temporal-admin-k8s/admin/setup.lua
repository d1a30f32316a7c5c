-- SPDX-License-Identifier: Apache-2.0
-- The databases of one server made ready, one store after the other, with a
-- lock in the database itself, so that two units never run the tool at once.
local ops = require "ops"
local schema = require "relations.temporal_schema"
local store = require "admin.store"

local M = {}

-- Seconds for a database that is being started together with this unit.
local PATIENCE <const> = 20
-- The two halves of the lock's number: any, as long as all units use them.
local LOCK <const> = "select pg_try_advisory_lock(1952804208, 1)"
local ORDER <const> = { "db", "visibility" }

local function with_lock(container, session, connection, key, verbose)
  local got, err = session:value(LOCK)
  if err then
    local kind, message = schema.explain(err, connection)
    return { kind = kind, message = message }
  elseif not got then
    return { kind = "waiting", message = "another unit sets up the schema" }
  end
  return store.ensure(container, session, connection, schema.STORES[key],
    verbose)
end

--- Makes the databases of the connections ready.
---@param container ops.Container
---@param connections temporal_admin.Connections
---@param verbose boolean
---@return admin.Verdict? verdict nil when all are ready
function M.run(container, connections, verbose)
  for _, key in ipairs(ORDER) do
    local connection = connections[key]
    if connection then
      local session, err = schema.connect(connection, PATIENCE)
      if not session then
        ops.log.warning("%s", err)
        local kind, message = schema.explain(err, connection)
        return { kind = kind, message = message }
      end
      local verdict = with_lock(container, session, connection, key, verbose)
      -- Closing ends the session, and with it the lock.
      session:close()
      if verdict then
        return verdict
      end
    end
  end
end

return M
