-- SPDX-License-Identifier: Apache-2.0
-- The container is a stand-in, the server behind it a real one: the charm is
-- told its password and finds it at the port that it believes it started.
local json = require "std.json"
local ops = require "ops"
local pg = require "pg"
local postgres = require "tests.support.postgres"
local testing = require "testing"

local CLUSTER <const> = "/var/lib/postgresql/data/pgdata"
local PASSWORD <const> = "/var/lib/postgresql/data/operator.pw"
local SUBNET <const> = "10.1.0.5/32"

describe("postgresql-k8s", function()
  local server, admin, ctx, real_connect, real_sleep

  setup(function()
    server = postgres.start()
    admin = server:connect()
    assert(admin:query(("create role operator superuser login password '%s'")
      :format("0perator")))
    real_connect, real_sleep = ops.pg.connect, ops.sleep
  end)

  teardown(function()
    admin:close()
    server:stop()
  end)

  before_each(function()
    ctx = testing.context { charm_root = "charm/postgresql-k8s" }
    ops.sleep = function() end
    ops.pg.connect = function(options)
      local there = {}
      for key, value in pairs(options) do
        there[key] = value
      end
      there.host, there.port = server.host, server.port
      return real_connect(there)
    end
  end)

  after_each(function()
    ops.pg.connect, ops.sleep = real_connect, real_sleep
  end)

  local function container(changes)
    local all = {
      name = "postgresql", can_connect = true,
      files = { [PASSWORD] = "0perator", [CLUSTER .. "/PG_VERSION"] = "15\n" },
      execs = { { command_prefix = { "initdb" } }, { command_prefix = { "mv" } } },
    }
    for key, value in pairs(changes or {}) do
      all[key] = value
    end
    return all
  end

  local function client(id, data)
    return { endpoint = "db", id = id, remote_app_name = "temporal-k8s",
      remote_app_data = data or { database = "temporal-k8s" },
      remote_units_data = { [0] = { ["egress-subnets"] = SUBNET } } }
  end

  local function state(relations, changes)
    local all = { leader = true, relations = relations or {},
      containers = { container(changes) },
      networks = { db = { bind_address = "10.1.0.9" } } }
    return all
  end

  local function status(out)
    return out.unit_status.name .. ": " .. out.unit_status.message
  end

  local function published(out, id)
    return out:get_relation(id).local_app_data
  end

  local function can_log_in(bag)
    local there, err = real_connect { host = server.host, port = server.port,
      user = bag.user, password = bag.password, dbname = bag.database }
    if there then
      there:close()
    end
    return there ~= nil, err
  end

  local function commands()
    local words = {}
    for _, call in ipairs(ctx.container_calls.postgresql) do
      if call[1] == "exec" then
        table.insert(words, call[2][1])
      end
    end
    return table.concat(words, " ")
  end

  it("says that it is being installed", function()
    assert.equal("maintenance: installing postgresql",
      status(ctx:run("install", { leader = true })))
  end)

  it("waits for pebble", function()
    assert.equal("waiting: waiting for pebble in the container postgresql",
      status(ctx:run("config_changed", state({}, { can_connect = false }))))
  end)

  it("makes the cluster once, with a password that it never shows", function()
    local fresh = state({}, { files = {
      ["/var/lib/postgresql/data/lost+found/.keep"] = "" } })
    -- The real server does not know the password that is made here.
    local out = ctx:run("postgresql_pebble_ready", fresh)
    assert.equal("initdb mv", commands())
    local inner = out:get_container "postgresql"
    assert.equal("600", inner.permissions[PASSWORD])
    assert.equal(48, #inner.files[PASSWORD])
    assert.equal("waiting: waiting for the postgresql server to start", status(out))
    local shown = json.encode { inner.layers, ctx.juju_log,
      ctx.unit_status_history, ctx.container_calls }
    assert.is_nil(shown:find(inner.files[PASSWORD], 1, true))
  end)

  it("begins again with a cluster that was not finished", function()
    ctx:run("postgresql_pebble_ready", state({}, { files = {
      [PASSWORD] = "0perator", [CLUSTER .. ".new/half"] = "" } }))
    assert.equal("initdb mv", commands())
    local removed = false
    for _, call in ipairs(ctx.container_calls.postgresql) do
      removed = removed or call[1] == "remove_path"
    end
    assert.is_true(removed)
  end)

  it("leaves a cluster that is there alone, also in another pod", function()
    local out = ctx:run("postgresql_pebble_ready", state())
    assert.equal("", commands())
    assert.equal("active: ", status(out))
    assert.is_truthy(out.workload_version:find("^%d+"))
  end)

  it("starts the server on its own address, to stop at once when told", function()
    local before = state()
    before.config = { ["max-connections"] = 150 }
    local out = ctx:run("config_changed", before)
    local service = out:get_container("postgresql").layers[1].layer
      .services.postgresql
    assert.equal("postgres", service.user)
    for _, words in ipairs { "listen_addresses=10.1.0.9", "max_connections=150",
      "port=5432", "password_encryption=scram-sha-256", "kill -INT $server" } do
      assert.is_truthy(service.command:find(words, 1, true), words)
    end
  end)

  it("gives a relation its database, role and connection", function()
    local out = ctx:run("db_relation_changed", state { client(11) }, { app = true })
    assert.equal("active: ", status(out))
    local bag = published(out, 11)
    assert.equal("relation_id_11", bag.user)
    assert.equal("temporal-k8s", bag.database)
    assert.equal(SUBNET, bag["allowed-subnets"])
    assert.equal("temporal-k8s/0", bag["allowed-units"])
    assert.same({ dbname = "temporal-k8s", host = "10.1.0.9", port = "5432",
      user = "relation_id_11", password = bag.password,
      fallback_application_name = "postgresql-k8s" },
      setmetatable(assert(pg.conninfo.parse(bag.master)), nil))
    assert.same(bag.master, out:get_relation(11).local_unit_data.master)
    assert.is_true(can_log_in(bag))
  end)

  it("keeps a password that was published, whatever the event", function()
    local out = ctx:run("db_relation_changed", state { client(12) }, { app = true })
    local bag = published(out, 12)
    for _, event in ipairs { "update_status", "config_changed" } do
      out = ctx:run(event, out)
      assert.same(bag, published(out, 12))
    end
  end)

  it("makes good a hook that failed before it could publish", function()
    ctx:run("db_relation_changed", state { client(13) }, { app = true })
    -- What the failed hook would have published is lost, its role is not.
    local out = ctx:run("db_relation_changed", state { client(13) }, { app = true })
    assert.is_true(can_log_in(published(out, 13)))
  end)

  it("makes the role of a published connection that the server lost", function()
    local out = ctx:run("db_relation_changed", state { client(14) }, { app = true })
    assert(admin:query "drop owned by relation_id_14")
    assert(admin:query "drop role relation_id_14")
    out = ctx:run("update_status", out)
    assert.is_true(can_log_in(published(out, 14)))
  end)

  it("drops the role of a relation that is gone, and keeps its data", function()
    local out = ctx:run("db_relation_changed", state { client(15) }, { app = true })
    local bag = published(out, 15)
    local there = assert(real_connect { host = server.host, port = server.port,
      user = bag.user, password = bag.password, dbname = bag.database })
    assert(there:query "create table kept_15 (n int)")
    ctx:run("db_relation_broken", out, { relation = 15 })
    assert.is_nil((there:query "select 1"))
    there:close()
    assert.is_false((can_log_in(bag)))

    out = ctx:run("db_relation_changed", state { client(16) }, { app = true })
    bag = published(out, 16)
    local later <close> = assert(real_connect { host = server.host,
      port = server.port, user = bag.user, password = bag.password,
      dbname = bag.database })
    assert(later:query "insert into kept_15 values (1)")
    assert(later:query "drop table kept_15")
  end)

  it("waits for the client to ask", function()
    local out = ctx:run("db_relation_joined", state { client(17, {}) })
    assert.equal("active: ", status(out))
    assert.is_nil(published(out, 17).master)
  end)

  it("takes the request from a unit's databag as well", function()
    local relation = client(18, {})
    relation.remote_units_data[0].database = "temporal-k8s"
    local out = ctx:run("db_relation_changed", state { relation })
    assert.is_true(can_log_in(published(out, 18)))
  end)

  it("is blocked on roles and extensions, in the known words", function()
    local out = ctx:run("db_relation_changed", state { client(19,
      { database = "d", roles = "admin" }) }, { app = true })
    assert.equal("blocked: roles requested through relation, use "
      .. "postgresql_client interface instead", status(out))
    out = ctx:run("db_relation_changed", state { client(19,
      { database = "d", extensions = "citext" }) }, { app = true })
    assert.equal("blocked: extensions requested through relation", status(out))
  end)

  it("gives db-admin a superuser", function()
    local relation = client(20)
    relation.endpoint = "db-admin"
    local out = ctx:run("db_admin_relation_changed", state { relation },
      { app = true })
    assert.is_true(admin:value(
      "select rolsuper from pg_roles where rolname = 'relation_id_20'"))
    assert.is_true(can_log_in(published(out, 20)))
  end)

  it("is blocked with too few connections", function()
    local before = state()
    before.config = { ["max-connections"] = 9 }
    assert.equal("blocked: value of 'max-connections' config must be >= 10",
      status(ctx:run("config_changed", before)))
  end)

  it("refuses to be two servers", function()
    local before = state { client(21) }
    before.leader = false
    assert.equal("blocked: a second unit would be a second server, with other "
      .. "data: scale to one", status(ctx:run("config_changed", before)))
  end)

  it("rotates a password, and tells the client", function()
    local out = ctx:run("db_relation_changed", state { client(22) }, { app = true })
    local old = published(out, 22)
    out = ctx:run("rotate_password_action", out, { params = { ["relation-id"] = 22 } })
    assert.is_nil(ctx.action_failure)
    local new = published(out, 22)
    assert.are_not.equal(old.password, new.password)
    assert.is_truthy(new.master:find(new.password, 1, true))
    assert.is_false((can_log_in(old)))
    assert.is_true(can_log_in(new))
    assert.is_nil(json.encode(ctx.action_results):find(new.password, 1, true))
  end)

  it("rotates no password of a relation that is not there", function()
    ctx:run("rotate_password_action", state(), { params = { ["relation-id"] = 99 } })
    assert.equal("no relation 99 has asked for a database", ctx.action_failure)
  end)
end)
