-- SPDX-License-Identifier: Apache-2.0
-- The API as a whole: envelope, routes, plan, changes, logs, notices.
local json = require "std.json"
local supervisors = require "tests.support.supervisor"
local sys = require "host.sys"

describe("the supervisor's API", function()
  local pebble

  setup(function() pebble = supervisors.start() end)
  teardown(function() pebble:stop() end)

  it("wraps every answer in the envelope", function()
    local status, result, envelope = pebble:ask("GET", "/v1/system-info")
    assert.equal(200, status)
    assert.equal("sync", envelope.type)
    assert.equal("OK", envelope.status)
    assert.equal(200, envelope["status-code"])
    assert.matches("^v%d+%.%d+", result.version)
    assert.is_string(result["boot-id"])
  end)

  it("knows its paths and methods, and says what it leaves out", function()
    local cases = {
      { 404, "GET", "/v1/nothing" },
      { 404, "GET", "/v1/services/" },
      { 405, "PUT", "/v1/services" },
      { 400, "POST", "/v1/pairing",
        "pairing is not supported by the lab's supervisor" },
      { 400, "GET", "/v1/metrics",
        "metrics is not supported by the lab's supervisor" },
      { 400, "GET", "/v1/services/web",
        "one service is not supported by the lab's supervisor" },
    }
    for _, case in ipairs(cases) do
      local status, failure, envelope = pebble:ask(case[2], case[3])
      assert.equal(case[1], status)
      assert.equal("error", envelope.type)
      assert.is_string(failure.message)
      assert.equal(case[4] or failure.message, failure.message)
    end
  end)

  it("writes the plan as YAML with canonical durations", function()
    assert.equal("{}\n", pebble:get("/v1/plan?format=yaml"))
    pebble:layer [[
summary: a layer
services:
  web: {override: replace, command: sleep 1, kill-delay: 90s, environment: {A: "1"}}
]]
    assert.equal([[
services:
    web:
        override: replace
        command: sleep 1
        environment:
            A: "1"
        kill-delay: 1m30s
]], pebble:get("/v1/plan?format=yaml"))
    assert.equal(400, (pebble:ask("GET", "/v1/plan")))
  end)

  it("takes no part of a layer that is wrong", function()
    local before = pebble:get("/v1/plan?format=yaml")
    local cases = {
      ["a: ["] = "cannot parse layer",
      ["services: {a: {override: replace, comand: x}}"] = "unknown field",
      ["nonsense: {}"] = "unknown section",
      ["services: {a: null}"] = "must not be empty",
      ["services: {a: {command: x}}"] = "override",
      ["services: {a: {override: replace}}"] = "command",
      ["services: {a: {override: replace, command: \"x 'y\"}}"] = "invalid",
      ["services: {a: {override: replace, command: x, startup: on}}"] =
        "invalid value",
      ["services: {a: {override: replace, command: x, kill-delay: 5}}"] =
        "invalid duration",
      ["services: {a: {override: replace, command: x, after: [b]}, "
        .. "b: {override: replace, command: x, after: [a]}}"] = "loop",
      ["checks: {a: {override: replace}}"] = "one of http, tcp or exec",
      ["workloads: {a: {override: replace}}"] =
        "section workloads: not supported by the lab's supervisor",
      ["services: {a: {override: replace, command: x, workload: w}}"] =
        'service "a" workload: not supported by the lab\'s supervisor',
    }
    for text, message in pairs(cases) do
      local status, failure = pebble:ask("POST", "/v1/layers",
        { action = "add", combine = true, label = "wrong", format = "yaml",
          layer = text })
      assert.equal(400, status, text)
      assert.matches(message, failure.message, 1, true)
    end
    assert.equal(before, pebble:get("/v1/plan?format=yaml"))
    assert.equal(400, (pebble:ask("POST", "/v1/layers",
      { action = "add", label = "base", format = "yaml", layer = "{}" })))
  end)

  it("keeps changes, and answers waits in time", function()
    local change = pebble:act("replan")
    assert.same(change, pebble:get("/v1/changes/" .. change.id))
    local all = pebble:get("/v1/changes?select=ready")
    assert.equal(change.id, all[#all].id)
    assert.same({}, pebble:get("/v1/changes?select=in-progress"))
    assert.equal(404, (pebble:ask("GET", "/v1/changes/999/wait")))
    assert.equal(400, (pebble:ask("GET",
      ("/v1/changes/%s/wait?timeout=x"):format(change.id))))
    local status, failure = pebble:ask("POST", "/v1/changes/" .. change.id,
      { action = "abort" })
    assert.equal(400, status)
    assert.matches("nothing pending", failure.message)
  end)

  it("gives the services' last lines, and follows them", function()
    pebble:layer [[
services:
  talk:
    override: replace
    command: sh -c 'i=0; while true; do i=$((i+1)); echo "line $i <é>"; sleep 0.2; done'
]]
    pebble:act("start", "talk")
    local answer = pebble.client:request {
      path = "/v1/logs?n=2&services=talk" }
    assert.equal("application/x-ndjson", answer.headers["content-type"])
    local lines = {}
    for line in answer.body:gmatch("[^\n]+") do
      lines[#lines + 1] = json.decode(line)
    end
    assert.equal(2, #lines)
    assert.equal("talk", lines[1].service)
    assert.matches("^line %d+ <é>$", lines[1].message)
    local stream = assert(pebble.client:stream {
      path = "/v1/logs?follow=true", timeout = 20 })
    local text = ""
    while select(2, text:gsub("\n", "")) < 2 do
      text = text .. assert(stream:read())
    end
    stream:close()
    pebble:act("stop", "talk")
    assert.equal("", pebble.client:request {
      path = "/v1/logs?services=unknown" }.body)
  end)

  it("counts notices, and lets clients wait for new ones", function()
    local body = { action = "add", type = "custom", key = "example.com/a",
      data = { k = "v" } }
    local id = pebble:post("/v1/notices", body).id
    assert.equal(id, pebble:post("/v1/notices", body).id)
    local notice = pebble:get("/v1/notices/" .. id)
    assert.equal(2, notice.occurrences)
    assert.same({ k = "v" }, notice["last-data"])
    assert.equal(sys.getuid(), notice["user-id"])
    local list = pebble:get("/v1/notices?types=custom&keys=example.com/a")
    assert.equal(1, #list)
    local after = list[1]["last-repeated"]
    assert.same({}, pebble:get(
      "/v1/notices?types=custom&timeout=100ms&after=" .. after))
    local change = pebble:act("replan")
    list = pebble:get("/v1/notices?timeout=5s&after=" .. after)
    assert.equal("change-update", list[#list].type)
    assert.equal(change.id, list[#list].key)
    assert.same({ kind = "replan" }, list[#list]["last-data"])
    assert.same({}, pebble:get("/v1/notices?types=nonsense"))
  end)

  it("refuses notices that are not custom ones with a domain", function()
    for _, key in ipairs { "", "plain", "example.com", "Example.com/a",
      "example.com/", "a..b/c", "example.com/-a" } do
      assert.equal(400, (pebble:ask("POST", "/v1/notices",
        { action = "add", type = "custom", key = key })))
    end
    assert.equal(400, (pebble:ask("POST", "/v1/notices",
      { action = "add", type = "warning", key = "example.com/a" })))
  end)

  it("answers a body that is not JSON with the reason", function()
    local status, failure = pebble:ask("POST", "/v1/services", "{nonsense")
    assert.equal(400, status)
    assert.matches("cannot decode data from request body", failure.message)
    status = pebble:ask("POST", "/v1/services",
      { action = "start", services = "a" })
    assert.equal(400, status)
  end)
end)
