-- SPDX-License-Identifier: Apache-2.0
-- The server in its container: cluster, files, service; and a session with it
-- as superuser. Each step may be cut off and is taken again.
local layer = require "postgresql.layer"
local ops = require "ops"

local M = {}

local SECRET_MODE <const> = "600"
local INITDB_TIMEOUT <const> = 300
local START_TIMEOUT <const> = 30
local CONNECT_TIMEOUT <const> = 5
local PAUSE <const> = 0.2

-- The file is the one place that knows the password: made once, read ever
-- after, gone only with the storage.
local function password(container)
  if not container:exists(layer.PASSWORD) then
    container:push(layer.PASSWORD, ops.token(), {
      permissions = SECRET_MODE,
      user = layer.USER,
      group = layer.USER,
    })
  end
  return container:pull(layer.PASSWORD)
end

local function run(container, argv)
  container:exec(argv, { user = layer.USER, timeout = INITDB_TIMEOUT })
    :wait_output()
end

local function ensure_cluster(container)
  if container:exists(layer.CLUSTER) then
    return
  end
  if container:exists(layer.NEW_CLUSTER) then
    container:remove_path(layer.NEW_CLUSTER, { recursive = true })
  end
  run(container, layer.INITDB)
  run(container, layer.FINISH_INITDB)
end

local function ensure_access(container)
  if not container:exists(layer.HBA)
    or container:pull(layer.HBA) ~= layer.HBA_TEXT then
    container:push(layer.HBA, layer.HBA_TEXT,
      { user = layer.USER, group = layer.USER })
  end
end

--- Brings the server up, with the address and limits of now.
---@param container ops.Container
---@param address string
---@param max_connections integer
function M.ensure(container, address, max_connections)
  password(container)
  ensure_cluster(container)
  ensure_access(container)
  container:ensure(layer.LABEL, layer.build(address, max_connections))
end

--- Opens a session as superuser.
---@param container ops.Container
---@param address string
---@param database string? "postgres" by default
---@return pg.Connection? session
---@return std.Error? err
function M.connect(container, address, database)
  return ops.pg.connect {
    host = address,
    port = tostring(layer.PORT),
    user = layer.SUPERUSER,
    password = password(container),
    dbname = database or "postgres",
    timeout = CONNECT_TIMEOUT,
  }
end

--- Opens a session, giving a server that has just been started some time.
---@param container ops.Container
---@param address string
---@return pg.Connection? session
---@return std.Error? err of the last attempt
function M.wait(container, address)
  local deadline = ops.monotonic() + START_TIMEOUT
  while true do
    local session, err = M.connect(container, address)
    if session or ops.monotonic() + PAUSE >= deadline then
      return session, err
    end
    ops.sleep(PAUSE)
  end
end

return M
