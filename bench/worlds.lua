-- SPDX-License-Identifier: Apache-2.0
-- The models that the peers find: temporal-k8s with and without its
-- relations, and those that grow.
local M = {}

M.ADDRESS = "127.88.0.1"

local SUBNET <const> = M.ADDRESS .. "/32"

local function world(app, fields)
  local base = {
    unit = app .. "/0",
    config = {},
    relations = {},
    state = {},
    address = M.ADDRESS,
  }
  for key, value in pairs(fields or {}) do
    base[key] = value
  end
  return base
end

M.TEMPORAL_CONFIG = {
  services = "frontend,history,matching,worker",
  ["log-level"] = "info",
  ["num-history-shards"] = 4,
  ["persistence-max-conns"] = 20,
  ["persistence-max-idle-conns"] = 20,
  ["persistence-max-conn-time"] = "1h",
  ["visibility-max-conns"] = 10,
  ["visibility-max-idle-conns"] = 10,
  ["visibility-max-conn-time"] = "1h",
}

--- Nothing but the peer relation: blocked.
---@return bench.World
function M.alone()
  return world("temporal-k8s", {
    config = M.TEMPORAL_CONFIG,
    relations = { temporal = { [0] = {
      app = "temporal-k8s",
      units = {},
      data = {},
    } } },
  })
end

--- The database and the admin charm are related and say nothing yet.
---@return bench.World
function M.related()
  local it = M.alone()
  it.relations.db = { [1] = {
    app = "postgresql-k8s",
    units = { "postgresql-k8s/0" },
    data = {
      ["temporal-k8s/0"] = { ["egress-subnets"] = SUBNET },
      ["postgresql-k8s"] = {},
      ["postgresql-k8s/0"] = {},
    },
  } }
  it.relations.admin = { [2] = {
    app = "temporal-admin-k8s",
    units = { "temporal-admin-k8s/0" },
    data = {
      ["temporal-k8s/0"] = { ["egress-subnets"] = SUBNET },
      ["temporal-admin-k8s"] = {},
      ["temporal-admin-k8s/0"] = {},
    },
  } }
  return it
end

--- The database answers.
---@param it bench.World
---@param connection {host: string, port: integer, user: string, password: string, dbname: string}
function M.add_master(it, connection)
  it.relations.db[1].data["postgresql-k8s"] = {
    database = "temporal-k8s",
    ["allowed-subnets"] = SUBNET,
    ["allowed-units"] = "temporal-k8s/0",
    master = ("dbname=%s host=%s password=%s port=%s user=%s"):format(
      connection.dbname, connection.host, connection.password,
      connection.port, connection.user),
    version = "15",
  }
end

--- The admin charm reports the schema ready.
---@param it bench.World
function M.add_schema(it)
  it.relations.admin[2].data["temporal-admin-k8s"] =
    { schema_status = "ready" }
end

---@param fields {keys?: integer, deferred?: integer, relations?: integer}
---@return bench.World
function M.growth(fields)
  local it = world("growth", {
    config = {
      keys = fields.keys or 0,
      deferred = fields.deferred or 0,
      drain = false,
    },
    relations = { db = {} },
  })
  for id = 1, fields.relations or 0 do
    it.relations.db[id] = {
      app = "remote",
      units = { "remote/0" },
      data = { remote = { offer = "an offer" } },
    }
  end
  return it
end

---@return bench.World
function M.empty()
  return world("empty")
end

return M
