-- SPDX-License-Identifier: Apache-2.0
local environment = require "lab.env"
local lab = require "tests.support.lab_model"
local paths = require "lab.paths"

local function env(hook, version)
  local model <const> = lab.related()
  model.config["agent-version"] = version
  return environment.of(model, model.units["client/0"], hook, {
    paths = paths.unit("/data", "m", "client/0"), context_id = "ctx",
  })
end

describe("a hook's environment", function()
  it("names the hook, the unit and the agent's socket", function()
    local found = env { kind = "install", name = "install" }
    assert.equal("hooks/install", found.JUJU_DISPATCH_PATH)
    assert.equal("install", found.JUJU_HOOK_NAME)
    assert.equal("client/0", found.JUJU_UNIT_NAME)
    assert.equal("/var/lib/juju/agents/unit-client-0/agent.socket",
      found.JUJU_AGENT_SOCKET_ADDRESS)
    assert.equal("3.6.26", found.JUJU_VERSION)
    assert.matches("^/var/lib/juju/tools/unit%-client%-0:", found.PATH)
    assert.is_nil(found.HOME)
    assert.is_nil(found.JUJU_RELATION)
  end)

  it("names an abstract socket where Juju's version has one", function()
    for version, abstract in pairs {
      ["2.8.14"] = true, ["2.9.50"] = true, ["2.9.52"] = false,
      ["3.1.8"] = true, ["3.5.0"] = true, ["3.6.26"] = false,
      ["4.0.14"] = false,
    } do
      local found <const> = env({ kind = "start", name = "start" }, version)
      assert.equal(abstract and "@charmlab/u/unit-client-0/agent.socket"
        or "/var/lib/juju/agents/unit-client-0/agent.socket",
        found.JUJU_AGENT_SOCKET_ADDRESS, version)
    end
  end)

  it("adds the relation, its remote unit perhaps empty", function()
    local found = env {
      kind = "relation-departed", name = "db-relation-departed",
      relation = "1", endpoint = "db", remote_app = "server",
      remote_unit = "server/0", departing_unit = "server/0",
    }
    assert.equal("db", found.JUJU_RELATION)
    assert.equal("db:1", found.JUJU_RELATION_ID)
    assert.equal("server", found.JUJU_REMOTE_APP)
    assert.equal("server/0", found.JUJU_REMOTE_UNIT)
    assert.equal("server/0", found.JUJU_DEPARTING_UNIT)
    found = env {
      kind = "relation-created", name = "db-relation-created",
      relation = "1", endpoint = "db", remote_app = "server",
    }
    assert.equal("", found.JUJU_REMOTE_UNIT)
    assert.is_nil(found.JUJU_DEPARTING_UNIT)
  end)

  it("adds the action, the container, the storage", function()
    local found = env { kind = "action", name = "go", action = "2" }
    assert.equal("actions/go", found.JUJU_DISPATCH_PATH)
    assert.equal("", found.JUJU_HOOK_NAME)
    assert.equal("action-2", found.JUJU_ACTION_TAG)
    found = env {
      kind = "pebble-ready", name = "work-pebble-ready", workload = "work",
    }
    assert.equal("work", found.JUJU_WORKLOAD_NAME)
    found = env {
      kind = "storage-attached", name = "data-storage-attached",
      storage = "data/0",
    }
    assert.equal("/var/lib/juju/storage/data/0", found.JUJU_STORAGE_LOCATION)
  end)

  it("is that of the model's Juju", function()
    local hook <const> = { kind = "install", name = "install" }
    assert.equal("unsupported", env(hook).JUJU_SLA)
    local found = env(hook, "4.0.1")
    assert.equal("4.0.1", found.JUJU_VERSION)
    assert.is_nil(found.JUJU_SLA)
  end)
end)
