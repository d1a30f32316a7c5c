-- SPDX-License-Identifier: Apache-2.0
-- Databases and roles over SQL. A database belongs to a role that cannot log
-- in; each relation has a login role that acts as that owner, so that tables
-- outlive the relation they were made through. All of it may be run again.
local ops = require "ops"

local M = {}

local ident <const> = ops.pg.quote_ident
local literal <const> = ops.pg.quote_literal

---@class postgresql.Grant
---@field relation_id integer
---@field database string
---@field admin boolean whether the role is a superuser
---@field password string

--- The login role of a relation.
---@param relation_id integer
---@return string
function M.user_of(relation_id)
  return ("relation_id_%d"):format(relation_id)
end

--- The role that owns a database and all in it.
---@param database string
---@return string
function M.owner_of(database)
  return database .. "_owner"
end

local function must(value, err)
  if value == nil and err then
    error(err, 0)
  end
  return value
end

local function run(session, ...)
  must(session:query(table.concat({ ... }, " ")))
end

local function role_exists(session, name)
  return must(session:value(
    "select exists (select 1 from pg_roles where rolname = $1)", { name }))
end

local function database_exists(session, name)
  return must(session:value(
    "select exists (select 1 from pg_database where datname = $1)", { name }))
end

-- Makes the database and its owner. CREATE DATABASE knows no transaction; a
-- second run finds what the first one left.
local function ensure_database(session, database)
  local owner = M.owner_of(database)
  if not role_exists(session, owner) then
    run(session, "create role", ident(owner), "nologin")
  end
  if not database_exists(session, database) then
    run(session, "create database", ident(database), "owner", ident(owner))
  end
  run(session, "revoke connect on database", ident(database), "from public")
end

--- Gives a role its password. The statement is kept out of the server's log
--- even if it fails, since it spells the password.
---@param session pg.Connection
---@param user string
---@param password string
function M.set_password(session, user, password)
  run(session, "set log_min_error_statement to 'panic'")
  run(session, "alter role", ident(user), "login password", literal(password))
end

--- Makes the database and the login role of a relation as they must be.
---@param session pg.Connection as superuser
---@param grant postgresql.Grant
function M.ensure(session, grant)
  ensure_database(session, grant.database)
  local user = M.user_of(grant.relation_id)
  local owner = M.owner_of(grant.database)
  if not role_exists(session, user) then
    run(session, "create role", ident(user), "nologin")
  end
  run(session, "grant", ident(owner), "to", ident(user))
  if grant.admin then
    run(session, "alter role", ident(user), "superuser")
  else
    run(session, "alter role", ident(user), "set role to", literal(owner))
  end
  M.set_password(session, user, grant.password)
end

--- The relations that have a role.
---@param session pg.Connection
---@return table<integer, string> users by number of the relation
function M.list(session)
  local users = {}
  local result = must(session:query(
    "select rolname from pg_roles where rolname ~ '^relation_id_[0-9]+$'"))
  for _, row in ipairs(result.rows) do
    users[math.tointeger(row.rolname:match("%d+$"))] = row.rolname
  end
  return users
end

local DATABASES_WITH_OBJECTS <const> = [[
select distinct d.datname as name, pg_get_userbyid(d.datdba) as owner
from pg_shdepend s
join pg_database d on d.oid = s.dbid
join pg_roles r on r.oid = s.refobjid
where r.rolname = $1 and s.refclassid = 'pg_authid'::regclass
order by 1]]

--- Drops a role: its sessions are ended, what it owns goes to the owner of the
--- database, the databases stay.
---@param session pg.Connection
---@param user string
---@param connect fun(database: string): pg.Connection?, std.Error?
function M.drop(session, user, connect)
  run(session, "alter role", ident(user), "nologin")
  must(session:query("select pg_terminate_backend(pid) from pg_stat_activity "
    .. "where usename = $1", { user }))
  local found = must(session:query(DATABASES_WITH_OBJECTS, { user }))
  for _, database in ipairs(found.rows) do
    local there <close> = must(connect(database.name))
    run(there, "reassign owned by", ident(user), "to", ident(database.owner))
    run(there, "drop owned by", ident(user))
  end
  run(session, "drop owned by", ident(user))
  run(session, "drop role", ident(user))
end

--- The server's version, such as "15.20".
---@param session pg.Connection
---@return string
function M.version(session)
  return must(session:value "show server_version"):match("^[%d.]+")
end

return M
