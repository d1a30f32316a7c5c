-- SPDX-License-Identifier: Apache-2.0
-- host.pq on a real PostgreSQL server.
local fs = require "host.fs"
local null = require "std.null"
local postgres = require "tests.support.postgres"
local pq = require "host.pq"
local proc = require "host.proc"
local sys = require "host.sys"

local server

local function conninfo(fields)
  local words = {}
  for key, value in pairs(server:options(fields)) do
    words[#words + 1] = ("%s='%s'"):format(key, value)
  end
  return table.concat(words, " ")
end

local function connect(fields)
  return assert(pq.connect(conninfo(fields), { timeout = 10 }))
end

local function one(conn, sql, params)
  local result = assert(conn:query(sql, params, { timeout = 10 }))
  return result.rows[1]
end

describe("host.pq", function()
  local conn

  setup(function() server = postgres.start() end)
  teardown(function() server:stop() end)
  before_each(function() conn = connect() end)
  after_each(function() conn:close() end)

  describe("connect", function()
    it("works over TCP and over a Unix socket", function()
      for _, host in ipairs { server.host, server.socket_dir } do
        local other <close> = connect { host = host }
        assert.equal("idle", other:status())
      end
    end)

    local function refused(fields, code)
      local got, message, why = pq.connect(conninfo(fields), { timeout = 10 })
      assert.is_nil(got)
      assert.equal(code, why)
      assert.matches("^cannot connect: ", message)
      return message
    end

    it("gives the server's SQLSTATE", function()
      assert.matches('FATAL: password authentication failed for user "postgres"',
        refused({ password = "wrong" }, "28P01"))
      assert.matches('FATAL: database "none" does not exist',
        refused({ dbname = "none" }, "3D000"))
      refused({ user = "nobody" }, "28P01")
    end)

    it("gives connect when nobody listens", function()
      assert.matches("Connection refused", refused({ port = 1 }, "connect"))
      refused({ host = "/nonexistent" }, "connect")
    end)

    it("never shows the password", function()
      for _, fields in ipairs {
        { password = "s3cret" }, { password = "s3cret", port = 1 },
        { password = "s3cret", user = "s3cret" },
        { password = "s3cret", dbname = "s3cret", user = "a-s3cret-b" },
      } do
        local got, message = pq.connect(conninfo(fields), { timeout = 10 })
        assert.is_nil(got)
        assert.is_nil(message:find("s3cret", 1, true), message)
      end
    end)

    it("quotes nothing of a malformed connection string", function()
      for _, text in ipairs {
        "s3cret", "password=s3cret junk", "password='s3cret", "s3cret=x",
        "postgresql://u:s3cret%zz@h/", "postgresql://u:s3cret@h:1/d?s3cret",
        "postgresql://u:s3cret@[h", "a\0password=s3cret",
      } do
        local got, message, code = pq.connect(text)
        assert.is_nil(got)
        assert.equal("connect", code)
        assert.is_nil(message:find("s3cret", 1, true), message)
      end
    end)

    it("gives up at the deadline when the server is silent", function()
      server.process:kill("STOP")
      local started = sys.monotonic()
      local got, _, code = pq.connect(conninfo(), { timeout = 0.3 })
      local took = sys.monotonic() - started
      server.process:kill("CONT")
      assert.is_nil(got)
      assert.equal("timeout", code)
      assert.is_true(took >= 0.3 and took < 2, took)
    end)

    it("raises for wrong arguments", function()
      assert.has_error(function() pq.connect() end)
      assert.has_error(function() pq.connect({}) end)
      assert.has_error(function() pq.connect("host=x", 5) end)
      assert.has_error(function() pq.connect("", { timeout = "x" }) end)
    end)
  end)

  describe("query", function()
    it("gives typed values", function()
      local row = one(conn, [[SELECT 1::int2 AS a, 2::int4 AS b,
        9223372036854775807 AS c, 1.5::float4 AS d, 0.1::float8 AS e,
        true AS f, false AS g, 'x' AS h, NULL AS i, 1.10::numeric AS j,
        '\x00ff'::bytea AS k, 'NaN'::float8 AS l, '-Infinity'::float8 AS m,
        4294967295::oid AS n, ''::text AS o, '{"a":1}'::jsonb AS p]])
      assert.equal(1, row.a)
      assert.equal("integer", math.type(row.b))
      assert.equal(math.maxinteger, row.c)
      assert.equal(1.5, row.d)
      assert.equal(0.1, row.e)
      assert.is_true(row.f)
      assert.is_false(row.g)
      assert.equal("x", row.h)
      assert.equal(null, row.i)
      assert.equal("1.10", row.j)
      assert.equal("\0\xff", row.k)
      assert.is_true(row.l ~= row.l)
      assert.equal(-math.huge, row.m)
      assert.equal(4294967295, row.n)
      assert.equal("", row.o)
      assert.equal('{"a": 1}', row.p)
    end)

    it("reads bytea in the old form too", function()
      assert(conn:query "SET bytea_output = 'escape'")
      assert.equal("\0\\a\xff", one(conn, [[SELECT '\x005c61ff'::bytea AS a]]).a)
    end)

    it("sends typed parameters, which are never part of the SQL", function()
      local row = one(conn, [[SELECT $1::int8 AS a, $2::float8 AS b,
        $3::bool AS c, $4::text AS d, $5::text AS e, $6::bytea AS f,
        $7::float8 AS g, $8::bool AS h, $9 AS i]], {
        math.mininteger, 0.1, true, "'; DROP TABLE x; --", null,
        pq.bytes "\0\xff'", -math.huge, false, "plain",
      })
      assert.same({
        a = math.mininteger, b = 0.1, c = true, d = "'; DROP TABLE x; --",
        e = null, f = "\0\xff'", g = -math.huge, h = false, i = "plain",
      }, row)
    end)

    it("counts affected rows and names columns in order", function()
      assert(conn:query "CREATE TEMPORARY TABLE t (z int, a text)")
      local result = assert(conn:query("INSERT INTO t VALUES ($1, $2), (2, 'b')",
        { 1, "a" }))
      assert.same({ rows = {}, columns = {}, affected = 2 }, result)
      result = assert(conn:query "SELECT * FROM t ORDER BY z")
      assert.same({ "z", "a" }, result.columns)
      assert.same({ { z = 1, a = "a" }, { z = 2, a = "b" } }, result.rows)
      assert.equal(2, result.affected)
      assert.equal(0, assert(conn:query "DELETE FROM t WHERE false").affected)
    end)

    it("runs an empty statement", function()
      assert.same({ rows = {}, columns = {}, affected = 0 }, conn:query "")
    end)

    it("takes many rows and many parameters", function()
      local places, params = {}, {}
      for i = 1, 3000 do
        places[i], params[i] = "($" .. i .. "::int)", i
      end
      local result = assert(conn:query("SELECT sum(v) AS s FROM (VALUES "
        .. table.concat(places, ",") .. ") AS t(v)", params))
      assert.equal(4501500, result.rows[1].s)
      result = assert(conn:query "SELECT g, 'v' || g AS v FROM generate_series(1, 20000) g")
      assert.same({ g = 20000, v = "v20000" }, result.rows[20000])
    end)

    it("sends and receives values larger than the socket's buffers", function()
      local big = ("x"):rep(8 * 1024 * 1024)
      assert.equal(big, one(conn, "SELECT $1::text AS a", { big }).a)
    end)

    local function fails(sql, code, params)
      local got, message, why = conn:query(sql, params, { timeout = 10 })
      assert.is_nil(got)
      assert.equal(code, why)
      return message
    end

    it("gives the SQLSTATE and the server's own words", function()
      assert.equal('cannot query: relation "none" does not exist',
        fails("SELECT * FROM none", "42P01"))
      assert.matches("division by zero", fails("SELECT 1/0", "22012"))
      assert(conn:query "CREATE TEMPORARY TABLE u (id int PRIMARY KEY)")
      assert(conn:query "INSERT INTO u VALUES (1)")
      assert.matches("duplicate key .*; Key %(id%)=%(1%) already exists",
        fails("INSERT INTO u VALUES (1)", "23505"))
      fails("SELECT $1::int", "22P02", { "x" })
      fails("SELECT 1; SELECT 2", "42601")
      assert.equal("idle", conn:status())
    end)

    it("does not quote the statement, which may hold a secret", function()
      local message = fails("CREATE ROLE x PASSWORD 's3cret' NONSENSE", "42601")
      assert.is_nil(message:find("s3cret", 1, true), message)
    end)

    it("hides the connection's password in the server's words", function()
      local message = fails("SELECT $1::int", "22P02", { server.password })
      assert.matches('"%*%*%*"', message)
    end)

    it("obeys the server's statement_timeout and stays usable", function()
      assert(conn:query "SET statement_timeout = 50")
      fails("SELECT pg_sleep(10)", "57014")
      assert.equal(1, one(conn, "SELECT 1 AS a").a)
    end)

    it("cancels at its own deadline and closes", function()
      local started = sys.monotonic()
      local got, _, code = conn:query("SELECT pg_sleep(30)", nil,
        { timeout = 0.2 })
      assert.is_nil(got)
      assert.equal("timeout", code)
      assert.is_true(sys.monotonic() - started < 3)
      assert.equal("closed", conn:status())
      fails("SELECT 1", "closed")
      local other <close> = connect()
      local sql = [[SELECT count(*) AS n FROM pg_stat_activity
        WHERE query LIKE 'SELECT pg_sleep(30)%' AND state = 'active']]
      for _ = 1, 40 do
        if one(other, sql).n == 0 then
          break
        end
        sys.sleep(0.05)
      end
      assert.equal(0, one(other, sql).n)
    end)

    it("keeps its deadline when the server has stopped answering", function()
      local pid = one(conn, "SELECT pg_backend_pid() AS pid").pid
      server.process:kill("STOP")
      sys.kill(pid, "STOP")
      local started = sys.monotonic()
      local got, _, code = conn:query("SELECT 1", nil, { timeout = 0.2 })
      local took = sys.monotonic() - started
      sys.kill(pid, "CONT")
      server.process:kill("CONT")
      assert.is_nil(got)
      assert.equal("timeout", code)
      assert.is_true(took < 4, took) -- the cancel request has its own limit
    end)

    it("gives closed when the server ends the connection", function()
      local other <close> = connect()
      local pid = one(conn, "SELECT pg_backend_pid() AS pid").pid
      one(other, "SELECT pg_terminate_backend($1)", { pid })
      assert.matches("the connection is lost: terminating connection",
        fails("SELECT 1", "closed"))
      assert.equal("closed", conn:status())
      assert.matches("the connection is closed", fails("SELECT 1", "closed"))
    end)

    it("gives closed when the server vanishes in mid-query", function()
      local child <close> = assert(proc.spawn {
        argv = { "sh", "-c", 'sleep 0.3; kill -QUIT "$0"',
          tostring(server.process:pid()) },
      })
      fails("SELECT pg_sleep(10)", "closed")
      child:wait()
      server:down("QUIT")
      server:up()
      local again <close> = connect()
      assert.equal(1, one(again, "SELECT 1 AS a").a)
    end)

    it("refuses COPY, which no query can feed", function()
      assert.matches("COPY is not supported", fails("COPY (SELECT 1) TO STDOUT",
        "closed"))
      assert.equal("closed", conn:status())
    end)

    it("raises for what cannot be a parameter", function()
      local bad = {
        { { {} }, "parameter 1: table cannot be sent" },
        { { 1, print }, "parameter 2: function cannot be sent" },
        { { "a\0b" }, "parameter 1: a string with a NUL byte" },
        { { 1, nil, 3 }, "use null for NULL" },
        { { a = 1 }, "must be a sequence" },
        { "x", "table expected" },
      }
      for _, case in ipairs(bad) do
        assert.error_matches(function()
          conn:query("SELECT 1", case[1])
        end, case[2])
      end
      assert.has_error(function() conn:query() end)
      assert.has_error(function() conn:query "SELECT 1\0" end)
      assert.has_error(function() conn:query("SELECT 1", {}, 5) end)
      assert.has_error(function() conn.query({}, "SELECT 1") end)
      assert.has_error(function() pq.bytes(nil) end)
      assert.equal("idle", conn:status())
    end)

    it("prints no notice", function()
      local path = server.dir .. "/notice.lua"
      assert(fs.write(path, ([[
        local pq = require "host.pq"
        local conn = assert(pq.connect(%q))
        assert(conn:query "DO $$ BEGIN RAISE WARNING 'w'; END $$")
      ]]):format(conninfo())))
      local result = assert(proc.run {
        argv = { sys.executable(), "run", path },
        timeout = 30,
      })
      assert.same({ 0, "", "" }, { result.code, result.stdout, result.stderr })
    end)
  end)

  it("tells the state of the transaction", function()
    assert.equal("idle", conn:status())
    assert(conn:query "BEGIN")
    assert.equal("transaction", conn:status())
    conn:query "SELECT 1/0"
    assert.equal("failed", conn:status())
    assert(conn:query "ROLLBACK")
    assert.equal("idle", conn:status())
    conn:close()
    conn:close()
    assert.equal("closed", conn:status())
    assert.equal("host.pq.conn (closed)", tostring(conn))
  end)
end)
