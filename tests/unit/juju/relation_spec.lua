-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local relation = require "juju.relation"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.relation by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("lists the relations of an endpoint by number", function()
      agent:answer("relation-ids", '["db:10","db:9"]\n')
      assert.same({ 9, 10 }, relation.ids "db")
      assert.same({ { "relation-ids", "db", "--format=json" } },
        agent:calls())
    end)

    it("lists no relations", function()
      agent:answer("relation-ids", "[]\n")
      assert.same({}, relation.ids "db")
    end)

    it("lists the remote units", function()
      agent:answer("relation-list", '["pg/0","pg/1"]\n')
      assert.same({ "pg/0", "pg/1" }, relation.list "db:1")
      assert.same({ { "relation-list", "--format=json", "-r", "db:1" } },
        agent:calls())
    end)

    it("finds the remote application, or none", function()
      agent:answer("relation-list", '"pg"\n')
      agent:answer("relation-list", "null\n")
      assert.equal("pg", relation.app "db:1")
      local app, err = relation.app "db:1"
      assert.is_nil(app)
      assert.is_nil(err)
      assert.same({ "relation-list", "--format=json", "-r", "db:1", "--app" },
        agent:calls()[1])
    end)

    it("reads a unit's and an application's databag", function()
      agent:answer("relation-get", '{"host":"1","n":"2"}\n')
      agent:answer("relation-get", "null\n")
      assert.same({ host = "1", n = "2" }, relation.get("db:1", "pg/0"))
      assert.same({}, relation.get("db:1", "pg", { app = true }))
      assert.same({
        { "relation-get", "--format=json", "-r", "db:1", "-", "pg/0" },
        { "relation-get", "--format=json", "-r", "db:1", "--app", "-", "pg" },
      }, agent:calls())
    end)

    it("writes by standard input, keys sorted", function()
      agent:answer("relation-set", "")
      assert.is_true(relation.set("db:1", { b = "2", a = "x\ny", gone = "" }))
      assert.is_true(relation.set("db:1", { a = "1" }, { app = true }))
      assert.same({
        { "relation-set", "-r", "db:1", "--file", "-",
          stdin = '? "a"\n: "x\\u000Ay"\n? "b"\n: "2"\n? "gone"\n: ""\n' },
        { "relation-set", "-r", "db:1", "--app", "--file", "-",
          stdin = '? "a"\n: "1"\n' },
      }, agent:calls())
    end)

    it("does not call for nothing", function()
      assert.is_true(relation.set("db:1", {}))
      assert.same({}, agent:calls())
    end)

    it("refuses what is no text, naming the key but not the value", function()
      local ok, err = relation.set("db:1", { pw = "\xff" })
      assert.is_nil(ok)
      assert.equal("cannot write the databag of this unit in db:1: "
        .. "the value of 'pw' is not valid UTF-8", tostring(err))
      _, err = relation.set("db:1", { n = 5 }) -- luacheck: ignore
      assert.equal("cannot write the databag of this unit in db:1: "
        .. "the value of 'n' is a number, not a string", tostring(err))
      assert.same({}, agent:calls())
    end)

    it("tells a relation that is gone", function()
      agent:answer("relation-get", { code = 2, stderr =
        'ERROR invalid value "db:9" for option -r: relation not found\n' })
      local data, err = relation.get("db:9", "pg/0")
      assert.is_nil(data)
      assert.equal("not-found", err.data.reason)
      assert.equal('cannot read the databag of pg/0 in db:9: invalid value '
        .. '"db:9" for option -r: relation not found', tostring(err))
    end)

    it("tells who may not write, and who may not read", function()
      agent:answer("relation-set", { code = 1,
        stderr = "ERROR cannot write relation settings\n" })
      agent:answer("relation-get", { code = 1,
        stderr = "ERROR permission denied\n" })
      local _, err = relation.set("db:1", { a = "1" }, { app = true })
      assert.equal("not-leader", err.data.reason)
      _, err = relation.get("db:1", "other/0")
      assert.equal("permission", err.data.reason)
    end)

    it("finds the model of the other side", function()
      agent:answer("relation-model-get", '{"uuid":"8c3f"}\n')
      assert.equal("8c3f", relation.model_uuid "db:1")
      assert.same({ { "relation-model-get", "--format=json", "-r", "db:1" } },
        agent:calls())
    end)
  end)
end
