-- SPDX-License-Identifier: Apache-2.0
-- What Temporal 1.17.4 needs of its PostgreSQL database, asked of the database
-- itself: the versions in both schemas, the tables that tell a store that was
-- really made from one whose row only says so, and that it is no standby.
local ops = require "ops"

local M = {}

local CONNECT_TIMEOUT <const> = 5
local PAUSE <const> = 0.5

---@class temporal_schema.Store
---@field key "db"|"visibility" in the `temporal` interface
---@field version string at least
---@field table_name string made by the first version; empty until served from
---@field directory string below schema/postgresql/v96

---@type table<string, temporal_schema.Store>
M.STORES = {
  db = { key = "db", version = "1.8", table_name = "namespaces",
    directory = "temporal" },
  visibility = { key = "visibility", version = "1.1",
    table_name = "executions_visibility", directory = "visibility" },
}

---@class temporal_schema.Report of one store
---@field role string whose privileges count; a login may act as another
---@field schema_exists boolean
---@field version string? nil where no version table is
---@field has_tables boolean
---@field in_recovery boolean
---@field may_create boolean tables in the schema
---@field may_create_schema boolean in the database

--- Compares versions as tuples of integers, so that 1.10 is above 1.9.
---@param a string
---@param b string
---@return boolean whether a >= b
function M.at_least(a, b)
  local left, right = a:gmatch("%d+"), b:gmatch("%d+")
  while true do
    local x, y = left(), right()
    if not x and not y then
      return true
    end
    x, y = tonumber(x or 0), tonumber(y or 0)
    if x ~= y then
      return x > y
    end
  end
end

-- The catalogue is read rather than to_regclass asked: that raises where the
-- role may not use the schema.
local FACTS <const> = [[
select current_user as role, pg_is_in_recovery() as in_recovery,
  has_database_privilege(current_database(), 'CREATE') as may_create_schema,
  n.oid is not null as schema_exists,
  coalesce(has_schema_privilege(n.oid, 'CREATE'), false) as may_create,
  coalesce(has_schema_privilege(n.oid, 'USAGE'), false) as may_use,
  exists (select 1 from pg_catalog.pg_class c
    where c.relnamespace = n.oid and c.relname = 'schema_version')
    as has_version,
  exists (select 1 from pg_catalog.pg_class c
    where c.relnamespace = n.oid and c.relname = $2) as has_tables
from (select 1) as one
left join pg_catalog.pg_namespace n on n.nspname = $1]]

local VERSION <const> = [[
select curr_version from %s.schema_version
where version_partition = 0 and db_name = current_database()]]

--- Looks at one store of the connected database.
---@param connection pg.Connection
---@param store temporal_schema.Store
---@param schema string PostgreSQL schema of its tables
---@return temporal_schema.Report? report
---@return std.Error? err
function M.inspect(connection, store, schema)
  local report, err = connection:one(FACTS, { schema, store.table_name })
  if report and report.has_version and report.may_use then
    report.version, err = connection:value(
      VERSION:format(ops.pg.quote_ident(schema)))
  end
  if err then
    return nil, err
  end
  return report
end

--- Why the server cannot be started on the store, or nil.
---@param report temporal_schema.Report
---@param store temporal_schema.Store
---@return string? fault
function M.fault(report, store)
  if not report.version then
    return ("no version of the %s schema is recorded"):format(store.key)
  elseif not M.at_least(report.version, store.version) then
    return ("the %s schema has version %s, %s is needed"):format(store.key,
      report.version, store.version)
  elseif not report.has_tables then
    return ("the table %s is missing"):format(store.table_name)
  end
end

local REFUSED <const> = { ["28P01"] = true, ["28000"] = true }

--- What a failed connection or query means to the operator.
---@param err std.Error
---@param connection { host: string, port: string, user: string, dbname: string }
---@return "blocked"|"waiting" kind
---@return string message without secrets
function M.explain(err, connection)
  local code = err.data.code
  if REFUSED[code] then
    return "blocked", ("the database refuses the password of user %s")
      :format(connection.user)
  elseif code == "3D000" then
    return "blocked", ("there is no database %s"):format(connection.dbname)
  elseif code == "42501" then
    return "blocked", ("user %s may not read the database %s"):format(
      connection.user, connection.dbname)
  end
  return "waiting", ("the database at %s:%s does not answer"):format(
    connection.host, connection.port)
end

local function connect(connection)
  return ops.pg.connect {
    dbname = connection.dbname,
    host = connection.host,
    port = connection.port,
    user = connection.user,
    password = connection.password,
    sslmode = connection.sslmode or connection.tls and "require" or nil,
    timeout = CONNECT_TIMEOUT,
  }
end

--- Connects with a deadline. With patience a database that does not answer,
--- as one that is being started, is asked again for so long.
---@param connection table<string, string> keys of libpq
---@param patience number? seconds, 0 by default
---@return pg.Connection? connection
---@return std.Error? err of the last attempt
function M.connect(connection, patience)
  local deadline = ops.monotonic() + (patience or 0)
  while true do
    local session, err = connect(connection)
    if session or M.explain(err, connection) ~= "waiting"
      or ops.monotonic() + PAUSE >= deadline then
      return session, err
    end
    ops.sleep(PAUSE)
  end
end

return M
