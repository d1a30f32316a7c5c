-- SPDX-License-Identifier: Apache-2.0
local json = require "std.json"
local model = require "tests.support.temporal_model"
local testing = require "testing"
local yaml = require "std.yaml"

local CONFIG_PATH <const> = "/etc/temporal/config/charm.yaml"
local NO_DATABASE <const> = "db:pgsql relation: no database connection available"
local NO_SCHEMA <const> = "admin:temporal relation: schema is not ready"
local WAITING <const> = "waiting for the temporal server to answer (after a "
  .. "restart this may take 25 s)"

describe("temporal-k8s", function()
  local ctx, world, restore

  before_each(function()
    ctx = testing.context { charm_root = "charm/temporal-k8s" }
    world, restore = model.stand_in()
  end)

  after_each(function()
    restore()
  end)

  local function status(out)
    return out.unit_status.name .. ": " .. out.unit_status.message
  end

  local function server_of(out)
    return out:get_container("temporal").services.temporal
  end

  local function history()
    local words = {}
    for _, call in ipairs(ctx.container_calls.temporal or {}) do
      table.insert(words, call[1])
    end
    return " " .. table.concat(words, " ") .. " "
  end

  local function said(name, message)
    for _, each in ipairs(ctx.unit_status_history) do
      if each.name == name and each.message == message then
        return true
      end
    end
    return false
  end

  -- A unit that serves already.
  local function serving(changes)
    return ctx:run("config_changed", model.ready(changes))
  end

  describe("before it can serve", function()
    it("says that it is being installed", function()
      assert.equal("maintenance: installing temporal",
        status(ctx:run("install", { relations = {} })))
    end)

    it("is blocked on an invalid service first of all", function()
      local out = ctx:run("config_changed", { leader = true,
        relations = { model.peers() }, config = { services = "front" } })
      assert.equal("blocked: error in services config: invalid service 'front'",
        status(out))
      assert.is_true(said("waiting", "configuring temporal"))
    end)

    it("is blocked without a database", function()
      local out = ctx:run("config_changed", { leader = true,
        relations = { model.peers() } })
      assert.equal("blocked: " .. NO_DATABASE, status(out))
    end)

    it("is blocked without a schema", function()
      local out = ctx:run("config_changed", model.ready {
        relations = { model.peers(), model.db(model.MASTER) } })
      assert.equal("blocked: " .. NO_SCHEMA, status(out))
      assert.is_nil(server_of(out))
    end)

    it("waits for pebble", function()
      local out = ctx:run("config_changed", model.ready {
        containers = { { name = "temporal", can_connect = false } } })
      assert.equal("waiting: waiting for pebble in the container temporal",
        status(out))
      assert.same({}, out.deferred)
    end)

    it("asks for a database named as the application, the leader alone", function()
      local fresh = { endpoint = "db", id = 1, remote_app_name = "postgresql-k8s" }
      local peers = { endpoint = "temporal", id = 0 }
      local out = ctx:run("db_relation_joined",
        { leader = true, relations = { peers, fresh } })
      assert.equal("temporal-k8s", out:get_relation("db").local_app_data.database)
      assert.equal("temporal-k8s", out:get_relation("db").local_unit_data.database)
      assert.equal("waiting: initializing database connection", status(out))

      out = ctx:run("db_relation_joined", { relations = { peers, fresh } })
      assert.is_nil(out:get_relation("db").local_unit_data.database)
    end)

    it("copies the leader's request into a unit's own data", function()
      local fresh = { endpoint = "db", id = 1, remote_app_name = "postgresql-k8s" }
      local out = ctx:run("temporal_relation_changed",
        { relations = { model.peers(), fresh } }, { app = true })
      assert.equal("temporal-k8s", out:get_relation("db").local_unit_data.database)
    end)
  end)

  describe("once database and schema are there", function()
    it("starts the server with the layer of the original", function()
      local out = serving()
      assert.equal("active: ", status(out))
      local container = out:get_container "temporal"
      assert.equal("temporal", container.layers[1].label)
      local service = container.layers[1].layer.services.temporal
      assert.equal("temporal-server --root /etc/temporal --env charm start "
        .. "--service=frontend --service=history --service=matching "
        .. "--service=worker", service.command)
      assert.equal("active", container.services.temporal)
    end)

    it("pushes a configuration that only its owner may read", function()
      local container = serving():get_container "temporal"
      assert.equal("600", container.permissions[CONFIG_PATH])
      local config = assert(yaml.decode(container.files[CONFIG_PATH]))
      assert.equal("10.1.0.5", config.global.membership.broadcastAddress)
      assert.equal("10.1.0.9:5432",
        config.persistence.datastores.visibility.sql.connectAddr)
      assert.is_string(container.files[config.dynamicConfigClient.filepath])
    end)

    it("sends nothing to Pebble when nothing has changed", function()
      local out = serving()
      ctx:run("config_changed", out)
      assert.is_nil(history():find(" push ", 1, true))
      assert.is_nil(history():find(" add_layer ", 1, true))
      assert.is_nil(history():find(" replan ", 1, true))
    end)

    it("asks a call that reads the database, at its own address", function()
      serving()
      assert.equal("10.1.0.5", world.calls[1].address)
      assert.equal(7233, world.calls[1].port)
      assert.equal("DescribeNamespace", world.calls[1].method)
      assert.equal("\x0a\x0ftemporal-system", world.calls[1].message)
    end)

    it("waits for the answer after a start, and says how long", function()
      world.answers = { false, false, false, true }
      local out = serving()
      assert.is_true(said("waiting", WAITING))
      assert.equal("active: ", status(out))
    end)

    it("stays waiting when no answer comes, and settles later", function()
      world.answers = false
      local out = serving()
      assert.equal("waiting: " .. WAITING, status(out))
      assert.is_true(world.slept <= 30)
      world.answers = true
      assert.equal("active: ", status(ctx:run("update_status", out)))
    end)

    it("is not active because a port is open: only an answer counts", function()
      local out = serving()
      world.answers, world.slept = false, 0
      assert.equal("waiting: " .. WAITING, status(ctx:run("update_status", out)))
    end)

    it("needs no answer of a frontend that it does not run", function()
      local out = serving { config = { services = "history,worker" } }
      assert.equal("active: ", status(out))
      assert.same({}, world.calls)
    end)

    it("shows a server that does not start", function()
      local out = serving { containers = { { name = "temporal",
        can_connect = true, fails = { replan = "exited quickly with code 1" } } } }
      assert.equal("blocked: temporal server does not start: see the log",
        status(out))
    end)

    it("keeps a running server running on a mistake in its config", function()
      local before = serving()
      before.config.services = "nonsense"
      local out = ctx:run("config_changed", before)
      assert.equal("blocked: error in services config: invalid service 'nonsense'",
        status(out))
      assert.equal("active", server_of(out))
    end)

    it("does not let the number of history shards change", function()
      local before = serving()
      before.config["num-history-shards"] = 8
      assert.equal("blocked: value of 'num-history-shards' config cannot be "
        .. "changed after deployment. Value should be 4",
        status(ctx:run("config_changed", before)))
    end)
  end)

  describe("when something changes", function()
    local function environment(out)
      return out:get_container("temporal").layers[1].layer.services.temporal
        .environment
    end

    local function with_master(before, master)
      before:get_relation("db").remote_app_data.master = master
      return ctx:run("db_relation_changed", before, { app = true })
    end

    it("restarts the server with a changed log level", function()
      local before = serving()
      before.config["log-level"] = "warning"
      local out = ctx:run("config_changed", before)
      assert.equal("warn", environment(out).LOG_LEVEL)
      assert.is_truthy(history():find(" replan ", 1, true))
    end)

    it("restarts the server with a changed password", function()
      local before = serving()
      local digest = environment(before).CONFIG_SHA256
      local out = with_master(before, (model.MASTER:gsub("s3cret", "n3w")))
      assert.equal("active: ", status(out))
      assert.is_true(said("waiting", "handling database change"))
      assert.are_not.equal(digest, environment(out).CONFIG_SHA256)
      assert.is_truthy(out:get_container("temporal").files[CONFIG_PATH]
        :find("n3w", 1, true))
      local connections = json.decode(
        out:get_relation("admin").local_app_data.database_connections)
      assert.equal("n3w", connections.db.password)
    end)

    it("serves on, a new password too, when the admin charm has left", function()
      local before = serving()
      table.remove(before.relations, 3)
      local out = with_master(before, (model.MASTER:gsub("s3cret", "n3w")))
      assert.equal("active: ", status(out))
      assert.is_truthy(out:get_container("temporal").files[CONFIG_PATH]
        :find("n3w", 1, true))
    end)

    it("follows the database to another address once its schema is ready", function()
      local moved = model.MASTER:gsub("10.1.0.9", "10.1.0.77")
      local out = with_master(serving(), moved)
      assert.equal("blocked: " .. NO_SCHEMA, status(out))
      assert.equal("inactive", server_of(out))
      out:get_relation("admin").remote_app_data.schema_databases =
        model.PLACES:gsub("10.1.0.9", "10.1.0.77")
      out = ctx:run("admin_relation_changed", out, { app = true })
      assert.equal("active: ", status(out))
      assert.equal("active", server_of(out))
      assert.equal("10.1.0.77", environment(out).DB_HOST)
    end)

    it("stops the server without its database, and serves again", function()
      local before = serving()
      local out = ctx:run("db_relation_broken", before, { relation = 1 })
      assert.equal("blocked: " .. NO_DATABASE, status(out))
      assert.equal("inactive", server_of(out))
      assert.equal("false",
        out:get_relation("temporal").local_app_data.schema_ready)
      assert.is_nil(out:get_relation("admin").local_app_data.database_connections)

      local relation = model.db((model.MASTER:gsub("id_1", "id_7")))
      relation.id, relation.local_app_data = 7, {}
      out.relations[2] = relation
      out = ctx:run("db_relation_joined", out, { relation = 7 })
      out = ctx:run("db_relation_changed", out, { relation = 7, app = true })
      assert.equal("active: ", status(out))
      assert.equal("active", server_of(out))
      assert.equal("relation_id_7", environment(out).DB_USER)
    end)

    it("stops only its own server when the leader is removed", function()
      local before = ctx:run("admin_relation_changed", serving(),
        { app = true })
      local ours = before:get_relation("admin").local_app_data
        .database_connections
      local out = ctx:run("db_relation_departed", before,
        { relation = 1, unit = 0, departing_unit = "temporal-k8s/0" })
      out = ctx:run("db_relation_broken", out, { relation = 1 })
      assert.equal("blocked: " .. NO_DATABASE, status(out))
      assert.equal("inactive", server_of(out))
      assert.equal("true",
        out:get_relation("temporal").local_app_data.schema_ready)
      assert.is_string(ours)
      assert.equal(ours,
        out:get_relation("admin").local_app_data.database_connections)
    end)

    it("stops a server that Pebble would only start again", function()
      local before = serving()
      before:get_container("temporal").services.temporal = "backoff"
      local out = ctx:run("db_relation_broken", before, { relation = 1 })
      assert.equal("inactive", server_of(out))
    end)
  end)

  describe("asks the database itself", function()
    it("and trusts no report over it", function()
      world.schemas.public.version = "1.7"
      local out = serving()
      assert.equal("blocked: " .. NO_SCHEMA, status(out))
      assert.is_nil(server_of(out))
    end)

    it("and finds the visibility tables missing", function()
      world.schemas.visibility.has_tables = false
      assert.equal("blocked: " .. NO_SCHEMA, status(serving()))
    end)

    it("and waits while it is a standby", function()
      world.schemas.public.in_recovery = true
      assert.equal("waiting: db:pgsql relation: the database is in recovery, a "
        .. "standby takes no writes", status(serving()))
    end)

    it("and is blocked when it refuses the password", function()
      world.sql_error = "28P01"
      assert.equal("blocked: db:pgsql relation: the database refuses the "
        .. "password of user relation_id_1", status(serving()))
    end)

    it("and waits, the server untouched, while it does not answer", function()
      local before = serving()
      world.sql_error, world.slept, world.answers = "connect", 0, false
      local out = ctx:run("update_status", before)
      assert.equal(0, world.slept)
      assert.equal("waiting: db:pgsql relation: the database at 10.1.0.9:5432 "
        .. "does not answer", status(out))
      assert.equal("active", server_of(out))
      world.sql_error, world.answers = nil, true
      assert.equal("active: ", status(ctx:run("update_status", out)))
    end)

    it("but not for a server that runs as it should, and answers", function()
      local out = serving()
      local asked = #world.connections
      assert.is_true(asked > 0)
      ctx:run("config_changed", out)
      assert.equal(asked, #world.connections)
      out.config = { ["log-level"] = "debug" }
      ctx:run("config_changed", out)
      assert.equal(asked + 1, #world.connections)
    end)

    it("before a restart", function()
      local out = serving()
      local asked = #world.connections
      ctx:run("restart_action", out)
      assert.equal(asked + 1, #world.connections)
    end)

    it("where no frontend is there to answer", function()
      local out = serving { config = { services = "history,worker" } }
      local asked = #world.connections
      ctx:run("config_changed", out)
      assert.equal(asked + 1, #world.connections)
    end)
  end)

  describe("gives a database that comes up with it", function()
    it("some time, and says so", function()
      world.sql_error = "connect"
      world.on_sleep = function()
        world.sql_error = world.slept < 3 and "connect" or nil
      end
      local out = serving()
      assert.is_true(said("waiting", "db:pgsql relation: the database at "
        .. "10.1.0.9:5432 does not answer"))
      assert.equal("active: ", status(out))
    end)

    it("no more than that", function()
      world.sql_error = "timeout"
      local out = serving()
      assert.equal("waiting: db:pgsql relation: the database at 10.1.0.9:5432 "
        .. "does not answer", status(out))
      assert.is_true(world.slept > 10 and world.slept <= 20)
    end)
  end)

  describe("restart", function()
    it("restarts the server and reports it", function()
      local out = ctx:run("restart_action", serving())
      assert.is_nil(ctx.action_failure)
      assert.equal("temporal restarted", ctx.action_results.result)
      assert.is_truthy(history():find(" restart ", 1, true))
      assert.is_true(said("maintenance", "restarting temporal"))
      assert.equal("active: ", status(out))
    end)
  end)

  describe("does not repeat a fault of the original:", function()
    it("1. the admin relation's changes are observed", function()
      local before = model.ready()
      before.relations[1] = model.peers { schema_ready = false }
      local out = ctx:run("admin_relation_changed", before, { app = true })
      assert.equal("active: ", status(out))
      assert.is_true(said("waiting", "handling schema ready change"))
    end)

    it("2. the connection goes into relation data as a string", function()
      local before = model.ready { unit_state = {} }
      before.relations[3] = model.admin()
      local out = ctx:run("db_relation_changed", before, { app = true })
      local text = out:get_relation("admin").local_app_data.database_connections
      assert.equal("s3cret", json.decode(text).db.password)
    end)

    it("3. the admin charm's own keys are read and written", function()
      local before = model.ready()
      before.relations[3] = model.admin { schema_ready = "true" }
      local out = ctx:run("admin_relation_changed", before, { app = true })
      assert.equal("blocked: " .. NO_SCHEMA, status(out))
      out:get_relation("admin").remote_app_data = { schema_status = "ready" }
      out = ctx:run("admin_relation_changed", out, { app = true })
      assert.equal("active: ", status(out))
    end)

    it("4. the visibility store has a database, user and password", function()
      local files = serving():get_container("temporal").files
      local sql = assert(yaml.decode(files[CONFIG_PATH]))
        .persistence.datastores.visibility.sql
      assert.equal("relation_id_1", sql.user)
      assert.equal("s3cret", sql.password)
      assert.equal("temporal-k8s", sql.databaseName)
      assert.same({ search_path = "visibility" }, sql.connectAttributes)
    end)

    it("5. a unit that does not lead serves as well", function()
      local out = serving { leader = false }
      assert.equal("active: ", status(out))
    end)

    it("5. a new leader takes the schema's state over", function()
      local before = model.ready()
      before.relations[1] = model.peers()
      local out = ctx:run("leader_elected", before)
      assert.equal("true",
        out:get_relation("temporal").local_app_data.schema_ready)
      assert.equal("active: ", status(out))
    end)

    it("6. the state outlives the pod", function()
      local before = serving()
      before.containers = { { name = "temporal", can_connect = true } }
      before.container_state = {}
      local out = ctx:run("temporal_pebble_ready", before)
      assert.equal("active: ", status(out))
      assert.equal("active", server_of(out))
    end)

    it("7. restart fails without pebble, and says so", function()
      ctx:run("restart_action", model.ready {
        containers = { { name = "temporal", can_connect = false } } })
      assert.equal("cannot connect to the container temporal", ctx.action_failure)
    end)

    it("7. restart of a blocked unit fails, and leaves it blocked", function()
      local before = model.ready()
      before.relations = { model.peers() }
      local out = ctx:run("restart_action", before)
      assert.equal("cannot restart temporal: " .. NO_DATABASE, ctx.action_failure)
      assert.equal("blocked: " .. NO_DATABASE, status(out))
    end)

    it("7. the password is in the pushed file and nowhere else", function()
      local out = serving()
      local container = out:get_container "temporal"
      assert.is_truthy(container.files[CONFIG_PATH]:find("s3cret", 1, true))
      local shown = { layers = container.layers, status = out.unit_status,
        unit_state = out.unit_state, container_state = out.container_state,
        peers = out:get_relation("temporal").local_app_data,
        log = ctx.juju_log, statuses = ctx.unit_status_history }
      assert.is_nil(json.encode(shown):find("s3cret", 1, true))
      for _, call in ipairs(ctx.calls) do
        assert.is_nil(table.concat(call.args, " "):find("s3cret", 1, true))
      end
    end)

    it("8. these specs go through the events that Juju sends", function()
      -- From nothing to serving, by no other way than hooks.
      local out = ctx:run("install", { leader = true,
        networks = { temporal = { bind_address = "10.1.0.5" } },
        relations = { { endpoint = "temporal", id = 0 } },
        containers = { { name = "temporal", can_connect = true } } })
      out = ctx:run("leader_elected", out)
      out = ctx:run("config_changed", out)
      out = ctx:run("start", out)
      out = ctx:run("temporal_pebble_ready", out)
      local db = model.db()
      db.local_app_data = {}
      table.insert(out.relations, db)
      out = ctx:run("db_relation_joined", out)
      out:get_relation("db").remote_app_data = model.db(model.MASTER).remote_app_data
      out = ctx:run("db_relation_changed", out, { app = true })
      assert.equal("blocked: " .. NO_SCHEMA, status(out))
      table.insert(out.relations, model.admin())
      out = ctx:run("admin_relation_joined", out)
      assert.is_string(out:get_relation("admin").local_app_data.database_connections)
      out:get_relation("admin").remote_app_data =
        { schema_status = "ready", schema_databases = model.PLACES }
      out = ctx:run("admin_relation_changed", out, { app = true })
      assert.equal("active: ", status(out))
    end)
  end)
end)
