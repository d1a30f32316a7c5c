-- SPDX-License-Identifier: Apache-2.0
-- host.ws against a server that says anything, right or wrong.
local fs = require "host.fs"
local peer = require "tests.support.peer"
local poll = require "host.poll"
local ws = require "host.ws"

local server

local function open(path, options)
  options = options or {}
  options.socket = server.socket
  options.path = path
  options.timeout = options.timeout or 5
  return ws.connect(options)
end

-- Sends what is queued and waits for the next message.
local function recv(conn)
  for _ = 1, 1000 do
    local pending = conn:flush()
    local data, kind, code = conn:recv()
    if code ~= "again" then
      return data, kind, code
    end
    local write = pending and pending > 0 or nil
    assert(#assert(poll.wait(
      { { fd = conn:fd(), read = true, write = write } }, 5)) > 0)
  end
  error "nothing came"
end

describe("host.ws opening a connection", function()
  setup(function()
    server = peer.start "ws_peer.py"
  end)
  teardown(function()
    server:stop()
  end)

  local function refuses(path, code, text)
    local conn, message, got = open(path, { timeout = 0.5 })
    assert.is_nil(conn)
    assert.equal(code, got)
    assert.is_truthy(message:find(text, 1, true), message)
  end

  it("checks that the answer is for its own request", function()
    refuses("/bad-accept", "protocol", "not for this request")
    refuses("/plain", "protocol", "something else")
    refuses("/extension", "protocol", "not offered")
  end)

  it("gives status and body of a refusal", function()
    local conn, _, code, status, body = open "/refuse"
    assert.is_nil(conn)
    assert.same({ "refused", 404, "not here" }, { code, status, body })
  end)

  it("reports what is no websocket at all", function()
    refuses("/not-http", "protocol", "not HTTP/1.1")
    refuses("/flood", "too-large", "64 KiB")
    refuses("/vanish", "closed", "closed the connection")
    refuses("/silent", "timeout", "timed out")
  end)

  it("explains a server that is not there", function()
    local conn, message, code = ws.connect { socket = server.dir .. "/none" }
    assert.is_nil(conn)
    assert.equal("connect", code)
    assert.is_truthy(message:find("No such file", 1, true))
  end)

  it("sends headers, and refuses those that break the line", function()
    local conn = assert(open("/header", { headers = { ["X-Mine"] = "yes" } }))
    assert.equal("yes", (recv(conn)))
    conn:close()
    for _, bad in ipairs {
      { headers = { a = "b\r\nc" } }, { headers = { a = 1 } },
      { max_message = 0 }, { timeout = "x" },
    } do
      assert.has_error(function() open("/echo", bad) end)
    end
    assert.has_error(function() open "/a b" end)
    assert.has_error(function() open "a" end)
    assert.has_error(function() ws.connect {} end)
  end)
end)

describe("host.ws talking", function()
  setup(function()
    server = peer.start "ws_peer.py"
  end)
  teardown(function()
    server:stop()
  end)

  it("carries messages of every length form, unchanged", function()
    local conn <close> = assert(open "/echo")
    for _, size in ipairs { 0, 1, 125, 126, 65535, 65536, 500000 } do
      local data = ("\0\xffab"):rep(size // 4 + 1):sub(1, size)
      assert(conn:send(data))
      local back, kind = recv(conn)
      assert.equal("binary", kind)
      assert.is_true(back == data)
    end
    assert(conn:send("é", "text"))
    assert.same({ "é", "text" }, { recv(conn) })
  end)

  it("closes in order", function()
    local conn <close> = assert(open "/echo")
    conn:finish()
    assert.equal("close", select(2, recv(conn)))
    assert.equal("closed", select(3, conn:recv()))
    assert.equal("closed", select(3, conn:send "late"))
  end)

  it("answers a ping by itself", function()
    local conn <close> = assert(open "/open/890161")
    assert.same({ "8a:61", "text" }, { recv(conn) }) -- what the peer got
  end)

  it("puts fragments together, controls between them", function()
    local conn <close> = assert(open "/raw/01016189000a00800162")
    assert.is_nil((recv(assert(open "/raw/0a00"))))
    local data, _, code = recv(conn)
    assert.is_nil(data)
    assert.equal("protocol", code)
    local other <close> = assert(open "/raw/0101618900000162800163")
    assert.same({ "abc", "text" }, { recv(other) })
  end)

  local BROKEN <const> = {
    ["reserved bits"] = "c10161",
    ["unknown frame type"] = "830161",
    ["masked frame from a server"] = "818101020304aa",
    ["fragmented control frame"] = "090161",
    ["control frame above 125 bytes"] = "897e0080",
    ["close frame of one byte"] = "8801e8",
    ["continuation of nothing"] = "000161",
    ["new message inside a fragmented one"] = "010161810162",
    ["text that is not UTF-8"] = "8103eda080",
    ["shortest form"] = "827e000161",
    ["above 63 bits"] = "827f8000000000000000",
  }
  for text, hex in pairs(BROKEN) do -- any order: each is an example by itself
    it("refuses: " .. text, function()
      local conn <close> = assert(open("/raw/" .. hex))
      local data, message, code = recv(conn)
      assert.is_nil(data)
      assert.equal("protocol", code)
      assert.is_truthy(message:find(text, 1, true), message)
      assert.equal("protocol", select(3, conn:recv()))
    end)
  end

  it("reports a peer that goes away inside a message", function()
    for _, hex in ipairs { "8205616263", "0101", "82", "010161" } do
      local conn <close> = assert(open("/raw/" .. hex))
      local data, message, code = recv(conn)
      assert.is_nil(data)
      assert.equal("closed", code)
      assert.is_truthy(message:find("inside a message", 1, true))
    end
  end)

  it("limits messages, in one frame or in many", function()
    for _, hex in ipairs { "820b", "0206000000000000800600", "827f7fffffffffffffff" } do
      local conn <close> = assert(open("/raw/" .. hex, { max_message = 10 }))
      local data, _, code = recv(conn)
      assert.is_nil(data)
      assert.equal("too-large", code)
    end
  end)

  it("queues no more than a peer that does not read deserves", function()
    local conn <close> = assert(open "/deaf")
    local code
    for _ = 1, 100 do
      local ok, _, why = conn:send(("x"):rep(100000))
      code = not ok and why or code
    end
    assert.equal("again", code)
    assert.is_true(conn:pending() < 1200000)
  end)

  it("reads what came before the peer stopped listening", function()
    local conn <close> = assert(open "/raw/810161")
    poll.wait({ { fd = conn:fd() } }, 2) -- it has hung up
    conn:send "into the void"
    conn:flush()
    assert.same({ "a", "text" }, { conn:recv() })
    assert.equal("closed", select(3, conn:recv()))
  end)

  it("raises when used after close", function()
    local conn = assert(open "/echo")
    conn:close()
    conn:close()
    assert.equal("closed", select(3, conn:recv()))
    assert.equal("closed", select(3, conn:send "x"))
    assert.has_error(function() conn:fd() end)
  end)
end)

describe("host.ws adopting a descriptor", function()
  it("takes what was read already, in the role of a server", function()
    local reader <close>, writer = fs.pipe()
    local fd = assert(writer):fd()
    local conn = assert(ws.adopt(fd, { buffered = "\x81\x81\0\0\0\0a" }))
    assert.same({ "a", "text" }, { conn:recv() })
    assert.is_truthy(reader)
  end)

  it("refuses unmasked frames from a client", function()
    local _, writer = fs.pipe()
    local conn = assert(ws.adopt(writer:fd(), { buffered = "\x81\x01a" }))
    assert.equal("protocol", select(3, conn:recv()))
  end)

  it("raises for wrong arguments", function()
    assert.has_error(function() ws.adopt("x", {}) end)
    assert.has_error(function() ws.adopt(0, { role = "peer" }) end)
    assert.equal("EBADF", select(3, ws.adopt(999, {})))
  end)
end)
