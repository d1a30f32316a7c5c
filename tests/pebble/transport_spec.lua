-- SPDX-License-Identifier: Apache-2.0
-- HTTP as a client meets it, and the envelope of every answer.
local contract = require "tests.support.contract"
local raw = require "tests.support.contract_raw"

local INFO <const> = "GET /v1/system-info HTTP/1.1\r\nHost: x\r\n\r\n"

local function post(path, body, more)
  return ("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n%s")
    :format(path, #body, more or "", body)
end

describe("transport:", function()
  local pebble, conn

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)
  before_each(function() conn = raw.connect(pebble.socket) end)
  after_each(function() conn:close() end)

  it("a good answer has type, status-code, status and result alone", function()
    local envelope = pebble:ask("GET", "/v1/health")
    assert.same({
      type = "sync",
      ["status-code"] = 200,
      status = "OK",
      result = { healthy = true },
    }, envelope)
  end)

  it("an unknown path is 404 with the envelope of an error", function()
    local failure = pebble:refused(404, "invalid API endpoint requested",
      "GET", "/v1/nothing")
    assert.same({ message = failure.message }, failure)
  end)

  it("a path with a slash at its end is unknown", function()
    pebble:refused(404, "invalid API endpoint", "GET", "/v1/services/")
  end)

  it("a path outside of /v1 is unknown", function()
    pebble:refused(404, "invalid API endpoint", "GET", "/")
  end)

  it("a method that a path has not is 405", function()
    pebble:refused(405, 'method "DELETE" not allowed', "DELETE",
      "/v1/services")
    pebble:refused(405, 'method "POST" not allowed', "POST", "/v1/health")
  end)

  it("HEAD is 405, without a body", function()
    conn:send "HEAD /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
    assert.matches("^HTTP/1.1 405 ", conn:upto "\r\n\r\n")
    assert.equal(200, (conn:send(INFO):answer()))
  end)

  it("a connection is kept for the next request", function()
    for _ = 1, 3 do
      assert.equal(200, (conn:send(INFO):answer()))
    end
  end)

  it("a connection is kept after an error, too", function()
    conn:send "GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    assert.equal(404, (conn:answer()))
    conn:send(post("/v1/services", "{}"))
    assert.equal(400, (conn:answer()))
    assert.equal(200, (conn:send(INFO):answer()))
  end)

  it("Connection: close ends it after the answer", function()
    conn:send("GET /v1/system-info HTTP/1.1\r\nHost: x\r\n"
      .. "Connection: close\r\n\r\n")
    assert.equal(200, (conn:answer()))
    assert.is_true(conn:ended())
  end)

  it("HTTP/1.0 is answered, and ends", function()
    conn:send "GET /v1/system-info HTTP/1.0\r\n\r\n"
    assert.equal(200, (conn:answer()))
    assert.is_true(conn:ended())
  end)

  it("requests in a row are answered in their order", function()
    conn:send(INFO .. "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n" .. INFO)
    local seen = {}
    for i = 1, 3 do
      local _, envelope = conn:answer()
      seen[i] = envelope.result.version and "info" or "health"
    end
    assert.same({ "info", "health", "info" }, seen)
  end)

  it("a request may come in pieces", function()
    for i = 1, #INFO, 7 do
      conn:send(INFO:sub(i, i + 6))
    end
    assert.equal(200, (conn:answer()))
  end)

  it("header names count in any case", function()
    conn:send "POST /v1/services HTTP/1.1\r\nhOST: x\r\ncOnTent-lEngth: 2\r\n\r\n{}"
    assert.equal(400, (conn:answer()))
    assert.equal(200, (conn:send(INFO):answer()))
  end)

  it("Expect: 100-continue is answered before the body is sent", function()
    local body = '{"action":"nonsense","services":["x"]}'
    local request = post("/v1/services", body, "Expect: 100-continue\r\n")
    conn:send(request:sub(1, -#body - 1))
    assert.matches("^HTTP/1.1 100 Continue\r\n", conn:upto "\r\n\r\n")
    local status, envelope = conn:send(body):answer()
    assert.equal(400, status)
    assert.matches("invalid action", envelope.result.message)
  end)

  it("a body may come in chunks", function()
    conn:send("POST /v1/services HTTP/1.1\r\nHost: x\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n"
      .. '13\r\n{"action":"nonsense\r\n11;x=y\r\n","services":["x"\r\n'
      .. "2\r\n]}\r\n0\r\n\r\n")
    local status, envelope = conn:answer()
    assert.equal(400, status)
    assert.matches('invalid action "nonsense"', envelope.result.message)
  end)

  it("what is not HTTP is refused, and the connection ends", function()
    conn:send "nonsense\r\n\r\n"
    assert.matches("^HTTP/1.1 400 Bad Request\r\n", conn:upto "\r\n\r\n")
    while not conn:ended() do
      conn.got = ""
    end
  end)

  it("a body that is no JSON is 400", function()
    pebble:refused(400, "cannot decode", "POST", "/v1/services", "{action")
    pebble:refused(400, "cannot decode", "POST", "/v1/exec", "")
  end)

  it("a value of another type than the field's is 400", function()
    pebble:refused(400, "cannot decode", "POST", "/v1/services",
      '{"action":"start","services":"web"}')
  end)

  it("what follows the first JSON value is ignored", function()
    pebble:refused(400, 'invalid action "x"', "POST", "/v1/services",
      '{"action":"x","services":["y"]} and more')
  end)

  it("fields that nobody knows are ignored", function()
    pebble:refused(400, 'invalid action "x"', "POST", "/v1/services",
      '{"action":"x","services":["y"],"colour":"red"}')
  end)

  it("null is as good as absent", function()
    pebble:refused(400, "must specify services for  ?action", "POST",
      "/v1/services", '{"action":null,"services":null}')
  end)

  it("<, > and & are escaped in JSON", function()
    local answer = assert(pebble.http:request {
      method = "POST",
      path = "/v1/services",
      body = '{"action":"<&>","services":["x"]}',
    })
    assert.equal(400, answer.status)
    assert.matches("\\u003c\\u0026\\u003e", answer.body, 1, true)
  end)

  it("a large answer comes whole", function()
    local text = ("x"):rep(300000)
    pebble:layer(("services: {%s: {override: replace, command: sleep 1, "
      .. "summary: %s}}"):format(pebble:name "big", text))
    local _, plan = pebble:plan()
    assert.is_truthy(plan:find(text, 1, true))
  end)
end)
