-- SPDX-License-Identifier: Apache-2.0
-- pg on a real PostgreSQL server.
local errors = require "std.error"
local pg = require "pg"
local postgres = require "tests.support.postgres"

describe("pg", function()
  local server, conn

  setup(function() server = postgres.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    conn = server:connect()
    assert(conn:query "CREATE TEMPORARY TABLE t (id int PRIMARY KEY, v text)")
  end)
  after_each(function() conn:close() end)

  local function count()
    return conn:value "SELECT count(*) FROM t"
  end

  describe("connect", function()
    it("takes a table, a Conninfo or libpq's string", function()
      local one = pg.conninfo.new(server:options())
      for _, options in ipairs { server:options(), one, one:text(), one:uri() } do
        local other <close> = assert(pg.connect(options))
        assert.equal("postgres", other:value "SELECT current_database()")
      end
    end)

    it("passes on odd passwords exactly", function()
      local password = " it's\n\\ a'\t\"é "
      assert(conn:query("CREATE ROLE odd LOGIN PASSWORD "
        .. pg.quote_literal(password)))
      local options = server:options { user = "odd", password = password }
      local other <close> = assert(pg.connect(options))
      assert.equal("odd", other:value "SELECT current_user")
    end)

    it("says where it went and why it failed, without the password", function()
      local got, err = pg.connect(server:options { password = "s3cret" })
      assert.is_nil(got)
      assert.is_true(errors.is(err, "pg"))
      assert.equal("28P01", err.data.code)
      assert.is_truthy(tostring(err):find(
        ("cannot connect to the database postgres on 127.0.0.1:%d as postgres: ")
          :format(server.port), 1, true))
      assert.is_nil(tostring(err):find("s3cret", 1, true))

      got, err = pg.connect(server:options { port = 1 })
      assert.is_nil(got)
      assert.equal("connect", err.data.code)

      got, err = pg.connect "password=s3cret junk"
      assert.is_nil(got)
      assert.equal("cannot connect to the database: "
        .. "the connection string is malformed", tostring(err))
    end)
  end)

  it("gives rows, one row, one value", function()
    assert.same({ { id = 1, v = "a" }, { id = 2, v = pg.null } }, assert(
      conn:query("INSERT INTO t VALUES (1, $1), (2, $2) RETURNING *",
        { "a", pg.null })).rows)
    assert.same({ id = 2, v = pg.null },
      conn:one("SELECT * FROM t WHERE id = $1", { 2 }))
    assert.equal("a", conn:value "SELECT v, id FROM t ORDER BY id")
    assert.equal(pg.null, conn:value "SELECT v FROM t WHERE id = 2")
    assert.equal("\0\xff", conn:value("SELECT $1::bytea", { pg.bytes "\0\xff" }))
  end)

  it("tells no row from an error", function()
    local row, err = conn:one "SELECT * FROM t"
    assert.is_nil(row)
    assert.is_nil(err)
    row, err = conn:value "SELECT v FROM t"
    assert.is_nil(row)
    assert.is_nil(err)
    row, err = conn:one "SELECT * FROM none"
    assert.is_nil(row)
    assert.equal("42P01", err.data.code)
    row, err = conn:value "SELECT * FROM none"
    assert.is_nil(row)
    assert.equal('cannot query the database: relation "none" does not exist',
      tostring(err))
  end)

  it("limits each query", function()
    local got, err = conn:query("SELECT pg_sleep(20)", nil, { timeout = 0.1 })
    assert.is_nil(got)
    assert.equal("timeout", err.data.code)
    assert.equal("closed", conn:status())
    local other <close> = assert(pg.connect(
      server:options { query_timeout = 0.1 }))
    got, err = other:query "SELECT pg_sleep(20)"
    assert.is_nil(got)
    assert.equal("timeout", err.data.code)
  end)

  it("quotes names and values as the server reads them", function()
    local odd = [[it's "odd" \ é]]
    assert(conn:query("CREATE TEMPORARY TABLE " .. pg.quote_ident(odd)
      .. " AS SELECT " .. pg.quote_literal(odd) .. " AS "
      .. pg.quote_ident(odd)))
    assert.same({ [odd] = odd },
      conn:one("SELECT * FROM " .. pg.quote_ident(odd)))
    assert(conn:query "SET standard_conforming_strings = off")
    assert.equal(odd, conn:value("SELECT " .. pg.quote_literal(odd)))
  end)

  describe("transaction", function()
    it("commits and returns what the function returned", function()
      local a, b = conn:transaction(function(inner)
        assert.equal(conn, inner)
        assert.equal("transaction", conn:status())
        assert(conn:query "INSERT INTO t VALUES (1)")
        return "a", 2
      end)
      assert.same({ "a", 2 }, { a, b })
      assert.equal("idle", conn:status())
      assert.equal(1, count())
      assert.is_true(conn:transaction(function() end))
    end)

    it("rolls back when the function raises, and raises on", function()
      local thrown = { "x" }
      local ok, err = pcall(conn.transaction, conn, function()
        assert(conn:query "INSERT INTO t VALUES (1)")
        error(thrown)
      end)
      assert.is_false(ok)
      assert.equal(thrown, err)
      assert.equal("idle", conn:status())
      assert.equal(0, count())
    end)

    it("rolls back when the function returns nil and an error", function()
      local got, err = conn:transaction(function()
        assert(conn:query "INSERT INTO t VALUES (1)")
        return nil, "why"
      end)
      assert.is_nil(got)
      assert.equal("why", err)
      assert.equal(0, count())
    end)

    it("does not take a failed transaction for a committed one", function()
      local got, err = conn:transaction(function()
        assert(conn:query "INSERT INTO t VALUES (1)")
        conn:query "SELECT 1/0"
        return "done"
      end)
      assert.is_nil(got)
      assert.equal("25P02", err.data.code)
      assert.equal("idle", conn:status())
      assert.equal(0, count())
    end)

    it("gives an error of the commit itself", function()
      assert(conn:query [[CREATE TEMPORARY TABLE u
        (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)]])
      local got, err = conn:transaction(function()
        assert(conn:query "INSERT INTO u VALUES (1), (1)")
      end)
      assert.is_nil(got)
      assert.equal("23505", err.data.code)
      assert.equal("idle", conn:status())
    end)

    it("gives closed when the connection is lost in it", function()
      local got, err = conn:transaction(function(inner)
        inner:close()
      end)
      assert.is_nil(got)
      assert.equal("closed", err.data.code)
      got, err = conn:transaction(function() error "not called" end)
      assert.is_nil(got)
      assert.equal("closed", err.data.code)
    end)

    it("refuses another one inside", function()
      assert.error_matches(function()
        conn:transaction(function()
          conn:transaction(function() end)
        end)
      end, "a transaction within a transaction")
      assert.equal("idle", conn:status())
    end)
  end)

  it("comes back after the server was away", function()
    server:restart()
    local got, err = conn:query "SELECT 1"
    assert.is_nil(got)
    assert.equal("closed", err.data.code)
    conn = server:connect()
    assert.equal(1, conn:value "SELECT 1")
  end)

  it("can be closed twice and by scope", function()
    local other
    do
      local scoped <close> = server:connect()
      other = scoped
    end
    assert.equal("closed", other:status())
    other:close()
  end)
end)
