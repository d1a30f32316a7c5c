-- SPDX-License-Identifier: Apache-2.0
-- The server's configuration as Lua tables, in the form of Temporal 1.17.4.
-- Pure. The result is written as YAML, so that no value (a password with a
-- quote, a name with a colon) can break the file's syntax.
local M = {}

---@class temporal.Connection
---@field dbname string
---@field host string
---@field port string
---@field user string
---@field password string
---@field sslmode string?

---@class temporal.Deployment
---@field settings temporal.Settings
---@field connection temporal.Connection
---@field address string this unit's own address

M.ROOT = "/etc/temporal"
M.PATH = M.ROOT .. "/config/charm.yaml"
M.DYNAMIC_PATH = M.ROOT .. "/config/dynamicconfig/charm.yaml"
M.DATABASE_SCHEMA = { default = "public", visibility = "visibility" }

M.PORTS = {
  frontend = { grpc = 7233, membership = 6933 },
  history = { grpc = 7234, membership = 6934 },
  matching = { grpc = 7235, membership = 6935 },
  worker = { grpc = 7239, membership = 6939 },
}

local TLS_MODES <const> = {
  require = false,
  ["verify-ca"] = true,
  ["verify-full"] = true,
}

local function host_port(host, port)
  local form = host:find(":", 1, true) and "[%s]:%s" or "%s:%s"
  return form:format(host, port)
end

-- sslmode of the connection string: what is not encrypted on demand is not
-- spoken of, since the server has no "prefer".
local function tls(connection)
  local verify = TLS_MODES[connection.sslmode]
  if verify == nil then
    return nil
  end
  return {
    enabled = true,
    enableHostVerification = verify,
    serverName = connection.host,
  }
end

local function store(connection, pool, database_schema)
  return {
    sql = {
      pluginName = "postgres",
      databaseName = connection.dbname,
      connectAddr = host_port(connection.host, connection.port),
      connectProtocol = "tcp",
      -- One database, two schemas: each store sees its own only.
      connectAttributes = { search_path = database_schema },
      user = connection.user,
      password = connection.password,
      maxConns = pool.max_conns,
      maxIdleConns = pool.max_idle_conns,
      maxConnLifetime = pool.max_conn_time,
      tls = tls(connection),
    },
  }
end

local function rpc_services(address)
  local services = {}
  for name, ports in pairs(M.PORTS) do
    services[name] = {
      rpc = {
        grpcPort = ports.grpc,
        membershipPort = ports.membership,
        bindOnIP = address,
      },
    }
  end
  return services
end

--- The contents of charm.yaml.
---@param deployment temporal.Deployment
---@return table
function M.build(deployment)
  local settings, connection = deployment.settings, deployment.connection
  local address = deployment.address
  local frontend = host_port(address, M.PORTS.frontend.grpc)
  local schema = M.DATABASE_SCHEMA
  return {
    log = { stdout = true, level = settings.log_level },
    persistence = {
      numHistoryShards = settings.shards,
      defaultStore = "default",
      visibilityStore = "visibility",
      datastores = {
        default = store(connection, settings.default, schema.default),
        visibility = store(connection, settings.visibility, schema.visibility),
      },
    },
    global = {
      membership = { maxJoinDuration = "30s", broadcastAddress = address },
      pprof = { port = 0 },
    },
    services = rpc_services(address),
    clusterMetadata = {
      enableGlobalNamespace = false,
      failoverVersionIncrement = 10,
      masterClusterName = "active",
      currentClusterName = "active",
      clusterInformation = {
        active = {
          enabled = true,
          initialFailoverVersion = 1,
          rpcName = "frontend",
          rpcAddress = frontend,
        },
      },
    },
    dcRedirectionPolicy = { policy = "noop", toDC = "" },
    archival = {
      history = { state = "disabled", enableRead = false },
      visibility = { state = "disabled", enableRead = false },
    },
    publicClient = { hostPort = frontend },
    dynamicConfigClient = { filepath = M.DYNAMIC_PATH, pollInterval = "60s" },
  }
end

return M
