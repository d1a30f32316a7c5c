-- SPDX-License-Identifier: Apache-2.0
-- One store of a server (its default or its visibility store) made ready: the
-- PostgreSQL schema over SQL, the tables by the tool. What is right already is
-- left alone.
local ops = require "ops"
local schema = require "relations.temporal_schema"
local tool = require "admin.tool"

local M = {}

local INSUFFICIENT_PRIVILEGE <const> = "42501"
local FAILED <const> = "error setting up schema. remove relation and try again."

---@class admin.Verdict
---@field kind "blocked"|"waiting"
---@field message string fit for a status

local quoted <const> = ops.pg.quote_ident

local function blocked(message)
  return { kind = "blocked", message = message }
end

-- The grant that an operator has to give, word for word.
local function missing_grant(role, what)
  return blocked(("role %s may not create in the database: GRANT CREATE ON %s "
    .. "TO %s"):format(role, what, quoted(role)))
end

local function database_of(connection)
  return "DATABASE " .. quoted(connection.dbname)
end

local function verdict_of(err, connection)
  ops.log.warning("%s", err)
  local kind, message = schema.explain(err, connection)
  return { kind = kind, message = message }
end

-- Makes the PostgreSQL schema where it is missing.
local function ensure_schema(session, connection, report)
  local name = connection.schema or "public"
  if not report.schema_exists then
    if not report.may_create_schema then
      return missing_grant(report.role, database_of(connection))
    end
    local result, err = session:query(
      "create schema if not exists " .. quoted(name))
    if not result and err.data.code == INSUFFICIENT_PRIVILEGE then
      return missing_grant(report.role, database_of(connection))
    elseif not result then
      return verdict_of(err, connection)
    end
  elseif not report.may_create then
    return missing_grant(report.role, "SCHEMA " .. quoted(name))
  end
end

-- Whether a server has ever run on the store: the first thing that it writes
-- is its own namespace.
local function was_served(session, connection, store)
  local served, err = session:value(("select exists (select 1 from %s.%s)")
    :format(quoted(connection.schema or "public"), quoted(store.table_name)))
  return served or err ~= nil
end

local TABLES <const> = [[
select format('drop table %I.%I cascade', n.nspname, c.relname) as statement
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind in ('r', 'p')
  and pg_has_role(c.relowner, 'USAGE')
order by c.relname]]

-- A tool that was killed within a version leaves tables that it then trips
-- over. As long as no server has written to them they can go.
local function clear(session, connection)
  local result, err = session:query(TABLES, { connection.schema or "public" })
  for _, row in ipairs(result and result.rows or {}) do
    result, err = session:query(row.statement)
    if not result then
      break
    end
  end
  return result ~= nil, err
end

local function run_tool(container, session, connection, store, verbose)
  local done, output = tool.run(container, connection, store, verbose)
  if done then
    return
  end
  ops.log.warning("the schema tool failed: %s", output)
  local report = schema.inspect(session, store, connection.schema or "public")
  if not report or report.has_tables
    and was_served(session, connection, store) then
    return blocked(FAILED)
  end
  ops.log.warning("no server has used the %s store: starting over", store.key)
  if clear(session, connection) then
    done, output = tool.run(container, connection, store, verbose)
  end
  if not done then
    ops.log.error("the schema tool failed: %s", output)
    return blocked(FAILED)
  end
end

--- Makes one store ready.
---@param container ops.Container
---@param session pg.Connection to the connection's database
---@param connection temporal_admin.Connection
---@param store temporal_schema.Store
---@param verbose boolean
---@return admin.Verdict? verdict nil when the store is ready
function M.ensure(container, session, connection, store, verbose)
  local name = connection.schema or "public"
  local report, err = schema.inspect(session, store, name)
  if not report then
    return verdict_of(err, connection)
  elseif report.in_recovery then
    return { kind = "waiting",
      message = "the database is in recovery, a standby takes no writes" }
  elseif not schema.fault(report, store) then
    return nil
  end
  local verdict = ensure_schema(session, connection, report)
    or run_tool(container, session, connection, store, verbose)
  if verdict then
    return verdict
  end
  report, err = schema.inspect(session, store, name)
  local fault = report and schema.fault(report, store)
  if not report then
    return verdict_of(err, connection)
  elseif fault then
    ops.log.error("the schema tool ended well, but %s", fault)
    return blocked(FAILED)
  end
end

return M
