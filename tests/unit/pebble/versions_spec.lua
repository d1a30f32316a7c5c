-- SPDX-License-Identifier: Apache-2.0
-- What the client says when Pebble is too old for a call, by answers of old
-- Pebbles.
local checks = require "pebble.checks"
local client_module = require "pebble.client"
local errors = require "std.error"
local identities = require "pebble.identities"
local json = require "std.json"
local notices = require "pebble.notices"
local peer = require "tests.support.peer"
local warnings = require "pebble.warnings"

local function answer(status, body)
  return ("HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s")
    :format(status, #body, body)
end

local function failure(status, text)
  return answer(("%d X"):format(status), json.encode { type = "error",
    ["status-code"] = status, result = { message = text } })
end

local function result(value)
  return answer("200 OK", json.encode { type = "sync",
    ["status-code"] = 200, result = value })
end

local NOT_FOUND <const> = failure(404, "invalid API endpoint requested")

describe("pebble's client with an old Pebble", function()
  local server, client

  setup(function()
    server = peer.start("canned_peer.py", { argument = json.encode {
      { "GET /v1/system-info", result { version = "v1.4.2" } },
      { "POST /v1/checks/refresh", NOT_FOUND },
      { "POST /v1/checks", failure(405, 'method "POST" not allowed') },
      { "GET /v1/warnings", result(json.array { {
        message = "beware", ["first-added"] = "2024-01-01T00:00:00Z" } }) },
      { "POST /v1/warnings", result(1) },
      { "", NOT_FOUND },
    } })
    client = client_module.new { socket = server.socket, name = "wl" }
  end)
  teardown(function()
    client:close()
    server:stop()
  end)

  local function too_old(since, got, err)
    assert.is_nil(got)
    assert.is_true(errors.is(err, "pebble-api"), tostring(err))
    assert.equal("unsupported", err.data.kind)
    assert.is_truthy(tostring(err):find(("needs Pebble %s or newer; this one "
      .. "is 1.4.2"):format(since), 1, true), tostring(err))
  end

  it("names the version that a call needs and the one there is", function()
    too_old("1.19", checks.act(client, "stop", { "c" }))
    too_old("1.20", checks.refresh(client, "c"))
    too_old("1.15", identities.list(client))
    too_old("1.15", identities.remove(client, { "bob" }))
    too_old("1.5", notices.list(client))
    too_old("1.5", notices.notify(client, "example.com/a"))
  end)

  it("asks first, where an old Pebble would ignore what is wanted", function()
    too_old("1.9", notices.list(client, { users = "all" }))
  end)

  it("reads warnings where they were, and waves them off", function()
    assert.same({ { message = "beware",
      first_added = "2024-01-01T00:00:00Z" } }, warnings.list(client))
    assert.equal(1, warnings.ack(client, "2024-01-01T00:00:00Z"))
  end)
end)
