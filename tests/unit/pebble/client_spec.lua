-- SPDX-License-Identifier: Apache-2.0
-- pebble.client: what it makes of answers that are not what they should be.
local client_module = require "pebble.client"
local errors = require "std.error"
local files = require "pebble.files"
local json = require "std.json"
local peer = require "tests.support.peer"
local system = require "pebble.system"
local transfer = require "pebble.transfer"

local function answer(status, body, kind)
  return ("HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: %s\r\n"
    .. "Content-Length: %d\r\n\r\n%s")
    :format(status, kind or "application/json", #body, body)
end

local REPORT <const> = 'Content-Disposition: form-data; name="response"\r\n\r\n'

local function file(path)
  return ('Content-Disposition: form-data; name="files"; filename="%s"'
    .. "\r\n\r\nhalf of it"):format(path)
end

local function multipart(...)
  return answer("200 OK", "--B\r\n" .. table.concat({ ... }, "\r\n--B\r\n"),
    "multipart/form-data; boundary=B")
end

local ANSWERS <const> = {
  { "GET /v1/html", answer("200 OK", "<html>") },
  { "GET /v1/list", answer("200 OK", "[]") },
  { "GET /v1/null", answer("200 OK",
    '{"type":"sync","status-code":200,"result":null}') },
  { "GET /v1/refused", answer("400 Bad Request", '{"type":"error",'
    .. '"status-code":400,"result":{"message":"no \\u003cx\\u003e",'
    .. '"kind":"some-kind"}}') },
  { "GET /v1/q?a=%2F%20%26&b=1", answer("200 OK",
    '{"type":"sync","result":"fine"}') },
  { "GET /v1/files?action=read&path=%2Fcut", multipart(file "/cut") },
  { "GET /v1/files?action=read&path=%2Funreported",
    multipart(file "/unreported" .. "\r\n--B--\r\n") },
  { "GET /v1/files?action=read&path=%2Fhalf", multipart(file "/half", REPORT
    .. '{"type":"sync","result":[{"path":"/half","error":{"message":'
    .. '"read error","kind":"generic-file-error"}}]}\r\n--B--\r\n') },
  { "GET /v1/files?action=read&path=%2Fasked", multipart(file "/other",
    REPORT .. '{"type":"sync","result":[{"path":"/asked"}]}\r\n--B--\r\n') },
  { "POST /v1/files", answer("200 OK", '{"type":"sync","result":[]}') },
  { "GET /v1/tasks/1/websocket/stdio", "HTTP/1.1 400 Bad Request\r\n\r\n"
    .. 'Bad Request\n{"type":"error","result":{"message":"late"}}' },
  { "GET /v1/system-info", "" },
}

describe("pebble.client", function()
  local server, client

  setup(function()
    server = peer.start("canned_peer.py", { argument = json.encode(ANSWERS) })
    client = client_module.new { socket = server.socket, name = "wl" }
  end)
  teardown(function()
    client:close()
    server:stop()
  end)

  local function get(path, query)
    return client:get { tried = "ask", path = path, query = query }
  end

  it("names container, call and reason in an error of Pebble's", function()
    local result, err = get "/v1/refused"
    assert.is_nil(result)
    assert.is_true(errors.is(err, "pebble-api"))
    assert.same({ status = 400, kind = "some-kind", message = "no <x>" },
      err.data)
    assert.equal("cannot ask in container wl: no <x>", tostring(err))
  end)

  it("does not take just any answer for Pebble's", function()
    for _, path in ipairs { "/v1/html", "/v1/list" } do
      local result, err = get(path)
      assert.is_nil(result)
      assert.is_true(errors.is(err, "pebble-connection"))
      assert.is_truthy(tostring(err):find("not Pebble's", 1, true))
    end
  end)

  it("encodes queries and takes null for no result", function()
    assert.equal("fine", get("/v1/q", { b = 1, a = "/ &" }))
    local result, err = get "/v1/null"
    assert.is_nil(result)
    assert.is_nil(err)
  end)

  it("says who closed the connection", function()
    local info, err = system.info(client)
    assert.is_nil(info)
    assert.is_true(errors.is(err, "pebble-connection"))
    assert.equal("closed", err.data.code)
  end)

  it("says that a container is not ready when nobody listens", function()
    local nobody = client_module.new { socket = server.dir .. "/none" }
    local info, err = system.info(nobody)
    assert.is_nil(info)
    assert.is_true(errors.is(err, "pebble-connection"))
    assert.is_truthy(tostring(err):find("can_connect", 1, true))
  end)

  it("finds the reason of a refused websocket behind other text", function()
    local conn, err = client:websocket("run", "/v1/tasks/1/websocket/stdio")
    assert.is_nil(conn)
    assert.equal("cannot run in container wl: late", tostring(err))
  end)

  local function pull(path)
    local ok, err = transfer.pull(client, path, function() return true end)
    assert.is_nil(ok)
    return err
  end

  it("trusts a content only with its closing report", function()
    for _, path in ipairs { "/cut", "/unreported", "/asked" } do
      local err = pull(path)
      assert.is_true(errors.is(err, "pebble-connection"), tostring(err))
      assert.equal("protocol", err.data.code)
    end
    local err = pull "/half"
    assert.is_true(errors.is(err, "pebble-path"))
    assert.equal("cannot read /half in container wl: read error",
      tostring(err))
  end)

  it("wants a report on each path it wrote or removed", function()
    for _, call in ipairs {
      function() return transfer.push(client, "/f", "x") end,
      function() return files.remove(client, "/f") end,
    } do
      local ok, err = call()
      assert.is_nil(ok)
      assert.equal("protocol", err.data.code)
    end
  end)
end)

describe("pebble.client with a silent Pebble", function()
  it("gives up at its deadline", function()
    local server = peer.start "http_peer.py"
    local client = client_module.new { socket = server.socket, timeout = 0.2 }
    local result, err = client:get { tried = "wait", path = "/silent" }
    assert.is_nil(result)
    assert.is_true(errors.is(err, "pebble-timeout"))
    server:stop()
  end)
end)
