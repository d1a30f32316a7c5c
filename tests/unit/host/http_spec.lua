-- SPDX-License-Identifier: Apache-2.0
-- host.http against a server that answers well, badly, slowly and not at all.
local fs = require "host.fs"
local http = require "host.http"
local json = require "std.json"
local peer = require "tests.support.peer"
local sys = require "host.sys"

local LARGE <const> = 64 * 65536

describe("host.http", function()
  local server, client

  setup(function()
    server = peer.start "http_peer.py"
  end)
  teardown(function()
    server:stop()
  end)
  before_each(function()
    client = http.client { socket = server.socket }
  end)
  after_each(function()
    client:close()
  end)

  local function get(path, options)
    options = options or {}
    options.path = path
    return client:request(options)
  end

  local function fails(code, text, path, options)
    local answer, message, got = get(path, options)
    assert.is_nil(answer)
    assert.equal(code, got)
    assert.is_truthy(message:find(text, 1, true), message)
  end

  it("keeps the connection for the next request", function()
    local first = json.decode(assert(get "/echo").body)
    local second = json.decode(assert(get "/echo").body)
    assert.equal(first.connection, second.connection)
    assert.equal(1, second.served)
  end)

  it("sends method, headers and body as given, without Expect", function()
    local echo = json.decode(assert(client:request {
      method = "POST",
      path = "/echo",
      headers = { ["X-One"] = "1", ["X-Empty"] = "" },
      body = ("b"):rep(5000),
    }).body)
    assert.equal("POST", echo.method)
    assert.equal("1", echo.headers["x-one"])
    assert.equal("", echo.headers["x-empty"])
    assert.equal("5000", echo.headers["content-length"])
    assert.is_nil(echo.headers.expect)
    assert.equal(5000, #echo.body)
  end)

  it("says that a POST without body has none", function()
    local echo = json.decode(
      assert(get("/echo", { method = "POST" })).body)
    assert.equal("0", echo.headers["content-length"])
  end)

  it("lowers header names and joins repeated ones", function()
    local answer = assert(get "/headers")
    assert.equal("a, b", answer.headers["x-two"])
    assert.equal("", answer.headers["x-empty"])
  end)

  it("keeps trailers apart, and forgets a 100 Continue", function()
    local answer = assert(get "/trailers")
    assert.equal("abcd", answer.body)
    assert.equal("42", answer.trailers["x-sum"])
    answer = assert(get "/continue")
    assert.equal("after", answer.body)
    assert.equal("1", answer.headers["x-late"])
    assert.is_nil(answer.headers["x-early"])
  end)

  it("gives the body of an error answer", function()
    local answer = assert(get "/missing")
    assert.equal(404, answer.status)
    assert.equal('{"error":"no"}', answer.body)
  end)

  it("sends pieces: strings, files, parts of files", function()
    local path = server.dir .. "/piece"
    assert(fs.write(path, "0123456789"))
    local file <close> = assert(fs.open(path, "r"))
    local answer = assert(client:request {
      method = "POST",
      path = "/echo",
      body = { "a", { fd = file, size = 4 }, "b", { fd = file } },
    })
    local echo = json.decode(answer.body)
    assert.equal("a0123b456789", echo.body)
    assert.equal("chunked", echo.headers["transfer-encoding"])
  end)

  it("fails when a file is shorter than said", function()
    local path = server.dir .. "/short"
    assert(fs.write(path, "123"))
    local file <close> = assert(fs.open(path, "r"))
    fails("protocol", "before its stated size", "/echo",
      { method = "POST", body = { { fd = file, size = 10 } } })
  end)

  it("writes the body of a good answer to a descriptor", function()
    local path = server.dir .. "/sink"
    local file <close> = assert(fs.open(path, "w"))
    local answer = assert(get("/large", { sink = file }))
    assert.equal("", answer.body)
    assert.equal(LARGE, assert(fs.stat(path)).size)
    assert.equal('{"error":"no"}', assert(get("/missing",
      { sink = file })).body)
  end)

  it("names the errno of a sink that fails", function()
    local file <close> = assert(fs.open("/dev/full", "w"))
    fails("EIO", "No space left", "/large", { sink = file })
  end)

  it("limits the body", function()
    fails("too-large", "exceeds the limit", "/large", { max_body = 1000 })
    assert.equal(LARGE, #assert(get("/large", { max_body = LARGE })).body)
  end)

  it("limits the headers", function()
    fails("too-large", "256 KiB", "/flood")
  end)

  it("reports a peer that closes, early or half way", function()
    fails("closed", "without an answer", "/vanish")
    fails("closed", "half way", "/truncated")
  end)

  it("reports what is not HTTP", function()
    fails("protocol", "HTTP/0.9", "/garbage")
    fails("protocol", "chunk", "/broken-chunk")
  end)

  it("gives up at the deadline", function()
    local before = sys.monotonic()
    fails("timeout", "timed out", "/silent", { timeout = 0.2 })
    fails("timeout", "timed out", "/drip", { timeout = 0.2 })
    assert.is_true(sys.monotonic() - before < 2)
  end)

  it("gives up when nothing moves, not while something does", function()
    fails("timeout", "no data", "/stall", { idle_timeout = 0.2 })
    assert.equal(40, #assert(get("/drip", { idle_timeout = 1 })).body)
  end)

  it("does not send a body twice over a dying connection", function()
    local post = { method = "POST", body = "once" }
    assert(get("/second-vanishes", post))
    local before = tonumber(assert(get "/seen").body)
    fails("closed", "without an answer", "/second-vanishes", post)
    assert.equal(before + 1, tonumber(assert(get "/seen").body))
  end)

  it("explains a server that is not there", function()
    for _, socket in ipairs { server.dir .. "/none",
      ("/x"):rep(80) .. "/none" } do
      local other = http.client { socket = socket }
      local answer, message, code = other:request {}
      assert.is_nil(answer)
      assert.equal("connect", code)
      assert.equal(("cannot connect to %s: No such file or directory")
        :format(socket), message)
    end
    local _, message, code = http.client { url = "http://127.0.0.1:1" }
      :request {}
    assert.equal("connect", code)
    assert.is_truthy(message:find "Connection refused")
  end)

  it("reaches a socket whose path is too long for the kernel", function()
    local far = peer.start("http_peer.py", { folder = ("d"):rep(150) })
    local other = http.client { socket = far.socket }
    assert.equal(200, assert(other:request { path = "/echo" }).status)
    local second = assert(other:request { path = "/echo" })
    assert.equal(1, json.decode(second.body).served)
    far:stop()
  end)

  it("raises for wrong arguments", function()
    for _, bad in ipairs {
      { path = "x" }, { path = "/a b" }, { path = "/a\r\nb" },
      { headers = { ["a\nb"] = "x" } }, { headers = { a = "x\r\ny" } },
      { headers = { a = 1 } }, { headers = { "a" } }, { method = "GET\r\n" },
      { body = 1 }, { body = { 1 } }, { body = { { fd = -1 } } },
      { sink = "x" }, { timeout = "x" }, { max_body = 1.5 },
    } do
      assert.has_error(function() client:request(bad) end)
    end
    assert.has_error(function() http.client {} end)
    assert.has_error(function() http.client { socket = "" } end)
    assert.has_error(function() http.client { socket = "x", url = "y" } end)
    client:close()
    assert.has_error(function() client:request {} end)
  end)
end)

describe("host.http's stream", function()
  local server, client

  setup(function()
    server = peer.start "http_peer.py"
    client = http.client { socket = server.socket }
  end)
  teardown(function()
    client:close()
    server:stop()
  end)

  it("reads a body in pieces while other requests go on", function()
    local response <close> = assert(client:stream { path = "/large" })
    assert.equal(200, response.status)
    assert.equal("chunked", response.headers["transfer-encoding"])
    local size = 0
    repeat
      local data = assert(response:read(100000))
      assert.is_true(#data <= 100000)
      size = size + #data
      if size < 300000 then
        assert(client:request { path = "/echo" })
      end
    until data == ""
    assert.equal(LARGE, size)
  end)

  it("hands out what came before a failure, then the failure", function()
    local response <close> = assert(client:stream { path = "/truncated" })
    assert.equal("half", response:read())
    local data, message, code = response:read()
    assert.is_nil(data)
    assert.equal("closed", code)
    assert.is_truthy(message:find("half way", 1, true))
    assert.equal("closed", select(3, response:read()))
  end)

  it("has a deadline of its own", function()
    local response <close> =
      assert(client:stream { path = "/stall", timeout = 0.2 })
    assert.equal("half", response:read())
    assert.equal("timeout", select(3, response:read()))
  end)

  -- What is copied before "ENDING", whether it was there, and the rest.
  local function copy(path)
    local name = server.dir .. "/copy"
    local response <close> = assert(client:stream { path = path })
    local file <close> = assert(fs.open(name, "w"))
    local size, found = assert(response:copy(file, "ENDING"))
    local rest = ""
    local data
    repeat
      data = assert(response:read())
      rest = rest .. data
    until data == ""
    local text = assert(fs.read(name))
    assert.equal(size, #text)
    return text, found, rest
  end

  it("copies a body to a descriptor up to a mark, wherever it is cut",
    function()
      assert.same({ "oneEENENDlong", true, "ENDINGtwo" },
        { copy "/marked" })
      for i = 0, 6 do
        local text, found, rest = copy("/cut-mark-" .. i)
        assert.same({ true, "ENDINGy", 70000 }, { found, rest, #text })
      end
    end)

  it("copies it all when there is no mark", function()
    local text, found, rest = copy "/large"
    assert.same({ LARGE, false, "" }, { #text, found, rest })
  end)

  it("copies until its deadline, or a descriptor that takes no more",
    function()
      local file <close> = assert(fs.open(server.dir .. "/copy", "w"))
      local response <close> =
        assert(client:stream { path = "/stall", timeout = 0.2 })
      assert.equal("timeout", select(3, response:copy(file, "x")))
      local closed <close> = assert(fs.open(server.dir .. "/copy", "r"))
      local other <close> = assert(client:stream { path = "/large" })
      local _, message, code = other:copy(closed, "x")
      assert.equal("EIO", code)
      assert.is_truthy(message:find("cannot write the body", 1, true))
      assert.has_error(function() response:copy(file, "") end)
    end)

  it("ends with its client", function()
    local other = http.client { socket = server.socket }
    local response = assert(other:stream { path = "/large" })
    other:close()
    assert.equal("closed", select(3, response:read()))
    response:close()
  end)

  it("may be lost without leaking", function()
    for _ = 1, 20 do
      assert(client:stream { path = "/large" })
    end
    collectgarbage()
    collectgarbage()
    assert(client:request { path = "/echo" })
  end)
end)

describe("host.http over HTTP/2", function()
  local function twice(kind)
    local server = peer.start("h2_peer.py", { argument = kind })
    local client = http.client { socket = server.socket, http2 = true }
    local request = { method = "POST", path = "/a.B/C", body = "12345" }
    local first = table.pack(client:request(request))
    local second = table.pack(client:request(request))
    client:close()
    server:stop()
    assert.same(first, second) -- a client can be used again
    return table.unpack(first, 1, first.n)
  end

  it("keeps the trailers, also of a body with a length", function()
    local answer = assert(twice "length")
    assert.equal("body", answer.body)
    assert.equal("0", answer.trailers["grpc-status"])
    assert.is_nil(answer.headers["grpc-status"])
  end)

  it("takes an answer of headers alone", function()
    local answer = assert(twice "only")
    assert.same({ 200, "", "5" },
      { answer.status, answer.body, answer.headers["grpc-status"] })
  end)

  it("reports a stream that is reset", function()
    local answer, _, code = twice "reset"
    assert.is_nil(answer)
    assert.equal("protocol", code)
  end)
end)
