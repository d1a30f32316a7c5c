-- SPDX-License-Identifier: Apache-2.0
local merge = require "lab.supervisor.plan.merge"
local schema = require "lab.supervisor.plan.schema"
local validate = require "lab.supervisor.plan.validate"
local yaml = require "std.yaml"

local function check(text)
  local layer = assert(schema.read(
    assert(yaml.decode(text, { strings = true }))))
  return validate.plan(assert(merge.combine { layer }))
end

describe("a combined plan", function()
  it("is good with commands, one probe a check, and known names", function()
    assert.is_true(check [[
services:
  a: {override: replace, command: x, after: [unknown]}
checks:
  c: {override: replace, exec: {command: x, service-context: a}}
log-targets:
  l: {override: replace, type: loki, location: x, services: [all, -a]}
]])
  end)

  it("splits commands as a shell does, defaults in brackets", function()
    assert.same({ "a", "b c", "d" },
      validate.split_command "a 'b c' [ d ]")
    for _, command in ipairs { "[ a ]", "a [ b", "a [ b ] c", "'", "" } do
      assert.is_nil((validate.split_command(command)))
    end
  end)

  for text, message in pairs {
    ["services: {a: {override: replace}}"] = '"command"',
    ["services: {-a: {override: replace, command: x}}"] = "reserved name",
    ["services: {pebble: {override: replace, command: x}}"] = "reserved name",
    ["services: {a: {override: replace, command: x, backoff-factor: 0.5}}"] =
      "backoff-factor",
    ["checks: {c: {override: replace}}"] = "one of http, tcp or exec",
    ["checks: {c: {override: replace, tcp: {port: 1}, exec: {command: x}}}"] =
      "one of http, tcp or exec",
    ["checks: {c: {override: replace, tcp: {}}}"] = '"port"',
    ["checks: {c: {override: replace, http: {}}}"] = '"url"',
    ["checks: {c: {override: replace, period: 0s, tcp: {port: 1}}}"] =
      "period must not be zero",
    ["checks: {c: {override: replace, exec: {command: x, service-context: n}}}"] =
      'non-existent service "n"',
    ["log-targets: {l: {override: replace, location: x}}"] = '"type"',
    ["log-targets: {l: {override: replace, type: loki, location: x, services: [n]}}"] =
      'unknown service "n"',
  } do
    it("is refused: " .. text, function()
      local ok, why = check(text)
      assert.is_nil(ok)
      assert.matches(message, why, 1, true)
    end)
  end
end)
