-- SPDX-License-Identifier: Apache-2.0
local conninfo = require "pg.conninfo"

describe("pg.conninfo", function()
  it("writes fields sorted, without empty ones", function()
    assert.equal("dbname=d host=h password=p port=5432 user=u", conninfo.new {
      user = "u", host = "h", dbname = "d", password = "p", port = 5432,
      options = "",
    }:text())
  end)

  it("escapes quotes and backslashes, quotes blanks, flattens lines", function()
    assert.equal([[a='x y' b=it\'s c=a\\b d='l1 l2' e='it\'s \\']],
      conninfo.new { a = "x y", b = "it's", c = "a\\b", d = "l1\nl2",
        e = "it's \\" }:text())
  end)

  it("reads what it and libpq write", function()
    local got = assert(conninfo.parse(
      [[ host=h  user = 'a b' password='it\'s \\ x' c=it\'s d='' e='q']]))
    assert.equal("h", got.host)
    assert.equal("a b", got.user)
    assert.equal("it's \\ x", got.password)
    assert.equal("it's", got.c)
    assert.is_nil(got.d)
    assert.equal("q", got.e)
    assert.equal("a b", conninfo.parse([[user=a\ b]]).user)
    assert.equal("", conninfo.parse("host="):text())
    assert.equal("", conninfo.parse(" "):text())
  end)

  it("lets given fields win", function()
    assert.equal("dbname=e host=h",
      conninfo.parse("host=h dbname=d", { dbname = "e" }):text())
    assert.equal("host=h",
      conninfo.parse("host=h dbname=d", { dbname = "" }):text())
    local one = conninfo.new { host = "h", dbname = "d" }
    assert.equal("dbname=e host=h", one:with { dbname = "e" }:text())
    assert.equal("d", one.dbname)
  end)

  it("refuses broken text without quoting it", function()
    for _, text in ipairs {
      "s3cret", "password=s3cret junk", "password='s3cret", "=s3cret",
      "password='s3cret'x", "pass-word=s3cret", "password='s3cret\\",
      "a=b s3cret", "text=s3cret",
    } do
      local got, message = conninfo.parse(text)
      assert.is_nil(got)
      assert.matches("^cannot read the connection string: ", message)
      assert.is_nil(message:find("s3cret", 1, true))
    end
  end)

  it("hides passwords when printed", function()
    local one = conninfo.new { host = "h", password = "s3cret",
      sslpassword = "t0p", user = "u v" }
    assert.equal("host=h password=*** sslpassword=*** user='u v'",
      tostring(one))
    assert.is_truthy(one:text():find("s3cret", 1, true))
  end)

  it("writes URIs", function()
    assert.equal("postgresql://u%20v:p%40%2F@h:5432/d%2Fb?a=x%26y&sslmode=off",
      conninfo.new { user = "u v", password = "p@/", host = "h", port = 5432,
        dbname = "d/b", sslmode = "off", a = "x&y" }:uri())
    assert.equal("postgresql://[::1]/",
      conninfo.new { host = "::1" }:uri())
    assert.equal("postgresql://u@%2Ftmp/d",
      conninfo.new { host = "/tmp", user = "u", dbname = "d" }:uri())
    assert.equal("postgresql:///", conninfo.new {}:uri())
  end)

  it("compares by content", function()
    assert.is_true(conninfo.new { a = 1, b = "2" }
      == conninfo.parse "b='2' a=1")
    assert.is_false(conninfo.new { a = 1 } == conninfo.new { a = 2 })
  end)

  it("raises for fields that libpq cannot have", function()
    assert.error_matches(function() conninfo.new { host = true } end,
      "field 'host': string expected, got boolean")
    assert.error_matches(function() conninfo.new { ["a b"] = "x" } end,
      "not a keyword")
    assert.error_matches(function() conninfo.new { "x" } end, "not a keyword")
    assert.error_matches(function() conninfo.new { uri = "x" } end,
      "not a keyword")
  end)

  it("reads back what it wrote, for random values", function()
    local pieces = { "a", " ", "'", "\\", "=", "\t", "é", "''", "\\'", "@" }
    for _ = 1, 500 do
      local fields = {}
      for i = 1, math.random(0, 4) do
        local parts = {}
        for j = 1, math.random(1, 5) do
          parts[j] = pieces[math.random(#pieces)]
        end
        fields["k" .. i] = table.concat(parts)
      end
      local one = conninfo.new(fields)
      assert.same(one, assert(conninfo.parse(one:text())), one:text())
    end
  end)
end)
