-- SPDX-License-Identifier: Apache-2.0
-- The plan: how it is written, and how layers merge into it.
local contract = require "tests.support.contract"

describe("the plan", function()
  local pebble, name

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)
  before_each(function() name = pebble:name "svc" end)

  -- The service after these layers, one on top of the other.
  local function merged(...)
    for i, fields in ipairs { ... } do
      pebble:layer(("services: {%s: {%s}}"):format(name, fields),
        name .. "-" .. i)
    end
    return pebble:plan().services[name]
  end

  local function check_of(...)
    for i, fields in ipairs { ... } do
      pebble:layer(("checks: {%s: {%s}}"):format(name, fields),
        name .. "-" .. i)
    end
    return pebble:plan().checks[name]
  end

  it("is wanted in a format", function()
    pebble:refused(400, 'invalid format ""', "GET", "/v1/plan")
    pebble:refused(400, 'invalid format "json"', "GET", "/v1/plan?format=json")
  end)

  it("is YAML with an indent of four, its keys in the schema's order", function()
    pebble:layer(([[
services:
  %s:
    user-id: 0
    environment: {ZED: "1", ABLE: two words}
    kill-delay: 90s
    command: sleep 1
    override: replace
    requires: [%s]
    startup: enabled
    summary: what it does
]]):format(name, name))
    local _, text = pebble:plan()
    assert.is_truthy(text:find(([[
    %s:
        summary: what it does
        startup: enabled
        override: replace
        command: sleep 1
        requires:
            - %s
        environment:
            ABLE: two words
            ZED: "1"
        user-id: 0
        kill-delay: 1m30s
]]):format(name, name), 1, true), text)
  end)

  it("has its entries sorted", function()
    local base = pebble:name "zz"
    pebble:layer(([[
services:
  %s-b: {override: replace, command: sleep 1}
  %s-a: {override: replace, command: sleep 1}
]]):format(base, base))
    local _, text = pebble:plan()
    assert.is_true(text:find(base .. "-a:", 1, true)
      < text:find(base .. "-b:", 1, true))
  end)

  it("has only the fields that were set", function()
    assert.same({ override = "replace", command = "sleep 1" },
      merged "override: replace, command: sleep 1")
  end)

  it("writes durations as Go does", function()
    local entry = merged("override: replace, command: sleep 1, "
      .. "backoff-delay: 1500ms, backoff-limit: 2h, kill-delay: 0.25s")
    assert.equal("1.5s", entry["backoff-delay"])
    assert.equal("2h0m0s", entry["backoff-limit"])
    assert.equal("250ms", entry["kill-delay"])
  end)

  it("quotes what would read as another type", function()
    assert.same({ A = "1", B = "true", C = "", D = "null", E = "1e3" },
      merged([[override: replace, command: sleep 1, environment: {A: "1",
        B: "true", C: "", D: "null", E: "1e3"}]]).environment)
  end)

  it("replace forgets all that was there", function()
    assert.same({ override = "replace", command = "sleep 2" },
      merged("override: replace, command: sleep 1, summary: x, user-id: 0",
        "override: replace, command: sleep 2"))
  end)

  it("merge takes the new value of a field and keeps the others", function()
    local entry = merged("override: replace, command: sleep 1, summary: x",
      "override: merge, command: sleep 2")
    assert.equal("sleep 2", entry.command)
    assert.equal("x", entry.summary)
  end)

  it("merge into nothing takes it as it is", function()
    assert.equal("sleep 1", merged("override: merge, command: sleep 1").command)
  end)

  it("keeps the first override of an entry", function()
    assert.equal("replace", merged("override: replace, command: sleep 1",
      "override: merge, summary: x").override)
  end)

  it("merge can't blank a string", function()
    assert.equal("x", merged("override: replace, command: sleep 1, summary: x",
      'override: merge, summary: ""').summary)
  end)

  it("merge takes a user-id of 0", function()
    assert.equal(0, merged("override: replace, command: sleep 1, user-id: 5",
      "override: merge, user-id: 0")["user-id"])
  end)

  it("merge takes durations and factors when they are there", function()
    local entry = merged("override: replace, command: sleep 1, "
      .. "kill-delay: 1s, backoff-factor: 3", "override: merge, kill-delay: 2s")
    assert.equal("2s", entry["kill-delay"])
    assert.equal(3, entry["backoff-factor"])
  end)

  it("merge appends to lists, even what is there", function()
    local entry = merged(
      "override: replace, command: sleep 1, after: [a], before: [x]",
      "override: merge, after: [b, a]")
    assert.same({ "a", "b", "a" }, { table.unpack(entry.after) })
    assert.same({ "x" }, { table.unpack(entry.before) })
  end)

  it("merge takes the environment by its keys", function()
    assert.same({ A = "1", B = "3", C = "4" }, merged(
      'override: replace, command: sleep 1, environment: {A: "1", B: "2"}',
      'override: merge, environment: {B: "3", C: "4"}').environment)
  end)

  it("merge takes on-check-failure by its keys", function()
    assert.same({ a = "ignore", b = "restart" }, merged(
      "override: replace, command: sleep 1, "
        .. "on-check-failure: {a: restart, b: restart}",
      "override: merge, on-check-failure: {a: ignore}")["on-check-failure"])
  end)

  it("merges checks, and their kinds field by field", function()
    local entry = check_of(
      "override: replace, period: 1h, startup: disabled, "
        .. "http: {url: 'http://a/', headers: {A: '1', B: '2'}}",
      "override: merge, level: ready, http: {headers: {B: '3'}}")
    assert.equal("1h0m0s", entry.period)
    assert.equal("ready", entry.level)
    assert.equal("http://a/", entry.http.url)
    assert.same({ A = "1", B = "3" }, entry.http.headers)
  end)

  it("refuses to merge a second kind into a check", function()
    check_of "override: replace, startup: disabled, tcp: {port: 80}"
    pebble:layer_refused("plan must specify one of",
      ("checks: {%s: {override: merge, exec: {command: 'true'}}}")
        :format(name), { label = name .. "-2" })
  end)

  it("writes out a check's threshold, of what is not set",
    function()
      assert.same({
        override = "replace",
        threshold = 3,
        tcp = { port = 1 },
      }, check_of "override: replace, tcp: {port: 1}")
    end)

  it("merges log targets: services appended, labels by key", function()
    local function layer(i, fields)
      pebble:layer(("log-targets: {%s: {%s}}"):format(name, fields),
        name .. "-" .. i)
    end
    layer(1, "override: replace, type: loki, location: 'http://a/', "
      .. "services: [-all], labels: {a: '1'}")
    layer(2, "override: merge, services: [-all], labels: {b: '2'}")
    local entry = pebble:plan()["log-targets"][name]
    assert.same({ "-all", "-all" }, { table.unpack(entry.services) })
    assert.same({ a = "1", b = "2" }, entry.labels)
    assert.equal("http://a/", entry.location)
  end)

  it("takes a layer in block style with block scalars and anchors", function()
    pebble:layer(([[
summary: a layer
description: |
  of two
  lines
services:
  %s:
    override: replace
    command: >-
      sh -c
      "sleep 1"
    environment: &env
      A: 'it''s'
  %s-2:
    override: replace
    command: sleep 1
    environment: *env
]]):format(name, name))
    local services = pebble:plan().services
    assert.equal('sh -c "sleep 1"', services[name].command)
    assert.equal("it's", services[name .. "-2"].environment.A)
  end)
end)
