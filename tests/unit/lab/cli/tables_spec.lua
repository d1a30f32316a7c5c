-- SPDX-License-Identifier: Apache-2.0
local queries = require "lab.cli.query"
local tables = require "lab.cli.tables"
local texts = require "lab.cli.texts"

local function status()
  return {
    model = {
      name = "temporal", controller = "c", cloud = "microk8s",
      version = "3.6.26", sla = "unsupported",
    },
    controller = { timestamp = "12:00:00Z" },
    applications = {
      app = {
        charm = "app", ["charm-channel"] = "edge", ["charm-rev"] = 0,
        scale = 1, address = "127.100.0.1", version = "1.2",
        ["application-status"] = { current = "active" },
        units = {
          ["app/0"] = {
            leader = true, address = "127.100.0.1",
            ["workload-status"] = { current = "active" },
            ["juju-status"] = {
              current = "executing", message = "running start hook",
            },
            ["open-ports"] = { "80/tcp", "81/udp" },
          },
        },
      },
    },
    integrations = {
      { provider = "b:db", requirer = "app:db", interface = "sql",
        type = "regular", message = "" },
    },
  }
end

describe("tables", function()
  it("are Juju's", function()
    assert.equal([[
Model     Controller  Cloud/Region  Version  SLA          Timestamp
temporal  c           microk8s      3.6.26   unsupported  12:00:00Z

App  Version  Status  Scale  Charm  Channel  Rev  Address      Exposed  Message
app  1.2      active      1  app    edge       0  127.100.0.1  no

Unit    Workload  Agent      Address      Ports          Message
app/0*  active    executing  127.100.0.1  80/tcp,81/udp  (start hook)

Integration provider  Requirer  Interface  Type     Message
b:db                  app:db    sql        regular
]], tables.text(status(), true))
  end)

  it("say that a model is empty", function()
    local empty = status()
    empty.applications = {}
    assert.matches('\n\nModel "temporal" is empty.\n$', tables.text(empty))
  end)

  it("measure characters, not bytes", function()
    assert.equal("é   x\nabc  y\n",
      texts.table { { "é", "x" }, { "abc", "y" } }:gsub("é  ", "é "))
  end)
end)

describe("wait-for's queries", function()
  it("compare fields", function()
    local terms = assert(queries.parse('status=="active" && life!="dying"'))
    local fields = queries.kinds.application(status(), "app")
    assert.is_true(queries.holds(terms, fields))
    fields.status = "blocked"
    assert.is_false(queries.holds(terms, fields))
    terms = assert(queries.parse('agent-status=="executing"'))
    assert.is_true(queries.holds(terms,
      queries.kinds.unit(status(), "app/0")))
  end)

  it("can wait for an end", function()
    local terms = assert(queries.parse('life=="dead"'))
    assert.is_true(queries.holds(terms,
      queries.kinds.application(status(), "gone")))
    assert.is_false(queries.holds(terms,
      queries.kinds.application(status(), "app")))
  end)

  it("refuse what they cannot read", function()
    local _, message = queries.parse("status=active")
    assert.matches('cannot read the query "status=active"', message, 1, true)
    local holds, why = queries.holds(queries.parse('colour=="red"'),
      queries.kinds.application(status(), "app"))
    assert.is_nil(holds)
    assert.equal('the query names an unknown field "colour"', why)
  end)
end)
