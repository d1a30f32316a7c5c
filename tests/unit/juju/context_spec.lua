-- SPDX-License-Identifier: Apache-2.0
local contexts = require "juju.context"

describe("juju.context", function()
  it("reads a relation hook", function()
    local context = contexts.read {
      JUJU_DISPATCH_PATH = "hooks/db-relation-changed",
      JUJU_HOOK_NAME = "db-relation-changed",
      JUJU_RELATION = "db", JUJU_RELATION_ID = "db:3",
      JUJU_REMOTE_APP = "pg", JUJU_REMOTE_UNIT = "pg/1",
      JUJU_UNIT_NAME = "temporal-k8s/0", JUJU_MODEL_NAME = "m",
      JUJU_MODEL_UUID = "u", JUJU_VERSION = "3.6.26",
      JUJU_CHARM_DIR = "/charm", JUJU_CONTEXT_ID = "temporal-k8s/0-x",
      JUJU_AGENT_SOCKET_NETWORK = "unix",
      JUJU_AGENT_SOCKET_ADDRESS = "/a.socket",
    }
    local read = {}
    for name, value in pairs(context) do read[name] = value end
    assert.same({
      dispatch_path = "hooks/db-relation-changed",
      hook_name = "db-relation-changed", event_name = "db_relation_changed",
      relation_name = "db", relation_id = 3, remote_app_name = "pg",
      remote_unit_name = "pg/1", unit_name = "temporal-k8s/0",
      app_name = "temporal-k8s", model_name = "m", model_uuid = "u",
      version = "3.6.26", charm_dir = "/charm",
      context_id = "temporal-k8s/0-x", agent_socket_network = "unix",
      agent_socket_address = "/a.socket",
    }, read)
  end)

  it("takes an empty variable for an absent one", function()
    local context = contexts.read {
      JUJU_DISPATCH_PATH = "hooks/db-relation-changed",
      JUJU_REMOTE_UNIT = "", JUJU_REMOTE_APP = "pg", JUJU_MACHINE_ID = "",
    }
    assert.is_nil(context.remote_unit_name)
    assert.is_nil(context.machine_id)
    assert.equal("pg", context.remote_app_name)
  end)

  it("names an event by its dispatch path, or its hook", function()
    for path, name in pairs {
      ["hooks/config-changed"] = "config_changed",
      ["actions/restart"] = "restart_action",
      ["hooks/my-db-relation-joined"] = "my_db_relation_joined",
    } do
      assert.equal(name, contexts.read({ JUJU_DISPATCH_PATH = path })
        .event_name)
    end
    assert.equal("start", contexts.read({ JUJU_HOOK_NAME = "start" })
      .event_name)
    assert.is_nil(contexts.read({ JUJU_DISPATCH_PATH = "" }).event_name)
    assert.is_nil(contexts.read({}).event_name)
  end)

  it("types actions, secrets, storage, notices and debugging", function()
    local context = contexts.read {
      JUJU_ACTION_NAME = "restart", JUJU_ACTION_UUID = "2",
      JUJU_SECRET_ID = "secret:x", JUJU_SECRET_REVISION = "7",
      JUJU_STORAGE_ID = "data/0", JUJU_NOTICE_TYPE = "custom",
      JUJU_DEBUG_AT = "all,hook", JUJU_DEBUG = "1",
      JUJU_API_ADDRESSES = "10.0.0.1:17070 10.0.0.2:17070",
      JUJU_DEPARTING_UNIT = "pg/0", JUJU_WORKLOAD_NAME = "temporal",
      JUJU_CHARM_HTTP_PROXY = "http://p",
    }
    assert.equal("2", context.action_uuid)
    assert.equal(7, context.secret_revision)
    assert.equal("data", context.storage_name)
    assert.equal(0, context.storage_index)
    assert.same({ "all", "hook" }, context.debug_at)
    assert.is_true(context.debug)
    assert.equal(2, #context.api_addresses)
    assert.equal("pg/0", context.departing_unit_name)
    assert.equal("http://p", context.http_proxy)
  end)

  it("finds the application of a unit that is named alone", function()
    local context = contexts.read { JUJU_REMOTE_UNIT = "pg/1" }
    assert.equal("pg", context.remote_app_name)
  end)

  it("knows which relation the event is about, and if it breaks", function()
    local context = contexts.read {
      JUJU_DISPATCH_PATH = "hooks/db-relation-broken",
      JUJU_RELATION_ID = "db:3", JUJU_REMOTE_APP = "pg",
    }
    assert.equal("pg", context:remote_app_of(3))
    assert.is_nil(context:remote_app_of(4))
    assert.is_true(context:is_broken(3))
    assert.is_false(context:is_broken(4))
    assert.is_false(contexts.read({}):is_broken(3))
  end)

  it("is read-only and knows its fields", function()
    local context = contexts.read {}
    assert.error_matches(function() context.unit_name = "x" end,
      "cannot set 'unit_name': the context is read%-only")
    assert.error_matches(function() return context.unitname end,
      "the context has no field 'unitname'")
  end)

  it("reads this process's environment by default", function()
    assert.is_nil(contexts.read().action_name)
  end)
end)
