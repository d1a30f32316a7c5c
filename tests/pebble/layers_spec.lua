-- SPDX-License-Identifier: Apache-2.0
-- Layers: labels, places, what is refused, and that a refused one changes
-- nothing.
local contract = require "tests.support.contract"

local SERVICE <const> = "services: {%s: {override: replace, command: %s}}"

describe("layers:", function()
  local pebble, name, label

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)
  before_each(function()
    name, label = pebble:name "svc", pebble:name "layer"
  end)

  local function add(text, options)
    local body = { action = "add", combine = false, label = label,
      format = "yaml", layer = text }
    for field, value in pairs(options or {}) do
      body[field] = value
    end
    return pebble:ask("POST", "/v1/layers", body)
  end

  local function command()
    return pebble:plan().services[name].command
  end

  -- A layer with this line in its one service, or as its one check.
  local function refused_service(pattern, line)
    pebble:layer_refused(pattern,
      ("services: {%s: {override: replace, %s}}"):format(name, line))
  end

  local function refused_check(pattern, line)
    pebble:layer_refused(pattern,
      ("checks: {%s: {override: replace, %s}}"):format(name, line))
  end

  it("one that is added is in the plan, and the answer is true", function()
    local envelope = add(SERVICE:format(name, "sleep 1"))
    assert.equal("sync", envelope.type)
    assert.is_true(envelope.result)
    assert.equal("sleep 1", command())
  end)

  it("a label that is there is refused without combine", function()
    add(SERVICE:format(name, "sleep 1"))
    pebble:layer_refused(('layer "%s" already exists'):format(label),
      SERVICE:format(name, "sleep 2"), { label = label, combine = false })
    assert.equal("sleep 1", command())
  end)

  it("combine adds one whose label is new", function()
    assert.is_true(add(SERVICE:format(name, "sleep 3"),
      { combine = true }).result)
    assert.equal("sleep 3", command())
  end)

  it("combine changes one at its place, below later ones", function()
    add(SERVICE:format(name, "sleep 1"))
    add(SERVICE:format(name, "sleep 2"), { label = label .. "-top" })
    add(SERVICE:format(name, "sleep 3"), { combine = true })
    assert.equal("sleep 2", command())
  end)

  it("combine keeps what the layer had besides", function()
    local other = pebble:name "svc"
    add(SERVICE:format(name, "sleep 1"))
    add(SERVICE:format(other, "sleep 2"), { combine = true })
    assert.equal("sleep 1", command())
    assert.equal("sleep 2", pebble:plan().services[other].command)
  end)

  it("the later layer wins", function()
    add(SERVICE:format(name, "sleep 1"))
    add(SERVICE:format(name, "sleep 2"), { label = label .. "-top" })
    assert.equal("sleep 2", command())
  end)

  it("an inner label goes last within its group", function()
    add(SERVICE:format(name, "sleep 1"), { label = label .. "/a", inner = true })
    add(SERVICE:format(name, "sleep 2"), { label = label .. "-top" })
    add(SERVICE:format(name, "sleep 3"), { label = label .. "/b", inner = true })
    assert.equal("sleep 2", command())
  end)

  it("adding one starts nothing", function()
    pebble:layer(("services: {%s: {override: replace, command: sleep 9, "
      .. "startup: enabled}}"):format(name))
    assert.equal("inactive", pebble:entry("services", name).current)
  end)

  it("an action other than add is refused", function()
    pebble:refused(400, 'invalid action "remove"', "POST", "/v1/layers",
      { action = "remove", label = label, format = "yaml", layer = "" })
  end)

  it("a format other than yaml is refused", function()
    pebble:refused(400, 'invalid format "json"', "POST", "/v1/layers",
      { action = "add", label = label, format = "json", layer = "{}" })
  end)

  it("no label is refused", function()
    pebble:refused(400, "label must be set", "POST", "/v1/layers",
      { action = "add", format = "yaml", layer = "{}" })
  end)

  it("a label that Pebble keeps to itself is refused", function()
    pebble:layer_refused('reserved label prefix "pebble%-"',
      SERVICE:format(name, "sleep 1"), { label = "pebble-" .. label })
  end)

  it("what is no YAML is refused", function()
    pebble:layer_refused("yaml", "services: {a: [}")
  end)

  it("a section that nobody knows is refused", function()
    pebble:layer_refused("servces", "servces: {}")
  end)

  it("a field that nobody knows is refused, by its name", function()
    refused_service("comand", "command: sleep 1, comand: x")
    refused_check("perid", "perid: 1s, exec: {command: 'true'}")
    refused_check("hots", "tcp: {port: 1, hots: x}")
  end)

  it("a value of another type than the field's is refused", function()
    refused_service("", "command: [sleep]")
    refused_service("", "command: sleep 1, user-id: x")
    refused_service("", "command: sleep 1, kill-delay: soon")
    refused_check("", "threshold: many, exec: {command: 'true'}")
  end)

  it("a service or check that is null is refused", function()
    pebble:layer_refused(name, ("services: {%s: null}"):format(name))
    pebble:layer_refused(name, ("checks: {%s: null}"):format(name))
  end)

  it("no override is refused, and so is a wrong one", function()
    pebble:layer_refused("override",
      ("services: {%s: {command: sleep 1}}"):format(name))
    pebble:layer_refused("override",
      ("services: {%s: {override: x, command: sleep 1}}"):format(name))
    pebble:layer_refused("override",
      ("checks: {%s: {exec: {command: 'true'}}}"):format(name))
  end)

  it("a service without a command is refused", function()
    refused_service("command", "summary: x")
  end)

  it("a command with an open quote is refused", function()
    refused_service("command invalid", [[command: "echo 'x"]])
  end)

  it("names that services can't have are refused", function()
    pebble:layer_refused('reserved.*"pebble"',
      SERVICE:format("pebble", "sleep 1"))
    pebble:layer_refused('"%-x"', SERVICE:format('"-x"', "sleep 1"))
    pebble:layer_refused("name", SERVICE:format('""', "sleep 1"))
  end)

  it("a check's startup is enabled or disabled", function()
    refused_check("startup", "startup: maybe, exec: {command: 'true'}")
  end)

  it("actions that nobody knows are refused", function()
    refused_service("on%-success", "command: sleep 1, on-success: x")
    refused_service("on%-failure",
      "command: sleep 1, on-failure: failure-shutdown")
    refused_service("on%-check%-failure",
      "command: sleep 1, on-check-failure: {c: x}")
  end)

  it("a backoff factor below 1 is refused", function()
    refused_service("backoff%-factor",
      "command: sleep 1, backoff-factor: 0.5")
  end)

  it("services that wait for one another are refused", function()
    local other = pebble:name "svc"
    pebble:layer_refused("before/after loop", ([[
services:
  %s: {override: replace, command: sleep 1, after: [%s]}
  %s: {override: replace, command: sleep 1, after: [%s]}
]]):format(name, other, other, name))
  end)

  it("after may name a service that is not there", function()
    assert.is_true(add(("services: {%s: {override: replace, command: sleep 1, "
      .. "after: [nobody]}}"):format(name)).result)
  end)

  it("a check has exactly one of http, tcp and exec", function()
    refused_check("one of", "level: ready")
    refused_check("one of", "tcp: {port: 1}, exec: {command: 'true'}")
  end)

  it("a check has its url, port or command", function()
    refused_check("url", "http: {headers: {a: b}}")
    refused_check("port", "tcp: {host: x}")
    refused_check("command", "exec: {working-dir: /}")
  end)

  it("a check's period and timeout are above zero", function()
    refused_check("period",
      "period: 0s, exec: {command: 'true'}")
    refused_check("timeout",
      "timeout: 0s, exec: {command: 'true'}")
  end)

  it("a check's level is alive or ready", function()
    refused_check("level",
      "level: x, exec: {command: 'true'}")
  end)

  it("a check's service context is in the plan", function()
    refused_check("nobody",
      "exec: {command: 'true', service-context: nobody}")
  end)

  it("a log target has type, location and services that exist", function()
    for pattern, fields in pairs {
      ["type"] = "location: http://x, services: [all]",
      ['"x"'] = "type: x, location: http://x",
      ["location"] = "type: loki, services: [all]",
      ["nobody"] =
        "type: loki, location: http://x, services: [nobody]",
      ["pebble_"] =
        "type: loki, location: http://x, labels: {pebble_x: y}",
    } do
      pebble:layer_refused(pattern,
        ("log-targets: {%s: {override: replace, %s}}"):format(name, fields))
    end
  end)

  it("a refused one changes nothing", function()
    local other = pebble:name "svc"
    local _, before = pebble:plan()
    pebble:layer_refused("command", ([[
services:
  %s: {override: replace, command: sleep 1}
  %s: {override: replace}
]]):format(name, other), { label = label })
    assert.equal(before, select(2, pebble:plan()))
    add(SERVICE:format(name, "sleep 1")) -- its label is free, too
    assert.equal("sleep 1", command())
  end)
end)
