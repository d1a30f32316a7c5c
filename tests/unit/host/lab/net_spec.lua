-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local net = require "host.lab.net"
local poll = require "host.poll"
local proc = require "host.proc"
local sys = require "host.sys"

local function code_of(...)
  return (select(3, ...))
end

local function accept(listener)
  assert.equal(1, #poll.wait({ { fd = listener:fd(), read = true } }, 5))
  return assert(listener:accept())
end

local function read(sock)
  assert.equal(1, #poll.wait({ { fd = sock:fd(), read = true } }, 5))
  return assert(sock:read())
end

describe("host.lab.net", function()
  local dir

  before_each(function()
    dir = assert(fs.mkdtemp("/tmp/charmhost-net-"))
  end)

  after_each(function()
    assert(fs.remove_all(dir))
  end)

  local function check_exchange(place)
    local listener <close> = assert(net.listen(place))
    assert.same({ nil, "again", "again" }, { listener:accept() })
    local client <close> = assert(net.connect(place))
    local server <close> = accept(listener)
    assert.equal("again", code_of(server:read()))
    assert.equal(4, client:write("hello", 2))
    assert.equal("ello", read(server))
    assert.is_true(client:shutdown())
    assert.equal("", read(server))
    assert.equal(4, server:write("back"))
    assert.equal("back", read(client))
    assert.equal("EPIPE", code_of(client:write("x")))
    return server:peercred()
  end

  it("speaks over a Unix socket, and knows who the peer is", function()
    local peer <const> = check_exchange { path = dir .. "/s" }
    assert.same({
      pid = sys.getpid(), uid = sys.getuid(), gid = sys.getgid(),
    }, peer)
  end)

  it("speaks over an abstract name", function()
    check_exchange { path = "@charmhost-net-" .. sys.getpid() }
    assert.same({}, fs.list(dir))
  end)

  it("speaks over a path longer than an address holds", function()
    local long <const> = dir .. ("/" .. ("d"):rep(100)):rep(3)
    assert(fs.mkdirs(long))
    check_exchange { path = long .. "/socket" }
    assert.equal("socket", fs.lstat(long .. "/socket").type)
    check_exchange { path = long .. "/socket" }
    assert.equal("ENAMETOOLONG",
      code_of(net.listen { path = dir .. "/" .. ("s"):rep(120) }))
    assert.equal("ENOENT",
      code_of(net.connect { path = dir .. ("/no"):rep(50) }))
  end)

  it("speaks over TCP on any loopback address", function()
    local listener <close> = assert(net.listen { host = "127.101.2.3" })
    local port <const> = assert(listener:port())
    local client <close> = assert(net.connect {
      host = "127.101.2.3", port = port,
    })
    local server <close> = accept(listener)
    client:write("x")
    assert.equal("x", read(server))
    assert.equal("EADDRINUSE",
      code_of(net.listen { host = "127.101.2.3", port = port }))
    listener:close()
    server:close()
    assert.equal("", read(client))
    client:close()
    assert(net.listen { host = "127.101.2.3", port = port }):close()
  end)

  it("gives the socket file the mode asked for", function()
    local old <const> = sys.umask(tonumber("077", 8))
    local a <close> = assert(net.listen { path = dir .. "/a" })
    local b <close> = assert(net.listen {
      path = dir .. "/b", mode = tonumber("666", 8),
    })
    sys.umask(old)
    assert.equal(tonumber("600", 8), fs.stat(dir .. "/a").mode)
    assert.equal(tonumber("666", 8), fs.stat(dir .. "/b").mode)
    assert.equal("EAFNOSUPPORT", code_of(a:port()))
    assert.is_true(b:fd() > 0)
  end)

  it("replaces a socket that a server left behind", function()
    net.listen({ path = dir .. "/s" }):close()
    assert.equal("ECONNREFUSED", code_of(net.connect { path = dir .. "/s" }))
    check_exchange { path = dir .. "/s" }
  end)

  it("replaces neither a live socket nor a file", function()
    local live <close> = assert(net.listen { path = dir .. "/s" })
    assert.equal("EADDRINUSE", code_of(net.listen { path = dir .. "/s" }))
    assert.equal("again", code_of(live:accept()))
    assert(fs.write(dir .. "/f", "x"))
    assert.equal("EADDRINUSE", code_of(net.listen { path = dir .. "/f" }))
    assert.equal("x", fs.read(dir .. "/f"))
  end)

  it("says why it cannot connect", function()
    local sock, message, code = net.connect { path = dir .. "/none" }
    assert.is_nil(sock)
    assert.equal("ENOENT", code)
    assert.is_truthy(message:find("cannot connect to '" .. dir, 1, true))
    assert.equal("ECONNREFUSED",
      code_of(net.connect { host = "127.0.0.1", port = 1 }))
    assert.equal("EADDRNOTAVAIL", code_of(net.listen { host = "192.0.2.1" }))
  end)

  it("gives up on a full backlog after the timeout", function()
    local place <const> = { path = dir .. "/s", backlog = 1, timeout = 0.1 }
    local listener <close> = assert(net.listen(place))
    local socks, failure = {}, nil
    while not failure and #socks < 8 do
      local sock, _, code = net.connect(place)
      socks[#socks + 1], failure = sock, code
    end
    assert.equal("timeout", failure)
    assert.is_true(listener:close())
  end)

  it("writes as much as goes, from any position", function()
    local a <const>, b <const> = assert(net.pair())
    local data <const> = sys.random(2 ^ 20):rep(3)
    local sent, pieces = 0, {}
    while sent < #data do
      local n, _, code = a:write(data, sent + 1)
      assert.is_true(n ~= nil or code == "again")
      sent = sent + (n or 0)
      pieces[#pieces + 1] = b:read(2 ^ 20)
    end
    a:close()
    repeat
      pieces[#pieces + 1] = read(b)
    until pieces[#pieces] == ""
    assert.is_true(table.concat(pieces) == data)
    b:close()
  end)

  it("hands descriptors on and takes them over", function()
    local a <const>, b <close> = assert(net.pair())
    local fd <const> = a:detach()
    assert.has_error(function() a:read() end)
    local again <close> = assert(net.adopt(fd))
    again:write("x")
    assert.equal("x", b:read())
    assert.equal("EBADF", code_of(net.adopt(100000)))
  end)

  it("raises when a closed socket is used", function()
    local a <const>, b <const> = assert(net.pair())
    assert.is_true(a:close())
    assert.is_true(a:close())
    b:close()
    for _, method in ipairs { "read", "fd", "detach", "peercred" } do
      assert.has_error(function() a[method](a) end)
    end
    local listener <const> = assert(net.listen { path = dir .. "/s" })
    listener:close()
    assert.has_error(function() listener:accept() end)
    assert.has_error(function() a.read(listener) end)
  end)

  it("refuses wrong arguments", function()
    local wrong <const> = {
      {}, { path = "" }, { path = "a\0b" }, { path = "/x", host = "127.0.0.1" },
      { host = "localhost" }, { host = "127.0.0.1", port = 65536 },
      { host = "127.0.0.1", port = -1 }, { path = 1 },
    }
    for _, place in ipairs(wrong) do
      assert.has_error(function() net.listen(place) end)
      assert.has_error(function() net.connect(place) end)
    end
    assert.has_error(function() net.listen { path = dir .. "/s", mode = -1 } end)
    assert.has_error(function() net.listen { path = dir .. "/s", backlog = 0 } end)
    local a <close> = assert(net.pair())
    assert.has_error(function() a:write("x", 3) end)
    assert.has_error(function() a:read(0) end)
  end)

  it("leaves no descriptor open, here or in programs", function()
    collectgarbage()
    collectgarbage("stop")
    local before <const> = #fs.list("/proc/self/fd")
    local long <const> = dir .. ("/" .. ("d"):rep(100)):rep(2)
    for _ = 1, 100 do
      net.connect { path = dir .. "/none" }
      net.connect { path = long .. "/none" }
      net.connect { host = "127.0.0.1", port = 1 }
      net.listen { path = long .. "/none" }
      net.listen { host = "192.0.2.1" }
      pcall(net.listen, { host = "x" })
    end
    local after <const> = #fs.list("/proc/self/fd")
    collectgarbage("restart")
    assert.equal(before, after)
    local a <close> = assert(net.pair())
    assert.is_truthy(a)
    local listing <const> = proc.run { argv = { "ls", "-l", "/proc/self/fd" } }
    assert.is_nil(listing.stdout:find("socket:", 1, true))
  end)
end)
