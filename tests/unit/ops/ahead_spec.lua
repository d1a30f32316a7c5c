-- SPDX-License-Identifier: Apache-2.0
local ahead = require "ops.ahead"
local contexts = require "juju.context"
local juju_config = require "juju.config"
local juju_relation = require "juju.relation"
local tool = require "juju.tool"

describe("what an event is about", function()
  local sent, called, previous

  before_each(function()
    sent, called = {}, {}
    previous = tool.use {
      name = "spec",
      send = function(_, name, args)
        sent[#sent + 1] = name .. " " .. table.concat(args, " ")
        return #sent
      end,
      receive = function(_, ticket)
        return { code = 0, stdout = ('{"of":"%s"}'):format(sent[ticket]) }
      end,
      call = function(_, name)
        called[#called + 1] = name
        return { code = 0, stdout = "{}" }
      end,
      close = function() end,
    }
  end)

  after_each(function()
    tool.use(previous)
  end)

  local function context(relation)
    relation = relation or {}
    return contexts.read {
      JUJU_UNIT_NAME = "web/0",
      JUJU_RELATION = relation.name,
      JUJU_RELATION_ID = relation.id,
      JUJU_REMOTE_APP = relation.app,
      JUJU_REMOTE_UNIT = relation.unit,
    }
  end

  local DB <const> = { name = "db", id = "db:3", app = "pg", unit = "pg/1" }

  it("is the databags of whom a relation's event is about", function()
    ahead.ask(context(DB), "db_relation_changed")
    assert.same({ "state-get --format=json",
      "relation-get --format=json -r db:3 - pg/1",
      "relation-get --format=json -r db:3 --app - pg" }, sent)
    assert.equal(sent[2], juju_relation.get("db:3", "pg/1").of)
    assert.equal(sent[3], juju_relation.get("db:3", "pg", { app = true }).of)
    assert.same({}, called)
  end)

  it("is asked for once", function()
    ahead.ask(context(DB), "db_relation_changed")
    juju_relation.get("db:3", "pg/1")
    juju_relation.get("db:3", "pg/1")
    assert.same({ "relation-get" }, called)
  end)

  it("is the configuration when that has changed", function()
    ahead.ask(context(), "config_changed")
    assert.same({ "state-get --format=json", "config-get --format=json" }, sent)
    assert.equal(sent[2], juju_config.get().of)
  end)

  it("is no databag that the event could write", function()
    ahead.ask(context { name = "peers", id = "peers:0", app = "web",
      unit = "web/1" }, "peers_relation_changed")
    assert.same({ "state-get --format=json",
      "relation-get --format=json -r peers:0 - web/1" }, sent)
  end)

  it("is nothing but the state where an event may not look", function()
    ahead.ask(context(), "start")
    ahead.ask(context(DB), "db_relation_broken")
    ahead.ask(context(DB), "db_relation_joined")
    assert.same({ "state-get --format=json", "state-get --format=json",
      "state-get --format=json" }, sent)
  end)
end)
