-- SPDX-License-Identifier: Apache-2.0
-- How the PostgreSQL server is laid out and started. Pure.
local M = {}

M.LABEL = "postgresql"
M.SERVICE = "postgresql"
M.USER = "postgres" -- the server refuses to run as root
M.SUPERUSER = "operator"
M.PORT = 5432

-- All of it on the storage, so that it survives the pod. The cluster is a
-- folder of its own: initdb wants an empty one.
local STORAGE <const> = "/var/lib/postgresql/data"
M.CLUSTER = STORAGE .. "/pgdata"
M.NEW_CLUSTER = STORAGE .. "/pgdata.new"
M.PASSWORD = STORAGE .. "/operator.pw"
M.HBA = STORAGE .. "/pg_hba.conf"

-- Whoever may connect to what is said by roles and grants.
M.HBA_TEXT = [[
host all all 0.0.0.0/0 scram-sha-256
host all all ::/0 scram-sha-256
]]

--- Makes the cluster; what it is cut off in is thrown away and made anew.
M.INITDB = {
  "initdb", "-D", M.NEW_CLUSTER, "-U", M.SUPERUSER, "--pwfile", M.PASSWORD,
  "--auth-local=scram-sha-256", "--auth-host=scram-sha-256",
  "-E", "UTF8", "--locale=C.UTF-8",
}
M.FINISH_INITDB = { "mv", "-T", M.NEW_CLUSTER, M.CLUSTER }

local function server_words(address, max_connections)
  local settings = {
    "listen_addresses=" .. address,
    "port=" .. M.PORT,
    "unix_socket_directories=",
    "hba_file=" .. M.HBA,
    "password_encryption=scram-sha-256",
    "max_connections=" .. max_connections,
  }
  local words = { "postgres", "-D", M.CLUSTER }
  for _, setting in ipairs(settings) do
    table.insert(words, "-c")
    table.insert(words, setting)
  end
  return table.concat(words, " ")
end

-- SIGTERM, all that Pebble sends, would have the server wait for its clients to
-- leave; SIGINT is a clean stop at once. The second wait outlasts the trap.
local SCRIPT <const> = "%s & server=$!; trap 'kill -INT $server' TERM INT; "
  .. "wait $server; wait $server"

--- The layer.
---@param address string that the server listens on
---@param max_connections integer
---@return table
function M.build(address, max_connections)
  local script = SCRIPT:format(server_words(address, max_connections))
  return {
    summary = "postgresql layer",
    services = {
      [M.SERVICE] = {
        summary = "postgresql server",
        command = ('sh -c "%s"'):format(script),
        startup = "enabled",
        override = "replace",
        user = M.USER,
        ["kill-delay"] = "30s",
      },
    },
  }
end

return M
