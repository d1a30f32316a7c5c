-- SPDX-License-Identifier: Apache-2.0
local conninfo = require "relations.pgsql.conninfo"

describe("a connection string", function()
  it("is read into its keys", function()
    assert.same({ dbname = "a", host = "10.0.0.1", port = "5432" },
      conninfo.parse("dbname=a host=10.0.0.1  port = 5432 "))
  end)

  it("may quote values with blanks, quotes and backslashes", function()
    assert.same({ password = [[a 'b' \c]], user = "u" },
      conninfo.parse([[password='a \'b\' \\c' user=u]]))
  end)

  it("may escape outside of quotes", function()
    assert.same({ password = [[it's]], user = "a b" },
      conninfo.parse([[password=it\'s user=a\ b]]))
  end)

  it("comes back the same for any value", function()
    for _, value in ipairs { "plain", "a b", "'", "\\", [[\']], "a=b", "é'ü x" } do
      local text = conninfo.format { password = value, user = "u" }
      assert.same({ password = value, user = "u" }, conninfo.parse(text))
    end
  end)

  it("is written sorted, without empty values", function()
    assert.equal("dbname=d host=h password='a b'",
      conninfo.format { host = "h", dbname = "d", password = "a b", user = "" })
  end)

  it("that is cut off is refused without repeating it", function()
    local got, err = conninfo.parse("user=u password='secret")
    assert.is_nil(got)
    assert.equal("cannot read the connection string: the quote of 'password' "
      .. "is not closed", err)
  end)

  it("with junk between the keys is refused", function()
    local got, err = conninfo.parse("user=u secret")
    assert.is_nil(got)
    assert.equal("cannot read the connection string: no key at byte 8", err)
  end)

  it("has a place without user and password", function()
    assert.equal("d@h:5432", conninfo.place { dbname = "d", host = "h",
      port = "5432", user = "u", password = "secret" })
  end)
end)
