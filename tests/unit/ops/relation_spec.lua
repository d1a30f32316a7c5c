-- SPDX-License-Identifier: Apache-2.0
local ops = require "ops"
local support = require "tests.support.charm"

local DATABASE <const> = ops.schema {
  host = "string",
  port = { type = "integer", default = 5432 },
  secret_id = { type = "string", name = "secret-id", optional = true },
  roles = { type = "list", optional = true },
}

local function with(data)
  return { leader = true, relations = { { endpoint = "db", id = 3,
    remote_app_name = "pg", remote_app_data = data, local_app_data = {
      roles = '["old"]', note = "mine" } } } }
end

describe("a typed databag", function()
  it("is loaded as a schema has it, each value from JSON", function()
    local ctx = support.run("start", function(self)
      local relation = self.model:get_relation("db", 3)
      assert.same({ host = "h", port = 80, secret_id = "secret:x" },
        relation:load(DATABASE, self.model:get_app "pg"))
    end, with { host = '"h"', port = "80", ["secret-id"] = '"secret:x"',
      other = "not JSON" })
    assert.same({ "relation-get --format=json -r db:3 --app - pg" },
      support.calls(ctx))
  end)

  it("names databag and key of what is wrong", function()
    local err = support.refused("schema", "start", function(self)
      self.model:get_relation("db", 3)
        :load(DATABASE, self.model:get_app "pg")
    end, with { port = '"80"' })
    assert.equal("cannot load the databag of pg in db:3: host is missing; "
      .. "port must be of the type integer, not string", tostring(err))
    err = support.refused("schema", "start", function(self)
      self.model:get_relation("db", 3)
        :load(DATABASE, self.model:get_app "pg")
    end, with { host = "h" })
    assert.truthy(err.data.faults[1]:find "^host ")
  end)

  it("may be read and written in another way than JSON", function()
    local plain <const> = ops.schema { host = "string" }
    local _, out = support.run("start", function(self)
      local relation = self.model:get_relation("db", 3)
      assert.same({ host = "h" }, relation:load(plain,
        self.model:get_app "pg", { decode = tostring }))
      relation:save(plain, { host = "me" }, self.app, { encode = tostring })
    end, with { host = "h" })
    assert.equal("me", out.relations[1].local_app_data.host)
  end)

  it("is saved in one call, what is absent deleted", function()
    local ctx, out = support.run("start", function(self)
      local relation = self.model:get_relation("db", 3)
      relation:save(DATABASE, { host = "h", secret_id = "secret:x" },
        self.app)
    end, with {})
    assert.same({
      "is-leader --format=json",
      "relation-get --format=json -r db:3 --app - try",
      "relation-set -r db:3 --app --file -",
    }, support.calls(ctx))
    assert.same({ host = '"h"', port = "5432", ["secret-id"] = '"secret:x"',
      note = "mine" }, out.relations[1].local_app_data)
  end)

  it("is not saved when it is wrong, or not ours", function()
    local err, ctx = support.refused("schema", "start", function(self)
      self.model:get_relation("db", 3)
        :save(DATABASE, { host = 1, more = 2 }, self.app)
    end, with {})
    assert.equal("cannot save to the databag of try in db:3: more is not "
      .. "declared", tostring(err))
    assert.same({}, support.calls(ctx))
    support.refused("relation-data-access", "start", function(self)
      self.model:get_relation("db", 3)
        :save(DATABASE, { host = "h" }, self.model:get_app "pg")
    end, with {})
  end)
end)

describe("the model of the other side", function()
  it("is asked for once", function()
    local state = with {}
    state.relations[1].remote_model_uuid = "there"
    local ctx = support.run("start", function(self)
      local relation = self.model:get_relation("db", 3)
      assert.equal("there", relation.remote_model.uuid)
      assert.equal("there", relation.remote_model.uuid)
    end, state)
    assert.same({ "relation-model-get --format=json -r db:3" },
      support.calls(ctx))
  end)
end)
