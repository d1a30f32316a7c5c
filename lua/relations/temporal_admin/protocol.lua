-- SPDX-License-Identifier: Apache-2.0
-- The databags of the `temporal` interface as pure functions. The server's
-- key `database_connections` is JSON: {"db": {...}, "visibility": {...}}; the
-- admin's is `schema_status`, "ready". Ours besides: a connection's `schema`
-- (the PostgreSQL schema of its tables), and `schema_databases`, the places
-- that the answer is for.
local json = require "std.json"

local M = {}

M.CONNECTIONS = "database_connections"
M.STATUS = "schema_status"
M.DATABASES = "schema_databases"
M.READY = "ready"

---@class temporal_admin.Connection
---@field dbname string
---@field host string
---@field port string
---@field user string
---@field password string
---@field tls boolean?
---@field schema string? "public" where it is not said

---@alias temporal_admin.Connections table<"db"|"visibility", temporal_admin.Connection>

local FIELDS <const> = { "dbname", "host", "port", "user", "password" }

--- The two stores of a server that has one database.
---@param conninfo table<string, string> as the database's relation tells it
---@param schemas { db: string, visibility: string }
---@return temporal_admin.Connections
function M.connections(conninfo, schemas)
  local connections = {}
  for store, schema in pairs(schemas) do
    local connection = { schema = schema }
    for _, field in ipairs(FIELDS) do
      connection[field] = conninfo[field]
    end
    if (conninfo.sslmode or ""):find("^require$") or
      (conninfo.sslmode or ""):find("^verify") then
      connection.tls = true
    end
    connections[store] = connection
  end
  return connections
end

---@param connections temporal_admin.Connections
---@return string
function M.encode(connections)
  return json.encode(connections)
end

-- What is wrong with one connection, without its values.
local function fault_of(store, connection)
  if type(connection) ~= "table" then
    return ("%s is not a table"):format(store)
  end
  for _, field in ipairs(FIELDS) do
    local value = connection[field]
    local is_port = field == "port" and math.type(value) == "integer"
    if (type(value) ~= "string" or value == "") and not is_port then
      return ("%s has no %s"):format(store, field)
    end
  end
end

--- Reads `database_connections`. A store that is null is left out.
---@param text string?
---@return temporal_admin.Connections? connections nil when there are none
---@return string? fault when the text is there but wrong
function M.decode(text)
  if not text or text == "" then
    return nil
  end
  local value = json.decode(text)
  if type(value) ~= "table" then
    return nil, M.CONNECTIONS .. " is not a JSON object"
  end
  local connections = {}
  for _, store in ipairs { "db", "visibility" } do
    local connection = value[store]
    if connection ~= nil and connection ~= json.null then
      local fault = fault_of(store, connection)
      if fault then
        return nil, ("%s: %s"):format(M.CONNECTIONS, fault)
      end
      connection.port = tostring(connection.port)
      connections[store] = connection
    end
  end
  return next(connections) and connections or nil
end

--- Names the databases of the connections, without users and passwords.
---@param connections temporal_admin.Connections
---@return string
function M.databases(connections)
  local places = {}
  for store, connection in pairs(connections) do
    table.insert(places, ("%s=%s/%s@%s:%s"):format(store, connection.dbname,
      connection.schema or "public", connection.host, connection.port))
  end
  table.sort(places)
  return table.concat(places, " ")
end

--- Whether the admin's databag says that these databases are ready. An admin
--- that does not say which ones it means is believed.
---@param theirs table<string, string>
---@param connections temporal_admin.Connections?
---@return boolean
function M.is_ready(theirs, connections)
  if not connections or theirs[M.STATUS] ~= M.READY then
    return false
  end
  local databases = theirs[M.DATABASES]
  return databases == nil or databases == M.databases(connections)
end

return M
