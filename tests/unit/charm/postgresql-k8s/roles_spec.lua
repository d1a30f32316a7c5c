-- SPDX-License-Identifier: Apache-2.0
-- Against a real PostgreSQL server.
package.path = "charm/postgresql-k8s/?.lua;" .. package.path
local pg = require "pg"
local postgres = require "tests.support.postgres"
local roles = require "postgresql.roles"

describe("the roles of relations", function()
  local server, session

  local function connect(user, password, database)
    return pg.connect(server:options { user = user, password = password,
      dbname = database })
  end

  local function as_superuser(database)
    return pg.connect(server:options { dbname = database })
  end

  local function grant(id, fields)
    local all = { relation_id = id, database = "temporal-k8s", admin = false,
      password = "pw'" .. id }
    for key, value in pairs(fields or {}) do
      all[key] = value
    end
    roles.ensure(session, all)
  end

  setup(function()
    server = postgres.start()
    session = assert(as_superuser "postgres")
  end)

  teardown(function()
    session:close()
    server:stop()
  end)

  it("make a database that its client can use, twice over", function()
    grant(1)
    grant(1)
    local client <close> = assert(connect("relation_id_1", "pw'1", "temporal-k8s"))
    assert(client:query "create schema visibility")
    assert(client:query "create table public.kept (n int)")
    assert(client:query "insert into public.kept values (7)")
    assert.equal("temporal-k8s_owner", client:value("select tableowner from "
      .. "pg_tables where tablename = 'kept'"))
    assert.is_truthy(roles.version(session):find("^%d+%.?%d*$"))
  end)

  it("keep other clients out of the database", function()
    grant(2, { database = "other" })
    local client, err = connect("relation_id_2", "pw'2", "temporal-k8s")
    assert.is_nil(client)
    assert.equal("42501", err.data.code)
  end)

  it("take a new password, and only that", function()
    roles.set_password(session, "relation_id_1", "new \\ '")
    local client, err = connect("relation_id_1", "pw'1", "temporal-k8s")
    assert.is_nil(client)
    assert.equal("28P01", err.data.code)
    assert(connect("relation_id_1", "new \\ '", "temporal-k8s")):close()
  end)

  it("are listed by the number of their relation", function()
    assert.same({ [1] = "relation_id_1", [2] = "relation_id_2" },
      roles.list(session))
  end)

  it("go with their sessions, and leave the data to the next", function()
    local client = assert(connect("relation_id_1", "new \\ '", "temporal-k8s"))
    -- Something that belongs to the login role itself.
    assert(client:query "set role none")
    assert(client:query "create schema mine")
    roles.drop(session, "relation_id_1", as_superuser)
    assert.is_nil((client:query "select 1"))
    client:close()
    assert.same({ [2] = "relation_id_2" }, roles.list(session))

    grant(3)
    local other <close> = assert(connect("relation_id_3", "pw'3", "temporal-k8s"))
    assert.equal(7, other:value "select n from public.kept")
    assert(other:query "drop table public.kept")
    assert(other:query "drop schema mine")
  end)

  it("of administrators are superusers", function()
    grant(4, { admin = true })
    local client <close> = assert(connect("relation_id_4", "pw'4", "temporal-k8s"))
    assert.equal("on", client:value "show is_superuser")
    roles.drop(session, "relation_id_4", as_superuser)
  end)
end)
