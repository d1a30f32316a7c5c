-- SPDX-License-Identifier: Apache-2.0
-- What a real PostgreSQL can do to a running deployment: refuse what it was
-- asked, refuse the password, stop, die. The statuses say so without a
-- secret, and when the cause is gone the deployment serves again, with all
-- its data.
local deployment = require "tests.support.deployment"

local RECOVERY <const> = 60

describe("a deployment whose database", function()
  local stack, lab, user

  -- update-status comes when a test wants it.
  local function watch(interval)
    lab:run("model-config", "update-status-hook-interval=" .. interval)
  end

  setup(function()
    stack = deployment.start { name = "database-faults" }
    lab = stack.lab
    watch "1h"
    lab:run("deploy", "temporal-k8s")
    lab:run("deploy", "postgresql-k8s", "--channel", "edge", "--trust")
    lab:run("relate", "temporal-k8s", "postgresql-k8s:db")
    lab:wait_app("postgresql-k8s", "active")
    lab:wait_app("temporal-k8s", "blocked",
      "admin:temporal relation: schema is not ready")
    user = stack:sql("postgres",
      "select rolname from pg_roles where rolname like 'relation_id_%'")
  end)

  teardown(function()
    lab:stop()
  end)

  local function secrets()
    local found <const> = { stack:server_password(),
      stack:operator_password(), "changed-behind" }
    for _, secret in ipairs(found) do
      assert(#secret > 8)
    end
    return found
  end

  -- Neither the log nor the status nor what a command said has a password.
  local function tells_no_secret(...)
    local said <const> = table.concat({ lab:log(), lab:run("status"),
      lab:run("status", "--format", "json"), ... })
    for _, secret in ipairs(secrets()) do
      assert.is_nil(said:find(secret, 1, true))
    end
  end

  local function recovers()
    watch "1s"
    for _, app in ipairs(deployment.APPLICATIONS) do
      lab:wait_app(app, "active", nil, RECOVERY)
    end
    watch "1h"
    for _, app in ipairs(deployment.APPLICATIONS) do
      lab:wait_idle(app .. "/0")
    end
  end

  it("lets the role create nothing is told the grants to give", function()
    local owner <const> = "temporal-k8s_owner"
    stack:sql("postgres", ("alter role %s reset role"):format(user))
    stack:sql("postgres", ('revoke "%s" from %s'):format(owner, user))
    stack:sql("postgres",
      ('grant connect on database "temporal-k8s" to %s'):format(user))
    lab:run("deploy", "temporal-admin-k8s")
    lab:run("relate", "temporal-k8s:admin", "temporal-admin-k8s:admin")
    watch "1s"
    local grants <const> = {}
    for i, what in ipairs { 'SCHEMA "public"', 'DATABASE "temporal-k8s"' } do
      local message <const> = ("role %s may not create in the database: "
        .. 'GRANT CREATE ON %s TO "%s"'):format(user, what, user)
      lab:wait_app("temporal-admin-k8s", "blocked", message)
      assert.equal("blocked", lab:app("temporal-k8s").current)
      grants[i] = message:match("GRANT.*$")
      stack:sql("temporal-k8s", grants[i])
    end
    recovers()
  end)

  it("is well serves on under a services option that is wrong", function()
    local before <const> = stack:service("temporal-k8s/0", "temporal")
    lab:run("config", "temporal-k8s", "services=frontend,histry")
    lab:wait_app("temporal-k8s", "blocked",
      "error in services config: invalid service 'histry'")
    assert.same(before, stack:service("temporal-k8s/0", "temporal"))
    assert.equal("active", before.current)
    lab:run("config", "temporal-k8s", "--reset", "services")
    lab:wait_app("temporal-k8s", "active")
    assert.same(before, stack:service("temporal-k8s/0", "temporal"))
  end)

  it("refuses the password says so, and to whom", function()
    local password <const> = stack:server_password()
    local message <const> = ("the database refuses the password of user %s")
      :format(user)
    stack:sql("postgres",
      ("alter role %s password 'changed-behind'"):format(user))
    local restart <const> = lab:try("run", "temporal-k8s/0", "restart")
    local setup_schema <const> =
      lab:try("run", "temporal-admin-k8s/0", "setup-schema")
    assert.same({ 1, 1 }, { restart.code, setup_schema.code })
    assert.same({ current = "blocked", message = "db:pgsql relation: "
      .. message }, lab:app "temporal-k8s")
    assert.same({ current = "blocked", message = message },
      lab:app "temporal-admin-k8s")
    assert.matches("failed: cannot restart temporal: db:pgsql relation: "
      .. message, restart.stdout, 1, true)
    assert.matches("failed: cannot set up the schema: " .. message,
      setup_schema.stdout, 1, true)
    tells_no_secret(restart.stdout, restart.stderr, setup_schema.stdout,
      setup_schema.stderr)
    stack:sql("postgres",
      ("alter role %s password '%s'"):format(user, password))
    recovers()
  end)

  it("stops, and is started again, has lost nothing", function()
    stack:run_workflow()
    local count <const> = stack:sql("temporal-k8s",
      "select count(*) from visibility.executions_visibility")
    assert(count >= 1)
    stack:act("postgresql-k8s/0", "postgresql", "stop", "postgresql")
    local address <const> = lab:unit("postgresql-k8s/0").address
    local restart <const> = lab:try("run", "temporal-k8s/0", "restart")
    assert.equal(1, restart.code)
    assert.same({ current = "waiting", message = ("db:pgsql relation: the "
      .. "database at %s:5432 does not answer"):format(address) },
      lab:app "temporal-k8s")
    tells_no_secret(restart.stdout, restart.stderr)
    recovers()
    assert.equal(count, stack:sql("temporal-k8s",
      "select count(*) from visibility.executions_visibility"))
    stack:run_workflow()
  end)

  local function pebble_readies(app, container)
    local line <const> = ('unit-%s-0: %%d+:%%d+:%%d+ INFO juju.worker.uniter.'
      .. 'operation ran "%s-pebble-ready" hook'):format(app, container)
      :gsub("%-", "%%-")
    local _, times <const> = lab:log():gsub(line, "")
    return times
  end

  it("dies with its container, as the server does, is there again by itself",
    function()
      local count <const> = stack:sql("temporal-k8s",
        "select count(*) from visibility.executions_visibility")
      stack:kill("temporal-k8s/0", "temporal")
      stack:kill("postgresql-k8s/0", "postgresql")
      lab:wait_log("container postgresql ended (", 10)
      lab:wait("both have run pebble-ready again", function()
        return pebble_readies("temporal-k8s", "temporal") == 2
          and pebble_readies("postgresql-k8s", "postgresql") == 2
      end)
      recovers()
      assert.equal(count, stack:sql("temporal-k8s",
        "select count(*) from visibility.executions_visibility"))
      stack:run_workflow()
      assert.is_nil(lab:log():find("Uncaught error", 1, true))
    end)
end)
