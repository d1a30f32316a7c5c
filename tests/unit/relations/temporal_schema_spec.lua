-- SPDX-License-Identifier: Apache-2.0
-- Against a real PostgreSQL server, with the tables that matter.
local errors = require "std.error"
local ops = require "ops"
local postgres = require "tests.support.postgres"
local schema = require "relations.temporal_schema"

local DB <const> = schema.STORES.db

describe("versions", function()
  it("compare as integers, part by part", function()
    assert.is_true(schema.at_least("1.10", "1.9"))
    assert.is_true(schema.at_least("1.8", "1.8"))
    assert.is_true(schema.at_least("2", "1.8"))
    assert.is_false(schema.at_least("1.7", "1.8"))
    assert.is_false(schema.at_least("1", "1.1"))
    assert.is_false(schema.at_least("0.0", "1.8"))
  end)
end)

describe("a store's fault", function()
  local function fault(report)
    return schema.fault(report, DB)
  end

  it("is none when version and tables are there", function()
    assert.is_nil(fault { version = "1.8", has_tables = true })
    assert.is_nil(fault { version = "1.10", has_tables = true })
  end)

  it("is a version too low, or none", function()
    assert.equal("no version of the db schema is recorded", fault {})
    assert.equal("the db schema has version 1.7, 1.8 is needed",
      fault { version = "1.7", has_tables = true })
  end)

  it("is a row that promises tables which are not there", function()
    assert.equal("the table executions_visibility is missing", schema.fault(
      { version = "1.8", has_tables = false }, schema.STORES.visibility))
  end)
end)

describe("the database's own word", function()
  local server, session, target

  before_each(function()
    target = { host = server.host, port = tostring(server.port), user = "poor",
      password = "pw", dbname = "postgres" }
  end)

  setup(function()
    server = postgres.start()
    session = server:connect()
    assert(session:query "create role poor login password 'pw'")
  end)

  teardown(function()
    session:close()
    server:stop()
  end)

  it("tells an empty schema", function()
    local report = assert(schema.inspect(session, DB, "public"))
    assert.is_true(report.schema_exists)
    assert.is_false(report.has_tables)
    assert.is_false(report.in_recovery)
    assert.is_nil(report.version)
  end)

  it("tells a schema that is not there, and who may make it", function()
    local report = assert(schema.inspect(session, DB, "nope"))
    assert.is_false(report.schema_exists)
    assert.is_true(report.may_create_schema)
    local poor <close> = server:connect { user = "poor", password = "pw" }
    report = assert(schema.inspect(poor, DB, "nope"))
    assert.is_false(report.may_create_schema)
  end)

  it("tells the version of each schema apart", function()
    for name, version in pairs { public = "1.8", visibility = "1.1" } do
      assert(session:query("create schema if not exists " .. name))
      assert(session:query(("create table %s.schema_version (version_partition "
        .. "int, db_name text, curr_version text)"):format(name)))
      assert(session:query(("insert into %s.schema_version values (0, "
        .. "current_database(), '%s')"):format(name, version)))
    end
    assert(session:query "create table public.namespaces ()")
    assert.equal("1.8", schema.inspect(session, DB, "public").version)
    local report = schema.inspect(session, schema.STORES.visibility, "visibility")
    assert.equal("1.1", report.version)
    assert.is_false(report.has_tables)
  end)

  it("says nothing of a schema that the role may not use", function()
    local poor <close> = server:connect { user = "poor", password = "pw" }
    assert.is_nil(schema.inspect(poor, DB, "visibility").version)
  end)

  it("is asked again, for so long, while it does not answer", function()
    local slept, sleep, monotonic = 0, ops.sleep, ops.monotonic
    ops.monotonic = function()
      return slept
    end
    ops.sleep = function(seconds)
      slept = slept + seconds
      if slept >= 2 then
        target.port = tostring(server.port)
      end
    end
    target.port = "1"
    local connection = assert(schema.connect(target, 5))
    connection:close()
    assert.equal(2, slept)
    -- A refused password is no matter of time.
    slept, target.password = 0, "wr0ng"
    assert.is_nil((schema.connect(target, 5)))
    assert.equal(0, slept)
    slept, target.port = 0, "1"
    ops.sleep = function(seconds)
      slept = slept + seconds
    end
    assert.is_nil((schema.connect(target, 5)))
    assert.is_true(slept < 5)
    ops.sleep, ops.monotonic = sleep, monotonic
  end)

  it("fails as an error when the session is gone", function()
    local gone = server:connect()
    gone:close()
    local report, err = schema.inspect(gone, DB, "public")
    assert.is_nil(report)
    assert.is_true(errors.is(err, "pg"))
  end)

  it("is explained to the operator without the password", function()
    target.password = "wr0ng"
    local _, err = schema.connect(target)
    assert.same({ "blocked", "the database refuses the password of user poor" },
      { schema.explain(err, target) })
    assert.is_nil(tostring(err):find("wr0ng", 1, true))

    target.password, target.dbname = "pw", "nope"
    _, err = schema.connect(target)
    assert.same({ "blocked", "there is no database nope" },
      { schema.explain(err, target) })

    target.port = "1"
    _, err = schema.connect(target)
    assert.same({ "waiting", "the database at 127.0.0.1:1 does not answer" },
      { schema.explain(err, target) })
  end)
end)
