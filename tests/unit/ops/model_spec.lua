-- SPDX-License-Identifier: Apache-2.0
local ops = require "ops"
local testing = require "testing"

local METADATA <const> = {
  name = "try",
  peers = { peer = { interface = "try" } },
  requires = { db = { interface = "pgsql" } },
  containers = { temporal = { resource = "image" } },
  resources = { image = { type = "oci-image" }, file = { type = "file" } },
}

local function run(handler, state, options, event)
  local class = ops.charm "try"
  class.on_it = handler
  function class:init()
    self:observe(self.on[event or "start"], self.on_it)
  end
  local ctx = testing.context { charm = class, metadata = METADATA }
  local code, out = ctx:try(event or "start", state, options)
  return ctx, out, code
end

local function must_run(...)
  local ctx, out, code = run(...)
  assert.equal(0, code, ctx.failure and ctx.failure.text)
  return ctx, out
end

local function lines(ctx)
  local found = {}
  for _, line in ipairs(ctx:tool_lines "^juju%-log") do
    if line ~= "state-get --format=json" then
      found[#found + 1] = line
    end
  end
  return found
end

describe("relations", function()
  local TWO <const> = {
    relations = {
      { endpoint = "db", id = 3, remote_app_name = "pg",
        remote_units_data = { [0] = {}, [1] = {} } },
      { endpoint = "db", id = 12, remote_app_name = "other" },
    },
  }

  it("are listed once, each with its app and units", function()
    local ctx = must_run(function(self)
      local list = self.model.relations["db"]
      assert.equal(list, self.model.relations.db)
      assert.equal(2, #list)
      assert.equal(3, list[1].id)
      assert.equal("pg", list[1].app.name)
      assert.equal("pg/1", list[1].units[2].name)
      assert.equal(list[1].app, list[1].units[2].app)
      assert.equal(list[1], self.model:get_relation("db", 3))
    end, TWO)
    assert.same({
      "relation-ids db --format=json",
      "relation-list --format=json -r db:3 --app",
      "relation-list --format=json -r db:3",
    }, lines(ctx))
  end)

  it("are not one when there are two", function()
    local ctx = run(function(self) self.model:get_relation "db" end, TWO)
    assert.equal("too-many-related-apps", ctx.failure.error.kind)
  end)

  it("are none when there are none", function()
    must_run(function(self)
      assert.is_nil(self.model:get_relation "db")
      assert.same({}, self.model.relations.db)
    end)
  end)

  it("of an endpoint that is not declared raise", function()
    local ctx = run(function(self) return self.model.relations.dbx end)
    assert.equal("unknown-endpoint", ctx.failure.error.kind)
    assert.truthy(tostring(ctx.failure.error):find("db, peer", 1, true))
  end)

  it("to peers have our own application", function()
    local ctx = must_run(function(self)
      local peer = self.model:get_relation "peer"
      assert.equal(self.app, peer.app)
      assert.equal("try/1", peer.units[1].name)
    end, { relations = { { endpoint = "peer", peers_data = { [1] = {} } } } })
    assert.same({ "relation-ids peer --format=json",
      "relation-list --format=json -r peer:1" }, lines(ctx))
  end)
end)

describe("a relation's events", function()
  local STATE <const> = {
    relations = { { endpoint = "db", id = 3, remote_app_name = "pg",
      remote_units_data = { [0] = {}, [1] = {} } } },
  }

  it("name relation, app and unit without asking Juju", function()
    local ctx = must_run(function(_, event)
      assert.equal("db:3", event.relation:label())
      assert.equal("pg", event.app.name)
      assert.equal("pg/1", event.unit.name)
      assert.is_nil(event.departing_unit)
    end, STATE, { unit = 1 }, "db_relation_joined")
    assert.same({}, lines(ctx))
  end)

  it("name the unit that departs, which is not listed any more", function()
    must_run(function(_, event)
      assert.equal("pg/1", event.departing_unit.name)
      assert.equal(1, #event.relation.units)
      assert.equal("pg/0", event.relation.units[1].name)
    end, STATE, { unit = 1 }, "db_relation_departed")
  end)

  it("for application data have no unit", function()
    must_run(function(_, event)
      assert.is_nil(event.unit)
      assert.equal("pg", event.app.name)
    end, STATE, { app = true }, "db_relation_changed")
  end)
end)

describe("a binding", function()
  it("is asked for once", function()
    local ctx = must_run(function(self)
      local network = self.model:get_binding("db").network
      assert.equal("10.0.0.1", network.bind_address)
      assert.equal("10.0.0.2", network.ingress_address)
      assert.same({ "10.0.0.0/24" }, { network.egress_subnets[1] })
      assert.same({ name = "eth0", address = "10.0.0.1",
        subnet = "10.0.0.1/32" }, network.interfaces[1])
      assert.equal(network, self.model:get_binding("db").network)
    end, { networks = { db = { bind_address = "10.0.0.1",
      ingress_addresses = { "10.0.0.2" },
      egress_subnets = { "10.0.0.0/24" } } } })
    assert.same({ "network-get --format=json db" }, lines(ctx))
  end)

  it("may be a relation's", function()
    local ctx = must_run(function(self)
      local relation = self.model:get_relation("db", 3)
      return self.model:get_binding(relation).network.bind_address
    end)
    assert.same({ "network-get --format=json -r 3 db" }, lines(ctx))
  end)
end)

describe("the unit", function()
  it("opens and closes what differs", function()
    local ctx, out = must_run(function(self)
      self.unit:set_ports(80, 7233, { protocol = "udp", port = 53 })
    end, { opened_ports = { ["80/tcp"] = true, ["443/tcp"] = true } })
    assert.same({
      "opened-ports --endpoints --format=json",
      "close-port 443/tcp",
      "open-port 53/udp",
      "open-port 7233/tcp",
    }, lines(ctx))
    assert.same({ ["80/tcp"] = true, ["53/udp"] = true,
      ["7233/tcp"] = true }, out.opened_ports)
  end)

  it("opens ranges, and for some endpoints", function()
    local ctx, out = must_run(function(self)
      self.unit:set_ports("5000-5010/udp", "icmp",
        { protocol = "tcp", port = 80, endpoints = { "db" } })
      assert.same({ { protocol = "udp", port = 5000, to_port = 5010 },
        { protocol = "tcp", port = 80 }, { protocol = "icmp" } },
        self.unit:opened_ports())
      self.unit:open_port("tcp", 90, { to_port = 99 })
      self.unit:close_port("tcp", 90, { to_port = 99 })
    end, { opened_ports = { ["80/tcp"] = true } })
    assert.same({
      "opened-ports --endpoints --format=json",
      "close-port 80/tcp",
      "open-port 5000-5010/udp",
      "open-port --endpoints db 80/tcp",
      "open-port icmp",
      "opened-ports --format=json",
      "open-port 90-99/tcp",
      "close-port 90-99/tcp",
    }, lines(ctx))
    assert.same({ ["80/tcp"] = { db = true }, ["5000-5010/udp"] = true,
      icmp = true }, out.opened_ports)
  end)

  it("reboots after the hook, or at once with nothing committed", function()
    local ctx = must_run(function(self) self.unit:reboot() end)
    assert.same({ "juju-reboot" }, lines(ctx))
    assert.equal("later", ctx.reboot)
    local after = false
    ctx = must_run(function(self)
      self.model:get_relation("db").data[self.unit].a = "1"
      self.unit:reboot { now = true }
      after = true
    end, { relations = { { endpoint = "db" } } })
    assert.is_false(after)
    assert.equal("now", ctx.reboot)
    assert.is_nil(table.concat(lines(ctx), "\n"):find "relation%-set")
  end)

  it("knows whether it leads, asked once", function()
    local ctx = must_run(function(self)
      assert.is_true(self.unit:is_leader())
      assert.is_true(self.unit:is_leader())
    end, { leader = true })
    assert.same({ "is-leader --format=json" }, lines(ctx))
  end)

  it("sets the workload's version, a text", function()
    local ctx, out = must_run(function(self)
      self.unit:set_workload_version "1.17.4"
    end)
    assert.same({ "application-version-set -- 1.17.4" }, lines(ctx))
    assert.equal("1.17.4", out.workload_version)
    ctx = run(function(self) self.unit:set_workload_version(1.17) end)
    assert.truthy(ctx.failure.text:find("expected a string", 1, true))
  end)

  it("of others tells nothing of itself", function()
    for _, ask in ipairs {
      function(unit) return unit:is_leader() end,
      function(unit) return unit.containers end,
      function(unit) unit.status = ops.ActiveStatus() end,
      function(unit) unit:open_port("tcp", 1) end,
    } do
      local ctx = run(function(self) ask(self.model:get_unit "pg/0") end)
      assert.equal("not-own-unit", ctx.failure.error.kind)
    end
  end)

  it("knows its containers, declared ones", function()
    must_run(function(self)
      local container = self.unit:get_container "temporal"
      assert.equal(container, self.unit.containers.temporal)
      assert.is_true(container:can_connect())
    end, { containers = { { name = "temporal", can_connect = true } } })
    local ctx = run(function(self) self.unit:get_container "temporl" end)
    assert.equal("unknown-container", ctx.failure.error.kind)
  end)
end)

describe("the model", function()
  it("has name and uuid from the environment, and planned units", function()
    local ctx = must_run(function(self)
      assert.equal("m", self.model.name)
      assert.equal("u", self.model.uuid)
      assert.equal("try", self.app.name)
      assert.equal("try/0", self.unit.name)
      assert.equal(1, self.app:planned_units())
      assert.equal(1, self.app:planned_units())
    end, { model = { name = "m", uuid = "u" } })
    assert.same({ "goal-state --format=json" }, lines(ctx))
  end)

  it("fetches a resource that is declared", function()
    must_run(function(self)
      assert.equal("/r/file", self.model:fetch_resource "file")
    end, { resources = { file = "/r/file" } })
    local ctx = run(function(self) self.model:fetch_resource "x" end)
    assert.equal("unknown-resource", ctx.failure.error.kind)
  end)

  it("counts the units there shall be", function()
    must_run(function(self)
      assert.equal(3, self.app:planned_units())
    end, { planned_units = 3 })
  end)

  it("fetches resources as ops does, too", function()
    must_run(function(self)
      assert.equal("/r/file", self.model.resources:fetch "file")
    end, { resources = { file = "/r/file" } })
  end)

  it("tells the cloud's specification to a charm that is trusted", function()
    local ctx = must_run(function(self)
      local spec = self.model:get_cloud_spec()
      assert.equal("lxd", spec.type)
      assert.equal("certificate", spec.credential.auth_type)
      assert.equal("k", spec.credential.attributes["client-key"])
      assert.is_true(spec.is_controller_cloud)
    end, { cloud_spec = { type = "lxd", name = "localhost",
      is_controller_cloud = true, credential = {
        auth_type = "certificate", attributes = { ["client-key"] = "k" },
      } } })
    assert.same({ "credential-get --format=json" }, lines(ctx))
    ctx = run(function(self) self.model:get_cloud_spec() end)
    assert.equal("permission", ctx.failure.error.data.reason)
  end)

  it("knows Juju's version", function()
    must_run(function(self)
      assert.equal("3.6.26", tostring(self.model.juju_version))
      assert.is_true(self.model.juju_version.has_secrets)
    end)
  end)

  it("gives a pebble-ready event its container", function()
    must_run(function(_, event)
      assert.equal("temporal", event.workload.name)
    end, { containers = { { name = "temporal", can_connect = true } } }, nil,
      "temporal_pebble_ready")
  end)
end)
