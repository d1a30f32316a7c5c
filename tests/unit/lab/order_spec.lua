-- SPDX-License-Identifier: Apache-2.0
local actions = require "lab.model.actions"
local configs = require "lab.model.config"
local lab = require "tests.support.lab_model"
local leadership = require "lab.model.leadership"
local order = require "lab.order"
local progress = require "lab.progress"
local relations = require "lab.model.relations"
local removal = require "lab.model.removal"

local function next_name(model, unit, seen)
  local view <const> = { now = 0, boots = {}, update_status = false }
  for key, value in pairs(seen or {}) do
    view[key] = value
  end
  local hook = order.next(model, model.units[unit], view)
  return hook and hook.name
end

describe("order", function()
  it("starts a unit: install, created, leader, config, start", function()
    local model = lab.model()
    lab.deploy(model, "client", lab.CLIENT)
    assert.same({
      "install", "peer-relation-created", "leader-elected", "config-changed",
      "start",
    }, lab.settle(model, "client/0"))
  end)

  it("elects only the leader", function()
    local model = lab.model()
    lab.deploy(model, "app", nil, 2)
    assert.same({ "install", "config-changed", "start" },
      lab.settle(model, "app/1"))
  end)

  it("offers pebble-ready at the next joint, never before install nor "
    .. "between config-changed and start", function()
    local model = lab.model()
    lab.deploy(model, "app", lab.charm { containers = { work = {} } })
    assert.same({
      "install", "leader-elected", "work-pebble-ready", "config-changed",
      "start",
    }, lab.settle(model, "app/0", { boots = { work = "b1" } }))
  end)

  it("runs pebble-ready again for a new boot only", function()
    local model = lab.model()
    lab.deploy(model, "app", lab.charm { containers = { work = {} } })
    lab.settle(model, "app/0", { boots = { work = "b1" } })
    assert.same({}, lab.settle(model, "app/0", { boots = { work = "b1" } }))
    assert.same({ "work-pebble-ready" },
      lab.settle(model, "app/0", { boots = { work = "b2" } }))
  end)

  it("attaches storage after start", function()
    local model = lab.model()
    lab.deploy(model, "app", lab.charm { storage = { data = {} } })
    local ran = lab.settle(model, "app/0")
    assert.same({ "start", "data-storage-attached" },
      { ran[#ran - 1], ran[#ran] })
  end)

  it("follows joined by changed of the same unit", function()
    local model = lab.model()
    lab.deploy(model, "client", lab.CLIENT)
    lab.deploy(model, "server", lab.SERVER, 2)
    relations.relate(model, "client", "server")
    lab.settle(model, "server/0")
    lab.settle(model, "server/1")
    local ran = lab.settle(model, "client/0")
    assert.same({
      "db-relation-joined:server/0", "db-relation-changed:server/0",
      "db-relation-joined:server/1", "db-relation-changed:server/1",
    }, { table.unpack(ran, #ran - 3) })
  end)

  it("coalesces commits into one changed, unit and application apart",
    function()
      local model = lab.related()
      local relation = model.relations["1"]
      relations.write(relation, "server/0", { a = "1" })
      relations.write(relation, "server/0", { a = "2" })
      relations.write(relation, "server", { b = "1" })
      assert.same({ "db-relation-changed", "db-relation-changed:server/0" },
        lab.settle(model, "client/0"))
      assert.same({}, lab.settle(model, "server/0"), "not told of its own")
    end)

  it("sees a change that comes while changed runs", function()
    local model = lab.related()
    local relation = model.relations["1"]
    relations.write(relation, "server/0", { a = "1" })
    local first = true
    local ran = lab.settle(model, "client/0", nil, function()
      if first then
        relations.write(relation, "server/0", { a = "2" })
        first = false
      end
    end)
    assert.equal(2, #ran)
  end)

  it("ends a relation: departed, broken, then it is gone", function()
    local model = lab.related()
    relations.remove(model, "client", "server")
    assert.same({ "db-relation-departed:server/0", "db-relation-broken" },
      lab.settle(model, "client/0"))
    assert.is_not_nil(model.relations["1"])
    assert.same({ "db-relation-departed:client/0", "db-relation-broken" },
      lab.settle(model, "server/0"))
    assert.is_nil(model.relations["1"])
    assert(relations.relate(model, "client", "server"))
    assert.equal("db-relation-created", next_name(model, "client/0"))
  end)

  it("names who departs: the other, or oneself when leaving", function()
    local model = lab.related()
    removal.application(model, model.applications.server, false)
    local function departing(unit)
      local hook = order.next(model, model.units[unit],
        { now = 0, boots = {}, update_status = false })
      return hook.departing_unit
    end
    assert.equal("server/0", departing("client/0"))
    assert.equal("server/0", departing("server/0"))
  end)

  it("takes a unit away: relations, storage, stop, remove", function()
    local model = lab.model()
    lab.deploy(model, "app", lab.charm { storage = { data = {} } })
    lab.settle(model, "app/0")
    removal.application(model, model.applications.app, false)
    assert.same({ "data-storage-detaching", "stop", "remove" },
      lab.settle(model, "app/0"))
    assert.equal("forget", next_name(model, "app/0"))
  end)

  it("forgets a dying unit that was never installed", function()
    local model = lab.model()
    lab.deploy(model, "app")
    removal.application(model, model.applications.app, false)
    assert.equal("forget", next_name(model, "app/0"))
  end)

  it("runs config-changed when a value changed", function()
    local model = lab.model()
    lab.deploy(model, "app",
      lab.charm { options = { a = { type = "string" } } })
    lab.settle(model, "app/0")
    configs.change(model.applications.app, { a = "1" }, {})
    configs.change(model.applications.app, { a = "2" }, {})
    assert.same({ "config-changed" }, lab.settle(model, "app/0"))
  end)

  it("upgrades the charm before anything that waits, config behind it",
    function()
      local model = lab.related()
      model.applications.client.charm_version = 1
      relations.write(model.relations["1"], "server/0", { a = "1" })
      assert.same({
        "upgrade-charm", "config-changed", "db-relation-changed:server/0",
      }, lab.settle(model, "client/0"))
    end)

  it("detaches a dying unit's storage before its relations end", function()
    local model = lab.model()
    lab.deploy(model, "client", lab.charm {
      endpoints = lab.CLIENT.endpoints, storage = { data = {} },
    })
    lab.deploy(model, "server", lab.SERVER)
    relations.relate(model, "client", "server")
    for _ = 1, 3 do
      lab.settle(model, "server/0")
      lab.settle(model, "client/0")
    end
    removal.units { model.units["client/0"] }
    assert.same({
      "data-storage-detaching", "db-relation-departed:server/0",
      "db-relation-broken", "stop", "remove",
    }, lab.settle(model, "client/0"))
  end)

  it("tells peers of one that leaves: departed, no broken", function()
    local model = lab.model()
    lab.deploy(model, "client", lab.CLIENT, 2)
    for _ = 1, 3 do
      lab.settle(model, "client/0")
      lab.settle(model, "client/1")
    end
    removal.units { model.units["client/1"] }
    assert.same({ "peer-relation-departed:client/0", "stop", "remove" },
      lab.settle(model, "client/1"))
    removal.forget(model, "client/1")
    assert.same({ "peer-relation-departed:client/1" },
      lab.settle(model, "client/0"))
  end)

  it("runs stop when the pod ends, and nothing after it", function()
    local model = lab.related()
    relations.write(model.relations["1"], "server/0", { a = "1" })
    assert.same({ "stop" },
      lab.settle(model, "client/0", { pod_ending = true }))
    progress.pod_started(model, model.units["client/0"], 0)
    assert.same({ "start", "db-relation-changed:server/0" },
      lab.settle(model, "client/0"))
  end)

  it("lets commands in between queued hooks, actions not", function()
    local model = lab.model()
    local app = lab.deploy(model, "app")
    app.charm.actions.go = { params = {}, required = {}, additional = true }
    lab.settle(model, "app/0")
    actions.enqueue(model,
      { unit = "app/0", name = "go", params = {}, now = 0 })
    actions.enqueue_commands(model,
      { unit = "app/0", commands = "true", now = 0 })
    table.insert(model.units["app/0"].uniter.queue,
      { kind = "start", name = "start" })
    assert.same({ "run-commands", "start", "go" },
      lab.settle(model, "app/0", nil, function(hook)
        if hook.action then
          model.actions[hook.action].status = "completed"
        end
      end))
  end)

  it("elects again who had lost the lead", function()
    local model = lab.model()
    lab.deploy(model, "app", nil, 2)
    lab.settle(model, "app/0")
    lab.settle(model, "app/1")
    assert.is_true(leadership.revoke(model, model.units["app/0"]))
    assert.same({ "leader-elected" }, lab.settle(model, "app/1"))
    assert.same({}, lab.settle(model, "app/0"))
    assert.is_true(leadership.revoke(model, model.units["app/1"]))
    assert.same({ "leader-elected" }, lab.settle(model, "app/0"))
  end)

  it("varies with the seed what is open, and nothing else", function()
    local orders, pebble = {}, {}
    for number = 1, 20 do
      local model = lab.model()
      model.seed = number
      lab.deploy(model, "app", lab.charm {
        containers = { work = {} },
        endpoints = {
          a = { interface = "x", role = "peer" },
          b = { interface = "x", role = "peer" },
        },
      })
      local ran = lab.settle(model, "app/0", { boots = { work = "b1" } })
      assert.equal("install", ran[1])
      local text = table.concat(ran, " ")
      assert.matches("created.*created.*leader%-elected.*config%-changed "
        .. "start", text)
      assert.equal(7, #ran)
      orders[text:match("(%l)%-relation")] = true
      pebble[text:find("work%-pebble%-ready$") and "late" or "early"] = true
    end
    assert.same({ a = true, b = true }, orders)
    assert.same({ early = true, late = true }, pebble)
  end)

  it("runs update-status when it is time and nothing else is", function()
    local model = lab.model()
    lab.deploy(model, "app")
    assert.equal("install",
      next_name(model, "app/0", { update_status = true }))
    lab.settle(model, "app/0")
    assert.is_nil(next_name(model, "app/0"))
    assert.equal("update-status",
      next_name(model, "app/0", { update_status = true }))
  end)

  it("keeps a failed hook back, lets actions through meanwhile", function()
    local model = lab.model()
    local app = lab.deploy(model, "app",
      lab.charm { options = { a = { type = "string" } } })
    app.charm.actions.go =
      { params = {}, required = {}, additional = true }
    lab.settle(model, "app/0")
    configs.change(app, { a = "1" }, {})
    local unit = model.units["app/0"]
    local hook = order.next(model, unit,
      { now = 0, boots = {}, update_status = true })
    progress.begin(model, unit, hook, 0)
    progress.failed(unit, hook, { now = 0, random = 0.5, retry = true })
    assert.is_nil(next_name(model, "app/0", { now = 4 }))
    actions.enqueue(model,
      { unit = "app/0", name = "go", params = {}, now = 0 })
    assert.equal("go", next_name(model, "app/0", { now = 4 }))
    assert.equal("config-changed", next_name(model, "app/0", { now = 5 }))
  end)

  it("runs a hook that was begun and not finished again", function()
    local model = lab.model()
    lab.deploy(model, "app")
    local unit = model.units["app/0"]
    local hook = order.next(model, unit,
      { now = 0, boots = {}, update_status = false })
    progress.begin(model, unit, hook, 0)
    assert.equal("install", next_name(model, "app/0"))
  end)

  it("tells others than the leader of leader settings, up to Juju 3",
    function()
      local model = lab.model()
      local app = lab.deploy(model, "app", nil, 2)
      lab.settle(model, "app/0")
      lab.settle(model, "app/1")
      app.leader_settings_version = 1
      assert.is_nil(next_name(model, "app/0"))
      assert.equal("leader-settings-changed", next_name(model, "app/1"))
      model.config["agent-version"] = "4.0.0"
      assert.is_nil(next_name(model, "app/1"))
    end)

  it("does not tell the leader of its own peer application databag",
    function()
      local model = lab.model()
      lab.deploy(model, "client", lab.CLIENT, 2)
      for _ = 1, 2 do
        lab.settle(model, "client/0")
        lab.settle(model, "client/1")
      end
      relations.write(model.relations["0"], "client", { a = "1" })
      assert.same({}, lab.settle(model, "client/0"))
      assert.same({ "peer-relation-changed" }, lab.settle(model, "client/1"))
    end)
end)
