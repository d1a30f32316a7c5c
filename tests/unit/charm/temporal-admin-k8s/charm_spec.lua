-- SPDX-License-Identifier: Apache-2.0
-- Against a real PostgreSQL server; the schema tool is played by SQL that
-- leaves what the tool would leave.
local json = require "std.json"
local ops = require "ops"
local postgres = require "tests.support.postgres"
local testing = require "testing"

local TABLES <const> = { public = "namespaces", visibility = "executions_visibility" }
local VERSIONS <const> = { public = "1.8", visibility = "1.1" }
local LOCK <const> = "select pg_try_advisory_lock(1952804208, 1)"

describe("temporal-admin-k8s", function()
  local server, admin, ctx, runs, tool

  setup(function()
    server = postgres.start()
    admin = server:connect()
    assert(admin:query "create role app login password 's3cret'")
  end)

  teardown(function()
    admin:close()
    server:stop()
  end)

  local function session()
    return server:connect { user = "app", password = "s3cret", dbname = "app" }
  end

  local function schema_of(argv)
    return table.concat(argv, " "):match("search_path=(%w+)") or "public"
  end

  local function apply(...)
    local there <close> = session()
    for _, statement in ipairs { ... } do
      assert(there:query(statement))
    end
  end

  -- What the tool does to the database.
  local STEPS <const> = {
    ["setup-schema"] = function(schema)
      apply(("create table if not exists %s.schema_version (version_partition "
        .. "int, db_name text, curr_version text)"):format(schema),
        ("insert into %s.schema_version select 0, 'app', '0.0' where not exists "
        .. "(select 1 from %s.schema_version)"):format(schema, schema))
    end,
    ["update-schema"] = function(schema)
      local there <close> = session()
      local made, err = there:query(("create table %s.%s (n int)"):format(schema,
        TABLES[schema]))
      if not made then
        return 1, tostring(err)
      end
      assert(there:query(("update %s.schema_version set curr_version = '%s'")
        :format(schema, VERSIONS[schema])))
    end,
  }

  local function run_tool(argv, options)
    table.insert(runs, { argv = argv, options = options })
    for step, effect in pairs(STEPS) do
      if table.concat(argv, " "):find(step, 1, true) then
        local code, output = effect(schema_of(argv))
        return code or 0, output or "done"
      end
    end
  end

  before_each(function()
    ctx = testing.context { charm_root = "charm/temporal-admin-k8s" }
    runs = {}
    tool = { command_prefix = { "temporal-sql-tool" }, handler = run_tool }
    assert(admin:query "drop database if exists app with (force)")
    assert(admin:query "create database app owner app")
  end)

  local function connection(schema, changes)
    local all = { host = server.host, port = tostring(server.port), user = "app",
      password = "s3cret", dbname = "app", schema = schema }
    for key, value in pairs(changes or {}) do
      all[key] = value
    end
    return all
  end

  local function state(changes, connections)
    local all = {
      leader = true,
      relations = { {
        endpoint = "admin", id = 3, remote_app_name = "temporal-k8s",
        remote_app_data = connections ~= false and {
          database_connections = json.encode(connections or {
            db = connection "public", visibility = connection "visibility" }),
        } or {},
      } },
      containers = { { name = "temporal-admin", can_connect = true,
        execs = { tool } } },
    }
    for key, value in pairs(changes or {}) do
      all[key] = value
    end
    return all
  end

  local function changed(changes, connections)
    return ctx:run("admin_relation_changed", state(changes, connections),
      { app = true })
  end

  local function status(out)
    return out.unit_status.name .. ": " .. out.unit_status.message
  end

  local function answer(out)
    return out:get_relation("admin").local_app_data
  end

  it("sets up both schemas and says for which databases", function()
    local out = changed()
    assert.equal("active: ", status(out))
    assert.equal(4, #runs)
    assert.equal("ready", answer(out).schema_status)
    local place = ("%s:%d"):format(server.host, server.port)
    assert.equal(("db=app/public@%s visibility=app/visibility@%s"):format(place,
      place), answer(out).schema_databases)
    local there <close> = session()
    assert.equal("1.1", there:value "select curr_version from visibility.schema_version")
  end)

  it("does not run the tool where the versions are right", function()
    changed()
    runs = {}
    assert.equal("active: ", status(changed()))
    assert.same({}, runs)
  end)

  it("gives the password to the tool's environment alone", function()
    local out = changed()
    for _, run in ipairs(runs) do
      assert.same({ SQL_PASSWORD = "s3cret" }, run.options.environment)
      assert.is_nil(table.concat(run.argv, " "):find("s3cret", 1, true))
    end
    local shown = { answer(out), ctx.juju_log, ctx.unit_status_history,
      out.unit_state }
    assert.is_nil(json.encode(shown):find("s3cret", 1, true))
  end)

  it("logs the tool's output when asked to", function()
    local function logged()
      local text = json.encode(ctx.juju_log)
      return text:find('"done"', 1, true) ~= nil
    end
    changed()
    assert.is_false(logged())
    assert(admin:query "drop database app with (force)")
    assert(admin:query "create database app owner app")
    changed { config = { ["log-level"] = "debug" } }
    assert.is_true(logged())
  end)

  it("holds a lock in the database, and waits for another's", function()
    local other <close> = session()
    assert.is_true(other:value(LOCK))
    local out = changed()
    assert.equal("waiting: another unit sets up the schema", status(out))
    assert.is_nil(answer(out).schema_status)
    assert.same({}, runs)
  end)

  it("lets the lock go", function()
    changed()
    local other <close> = session()
    assert.is_true(other:value(LOCK))
  end)

  it("is blocked with the grant that is missing", function()
    assert(admin:query "create role poor login password 's3cret'")
    local out = changed({}, {
      db = connection("public", { user = "poor" }) })
    local grant = out.unit_status.message:match("GRANT .*$")
    assert.equal("blocked: role poor may not create in the database: GRANT "
      .. 'CREATE ON SCHEMA "public" TO "poor"', status(out))
    assert.is_nil(answer(out).schema_status)
    assert.same({}, runs)
    -- The message is the statement that helps.
    apply(grant)
    out = changed({}, { visibility = connection("visibility", { user = "poor" }) })
    assert.equal("blocked: role poor may not create in the database: GRANT "
      .. 'CREATE ON DATABASE "app" TO "poor"', status(out))
    local cleaner <close> = server:connect { dbname = "app" }
    assert(cleaner:query "drop owned by poor")
    assert(cleaner:query "drop role poor")
  end)

  it("names the role that a login acts as, whom the grant must be for", function()
    assert(admin:query "create role owning nologin")
    assert(admin:query "create role acting login password 's3cret' in role owning")
    assert(admin:query "alter role acting set role to 'owning'")
    local out = changed({}, { visibility = connection("visibility",
      { user = "acting" }) })
    assert.equal("blocked: role owning may not create in the database: GRANT "
      .. 'CREATE ON DATABASE "app" TO "owning"', status(out))
    apply(out.unit_status.message:match("GRANT .*$"))
    local there <close> = server:connect { user = "acting", password = "s3cret",
      dbname = "app" }
    assert(there:query "create schema visibility")
    local cleaner <close> = server:connect { dbname = "app" }
    assert(cleaner:query "drop owned by owning")
    assert(cleaner:query "drop role acting, owning")
  end)

  it("starts over where a killed tool left a half made version", function()
    apply("create table public.namespaces (n int)")
    assert.equal("active: ", status(changed()))
  end)

  it("does not touch tables that a server has written to", function()
    apply("create table public.namespaces (n int)",
      "insert into public.namespaces values (1)")
    local out = changed()
    assert.equal("blocked: error setting up schema. remove relation and try again.",
      status(out))
    local there <close> = session()
    assert.equal(1, there:value "select n from public.namespaces")
    assert.is_nil(answer(out).schema_status)
  end)

  it("is blocked when the database refuses the password", function()
    local out = changed({}, { db = connection("public", { password = "no" }) })
    assert.equal("blocked: the database refuses the password of user app",
      status(out))
  end)

  it("waits for a database that is away, what it said stands", function()
    local out = changed()
    local slept, sleep, monotonic = 0, ops.sleep, ops.monotonic
    ops.sleep = function(seconds)
      slept = slept + seconds
    end
    ops.monotonic = function()
      return slept
    end
    local bag = out:get_relation("admin").remote_app_data
    bag.database_connections = json.encode { db = connection("public",
      { port = "1" }) }
    out = ctx:run("update_status", out)
    ops.sleep, ops.monotonic = sleep, monotonic
    assert.is_true(slept > 10 and slept <= 20)
    assert.equal("waiting: the database at 127.0.0.1:1 does not answer",
      status(out))
    assert.equal("ready", answer(out).schema_status)
    assert.is_nil(answer(out).schema_databases:find("127.0.0.1:1", 1, true))
  end)

  it("takes the answer back when the connections are withdrawn", function()
    local out = changed()
    out:get_relation("admin").remote_app_data = {}
    out = ctx:run("admin_relation_changed", out, { app = true })
    assert.equal("blocked: admin:temporal relation: database connections info "
      .. "not available", status(out))
    assert.is_nil(answer(out).schema_status)
  end)

  it("is blocked without a relation", function()
    assert.equal("blocked: admin:temporal relation: not available",
      status(ctx:run("config_changed", state { relations = {} })))
    local out = ctx:run("admin_relation_broken", state(), { relation = 3 })
    assert.equal("blocked: admin:temporal relation: not available", status(out))
  end)

  it("waits for pebble, and goes on when it is ready", function()
    local out = changed { containers = { { name = "temporal-admin",
      can_connect = false } } }
    assert.equal("waiting: waiting for pebble in the container temporal-admin",
      status(out))
    out.containers = state().containers
    assert.equal("active: ", status(ctx:run("temporal_admin_pebble_ready", out)))
  end)

  it("leaves it all to the leader", function()
    local out = changed { leader = false }
    assert.equal("active: ", status(out))
    assert.same({}, runs)
    assert.same({}, answer(out))
  end)

  it("goes on as the new leader", function()
    local out = ctx:run("leader_elected", state())
    assert.equal("ready", answer(out).schema_status)
  end)

  describe("setup-schema", function()
    it("sets up what is missing, and reports it", function()
      local out = ctx:run("setup_schema_action", state())
      assert.equal("schema is ready", ctx.action_results.result)
      assert.equal("ready", answer(out).schema_status)
    end)

    it("fails without pebble, off the leader and with what blocks", function()
      ctx:run("setup_schema_action", state { containers = { {
        name = "temporal-admin", can_connect = false } } })
      assert.equal("cannot connect to container", ctx.action_failure)
      ctx:run("setup_schema_action", state { leader = false })
      assert.equal("only the leader sets up schemas: run it there",
        ctx.action_failure)
      ctx:run("setup_schema_action", state({}, false))
      assert.equal("cannot set up the schema: admin:temporal relation: database "
        .. "connections info not available", ctx.action_failure)
    end)
  end)
end)
