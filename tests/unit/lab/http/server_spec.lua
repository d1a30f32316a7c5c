-- SPDX-License-Identifier: Apache-2.0
-- The HTTP server as bytes on a socket.
local http = require "lab.http"
local loops = require "lab.loop"
local net = require "host.lab.net"
local stream = require "lab.http.stream"
local websocket = require "lab.http.websocket"

local handlers = {}

function handlers.hello(request)
  return { body = "hello " .. (request.query.name or "you") }
end

function handlers.echo(request)
  local data, message, code = request.body:read_all(100000)
  if not data then
    return { status = code == "too-large" and 413 or 400, body = message }
  end
  return { body = data, headers = { ["X-Peer"] = request.peer.pid } }
end

function handlers.stream()
  return {
    body = function(writer)
      for i = 1, 3 do
        writer:write("part" .. i)
      end
    end,
  }
end

function handlers.raise()
  error("a handler's fault")
end

function handlers.upgrade(request)
  return websocket.accept(request, function(fd, buffered)
    local sock <close> = net.adopt(fd)
    sock:write("raw:" .. buffered)
  end) or { status = 400 }
end

describe("the HTTP server", function()
  local loop, path, failures

  before_each(function()
    failures = {}
    loop = loops.new {
      on_error = function(_, trace) failures[#failures + 1] = trace end,
    }
    path = os.tmpname()
    os.remove(path)
  end)
  after_each(function() os.remove(path) end)

  -- Sends the text and gives all that comes back until the end, or until
  -- nothing comes for a while.
  local function exchange(text, patience)
    return loop:main(function()
      local listener <close> = assert(net.listen { path = path })
      local server = http.serve(loop, listener, function(request)
        return handlers[request.path:sub(2)](request)
      end)
      local client <close> = stream.new(loop,
        assert(net.connect { path = path }), patience or 0.2)
      assert(client:write(text))
      while client:fill() do end
      server:cancel()
      return client.buffer
    end)
  end

  local function get(target, more)
    return ("GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n"):format(target, more or "")
  end

  it("answers with a counted body and keeps the connection", function()
    local text = exchange(get("/hello?name=a%20b"))
    assert.matches("^HTTP/1.1 200 OK\r\n", text)
    assert.matches("content%-length: 9\r\n", text)
    assert.matches("\r\n\r\nhello a b$", text)
    assert.not_matches("connection: close", text)
  end)

  it("answers pipelined requests in order", function()
    local text = exchange(get("/hello?name=1") .. get("/hello?name=2"))
    assert.matches("hello 1HTTP/1.1 200 OK.*hello 2$", text)
  end)

  it("closes when asked to", function()
    local text = exchange(get("/hello", "Connection: close\r\n"), 5)
    assert.matches("connection: close", text)
  end)

  it("reads a counted body and knows its peer", function()
    local text = exchange("POST /echo HTTP/1.1\r\nHost: x\r\n"
      .. "Content-Length: 5\r\n\r\nabcde" .. get("/hello"))
    assert.matches("x%-peer: %d+\r\n", text)
    assert.matches("\r\n\r\nabcdeHTTP/1.1 200", text)
  end)

  it("reads a chunked body with extensions and trailers", function()
    local text = exchange("POST /echo HTTP/1.1\r\nHost: x\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n"
      .. "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n" .. get("/hello"))
    assert.matches("\r\n\r\nabcdeHTTP/1.1 200.*hello you$", text)
  end)

  it("asks a waiting client to go on", function()
    local text = exchange("POST /echo HTTP/1.1\r\nHost: x\r\n"
      .. "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi")
    assert.matches("^HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK", text)
  end)

  it("refuses a body beyond the handler's limit", function()
    local text = exchange("POST /echo HTTP/1.1\r\nHost: x\r\n"
      .. "Content-Length: 900000\r\n\r\n")
    assert.matches("^HTTP/1.1 413 ", text)
  end)

  it("streams in chunks, and to HTTP/1.0 until the end", function()
    assert.matches("\r\n\r\n5\r\npart1\r\n5\r\npart2\r\n5\r\npart3\r\n0\r\n\r\n$",
      exchange(get("/stream")))
    assert.matches("\r\n\r\npart1part2part3$",
      exchange("GET /stream HTTP/1.0\r\n\r\n", 5))
  end)

  it("answers 500 for a handler's fault, reports it, and goes on", function()
    local text = exchange(get("/raise") .. get("/hello"))
    assert.matches("^HTTP/1.1 500 .*hello you$", text)
    assert.equal(1, #failures)
    assert.matches("a handler's fault", failures[1])
  end)

  for name, request in pairs {
    ["no request line"] = "\1\2\3\r\n\r\n",
    ["a missing host"] = "GET /hello HTTP/1.1\r\n\r\n",
    ["a space before the colon"] = get("/hello", "A : b\r\n"),
    ["a folded header"] = get("/hello", "A: b\r\n c\r\n"),
    ["two lengths"] = get("/hello",
      "Content-Length: 1\r\nContent-Length: 2\r\n"),
    ["a length and chunks"] = get("/hello",
      "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
    ["a negative length"] = get("/hello", "Content-Length: -1\r\n"),
    ["a broken escape"] = get("/hello%zz"),
    ["a relative target"] = get("hello"),
  } do
    it("refuses " .. name .. " and closes", function()
      local text = exchange(request .. get("/hello"), 5)
      assert.matches("^HTTP/1.1 400 ", text)
      assert.matches("connection: close", text)
      assert.not_matches("hello you", text)
    end)
  end

  it("refuses a head without end", function()
    local text = exchange(get("/hello", "A: " .. ("x"):rep(70000) .. "\r\n"))
    assert.matches("^HTTP/1.1 431 ", text)
  end)

  it("refuses broken chunks without answering what follows", function()
    local text = exchange("POST /echo HTTP/1.1\r\nHost: x\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"
      .. get("/hello"), 5)
    assert.matches("^HTTP/1.1 400 ", text)
    assert.not_matches("hello you", text)
  end)

  it("hands over the connection at an upgrade, with what came early",
    function()
      local text = exchange(get("/upgrade", "Connection: Upgrade\r\n"
        .. "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        .. "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") .. "early", 5)
      assert.matches("^HTTP/1.1 101 Switching Protocols\r\n", text)
      assert.matches("s3pPLMBiTxaQ9kYGzzhZRbK%+xOo=", text)
      assert.matches("\r\n\r\nraw:early$", text)
    end)
end)
