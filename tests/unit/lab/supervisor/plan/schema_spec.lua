-- SPDX-License-Identifier: Apache-2.0
local schema = require "lab.supervisor.plan.schema"
local yaml = require "std.yaml"

local function read(text)
  return schema.read(assert(yaml.decode(text, { strings = true })))
end

describe("a layer's schema", function()
  it("keeps the text of scalars, and types what has a type", function()
    local layer = assert(read [[
summary: s
services:
  a:
    override: replace
    command: echo 1.50
    environment: {ON: yes, N: 007, E: ""}
    user-id: 10
    backoff-factor: 1.5
    backoff-delay: 1500ms
    after: [b]
checks:
  c: {override: replace, threshold: 4, tcp: {port: 80}}
log-targets:
  l: {override: merge, type: loki, location: x, labels: {a: b}}
]])
    assert.same({
      override = "replace",
      command = "echo 1.50",
      environment = { ON = "yes", N = "007", E = "" },
      ["user-id"] = 10,
      ["backoff-factor"] = 1.5,
      ["backoff-delay"] = 1.5,
      after = { "b" },
    }, layer.services.a)
    assert.equal(80, layer.checks.c.tcp.port)
    assert.equal("loki", layer["log-targets"].l.type)
  end)

  it("takes an empty section and an empty layer", function()
    assert.same({}, read("services:").services)
    assert.same({}, read("{}").services)
    assert.same({}, read("").services)
  end)

  for text, message in pairs {
    ["[]"] = "must be a map",
    ["service: {}"] = 'unknown section "service"',
    ["services: []"] = "section services: must be a map",
    ["services: {a: }"] = "must not be empty",
    ["services: {a: {x: 1}}"] = 'unknown field "x"',
    ["services: {a: {override: add}}"] = 'invalid value "add"',
    ["services: {a: {user-id: x}}"] = 'must be an integer, not "x"',
    ["services: {a: {after: b}}"] = "must be a list",
    ["services: {a: {environment: [b]}}"] = "must be a map",
    ["services: {a: {environment: {A: [1]}}}"] = "must be a scalar",
    ["services: {a: {kill-delay: 5}}"] = 'invalid duration "5"',
    ["services: {a: {on-check-failure: {c: explode}}}"] = "explode",
    ["checks: {c: {http: {uri: x}}}"] = 'unknown field "uri"',
    ["pairing: {mode: single}"] = "not supported by the lab",
  } do
    it("refuses " .. text, function()
      local layer, why = read(text)
      assert.is_nil(layer)
      assert.matches(message, why, 1, true)
    end)
  end
end)
