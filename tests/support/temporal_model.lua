-- SPDX-License-Identifier: Apache-2.0
-- The model around temporal-k8s in specs: relations in the states they go
-- through, and stand-ins for PostgreSQL and for the server's answer.
local json = require "std.json"
local ops = require "ops"
local errors = require "std.error"

local M = {}

M.PLACES = "db=temporal-k8s/public@10.1.0.9:5432 "
  .. "visibility=temporal-k8s/visibility@10.1.0.9:5432"
M.MASTER = "dbname=temporal-k8s host=10.1.0.9 password=s3cret port=5432 "
  .. "user=relation_id_1"
local SUBNET <const> = "10.1.0.5/32"

--- The database's relation; `master` nil: not answered yet.
function M.db(master)
  return {
    endpoint = "db",
    id = 1,
    remote_app_name = "postgresql-k8s",
    remote_app_data = master and {
      database = "temporal-k8s",
      master = master,
      ["allowed-subnets"] = SUBNET,
      version = "15.20",
    } or {},
    local_app_data = { database = "temporal-k8s" },
    local_unit_data = { ["egress-subnets"] = SUBNET },
  }
end

--- The admin charm's relation, with its application data.
function M.admin(data)
  return {
    endpoint = "admin",
    id = 2,
    remote_app_name = "temporal-admin-k8s",
    remote_app_data = data or {},
  }
end

--- The peer relation, with values of the application's state.
function M.peers(state)
  local data = {
    ["pgsql.Client[db]/requests"] = '{"1":{"database":"temporal-k8s"}}',
  }
  for name, value in pairs(state or {}) do
    data[name] = json.encode(value)
  end
  return { endpoint = "temporal", id = 0, local_app_data = data }
end

--- A state in which everything is there; `changes` are laid over it.
function M.ready(changes)
  local state = {
    leader = true,
    relations = {
      M.peers { schema_ready = true },
      M.db(M.MASTER),
      M.admin { schema_status = "ready", schema_databases = M.PLACES },
    },
    containers = { { name = "temporal", can_connect = true } },
    networks = { temporal = { bind_address = "10.1.0.5" } },
    unit_state = M.seen(M.MASTER),
  }
  for key, value in pairs(changes or {}) do
    state[key] = value
  end
  return state
end

--- What the pgsql client noted of a connection that it has seen.
function M.seen(master)
  return { ["pgsql.Client[db]/relations"] = {
    ["1"] = { master = master and ops.digest(master) },
  } }
end

---@class tests.World what the stand-ins answer, changed by the spec
---@field schemas table<string, table> report by PostgreSQL schema
---@field sql_error string? SQLSTATE or word with which connecting fails
---@field answers boolean[]|boolean of the server, one for each call
---@field connections table[] options of each pg.connect
---@field calls table[] each gRPC call
---@field slept number seconds
---@field on_sleep fun()? called after each sleep

local function connect(world)
  return function(options)
    table.insert(world.connections, options)
    if world.sql_error then
      return nil, errors.new { kind = "pg", tried = "connect to the database",
        happened = "the spec says so", data = { code = world.sql_error } }
    end
    return {
      one = function(_, _, params)
        return world.schemas[params[1]]
      end,
      value = function(_, sql)
        return world.schemas[sql:match('from "(%w+)"')].version
      end,
      close = function() end,
    }
  end
end

local function unary(world)
  return function(call)
    table.insert(world.calls, call)
    local answer = world.answers
    if type(answer) == "table" then
      answer = table.remove(answer, 1)
    end
    if answer then
      return "\x0a\x00"
    end
    return nil, errors.new { kind = "grpc", tried = "call the server",
      data = { code = "timeout" } }
  end
end

--- Puts the stand-ins in place.
---@return tests.World world
---@return fun() restore
function M.stand_in()
  local function store(version)
    return { in_recovery = false, has_tables = true, has_version = true,
      may_use = true, version = version }
  end
  local world = {
    schemas = { public = store "1.8", visibility = store "1.1" },
    answers = true,
    connections = {},
    calls = {},
    slept = 0,
  }
  local kept = { pg = ops.pg.connect, grpc = ops.grpc.unary, sleep = ops.sleep,
    monotonic = ops.monotonic }
  ops.pg.connect, ops.grpc.unary = connect(world), unary(world)
  ops.sleep = function(seconds)
    world.slept = world.slept + seconds
    if world.on_sleep then
      world.on_sleep()
    end
  end
  ops.monotonic = function()
    return world.slept
  end
  return world, function()
    ops.pg.connect, ops.grpc.unary = kept.pg, kept.grpc
    ops.sleep, ops.monotonic = kept.sleep, kept.monotonic
  end
end

return M
