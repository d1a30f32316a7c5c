-- SPDX-License-Identifier: Apache-2.0
local merge = require "lab.supervisor.plan.merge"
local schema = require "lab.supervisor.plan.schema"
local yaml = require "std.yaml"

local function layer(text)
  return assert(schema.read(assert(yaml.decode(text, { strings = true }))))
end

local function service(...)
  local layers = {}
  for i, text in ipairs { ... } do
    layers[i] = layer("services: {a: " .. text .. "}")
  end
  return assert(merge.combine(layers)).services.a
end

describe("merging layers", function()
  it("replaces an entry whole", function()
    assert.same({ override = "replace", command = "y" }, service(
      "{override: replace, command: x, environment: {A: 1}}",
      "{override: replace, command: y}"))
  end)

  it("merges maps key by key and appends lists", function()
    assert.same({
      override = "replace",
      command = "x",
      environment = { A = "1", B = "3", C = "4" },
      after = { "p", "q", "p" },
    }, service(
      "{override: replace, command: x, environment: {A: 1, B: 2}, after: [p, q]}",
      "{override: merge, environment: {B: 3, C: 4}, after: [p]}"))
  end)

  it("can't blank a string, but can set a user id of 0", function()
    local merged = service(
      "{override: replace, command: x, user-id: 5, summary: s}",
      '{override: merge, command: "", user-id: 0, summary: ""}')
    assert.equal("x", merged.command)
    assert.equal("s", merged.summary)
    assert.equal(0, merged["user-id"])
  end)

  it("takes a merge onto nothing as it is", function()
    assert.same({ override = "merge", command = "x" },
      service "{override: merge, command: x}")
  end)

  it("merges a check's probe as an object", function()
    local plan = merge.combine {
      layer "checks: {c: {override: replace, http: {url: u, headers: {A: 1}}}}",
      layer "checks: {c: {override: merge, http: {headers: {B: 2}}}}",
    }
    assert.same({ url = "u", headers = { A = "1", B = "2" } },
      plan.checks.c.http)
  end)

  it("refuses an entry that does not say how", function()
    local plan, message = merge.combine {
      layer "services: {a: {command: x}}" }
    assert.is_nil(plan)
    assert.matches('"override"', message)
  end)

  it("changes none of the layers", function()
    local below = layer "services: {a: {override: replace, after: [x]}}"
    local above = layer "services: {a: {override: merge, after: [y]}}"
    merge.combine { below, above }
    assert.same({ "x" }, below.services.a.after)
    assert.same({ "y" }, above.services.a.after)
  end)

  it("tells equal definitions from different ones", function()
    local a = service "{override: replace, command: x, environment: {A: 1}}"
    local b = service "{override: replace, command: x, environment: {A: 1}}"
    assert.is_true(merge.equal(a, b))
    b.environment.B = "2"
    assert.is_false(merge.equal(a, b))
    assert.is_false(merge.equal(b, a))
  end)
end)
