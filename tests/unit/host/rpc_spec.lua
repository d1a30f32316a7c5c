-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local proc = require "host.proc"
local rpc = require "host.rpc"
local sys = require "host.sys"

local CASES <const> = {
  ["bad-token"] = { { command = "is-leader", token = "bad" } },
  ["config-get"] = { { command = "config-get" } },
  ["is-leader"] = { { command = "is-leader", args = { "--format=json" } } },
  ["relation-set-stdin"] = {
    { command = "relation-set", args = { "-r", "1", "--file", "-" } },
    { command = "relation-set", args = { "-r", "1", "--file", "-" },
      stdin = "k: v\n" },
  },
  ["status-set-usage-error"] = { { command = "status-set", args = { "nope" } } },
  ["wrong-context"] = { { command = "is-leader", context_id = "zz" } },
}

local STDIN_REFUSED <const> = "hook tool requires stdin, none supplied"
local REPLIES <const> = {
  ["bad-token"] = { { nil, "bad request: token does not match", "rpc" } },
  ["config-get"] = { { { code = 0, stdout = "{}\n", stderr = "" } } },
  ["is-leader"] = { { { code = 0, stdout = "true\n", stderr = "" } } },
  ["relation-set-stdin"] = {
    { nil, STDIN_REFUSED, "rpc" },
    { { code = 0, stdout = "", stderr = "" } },
  },
  ["status-set-usage-error"] = { { {
    code = 2, stdout = "", stderr = 'ERROR invalid status "nope", expected ' ..
      "one of [maintenance blocked waiting active]\n",
  } } },
  ["wrong-context"] = {
    { nil, 'bad request: wrong context ID; got "zz"', "rpc" },
  },
}

local dir, replies_path, sent_path

local function vector(name, side)
  return fs.read(("tests/data/vectors/%s.%s.bin"):format(name, side))
end

-- A connection that reads these bytes and writes to a file.
local function replay(bytes)
  assert(fs.write(replies_path, bytes, { atomic = false }))
  local replies <close> = assert(fs.open(replies_path, "r"))
  local sent <close> = assert(fs.open(sent_path, "w"))
  return assert(rpc.adopt(replies, sent))
end

local function call(conn, request, juju)
  return conn:call {
    context_id = request.context_id or "a/0-x", dir = "/",
    command = request.command, args = request.args or {},
    stdin = request.stdin,
    token = juju == "juju36" and (request.token or "tok") or nil,
  }
end

-- Makes the case's calls on the bytes until one fails for good.
local function play(bytes, requests)
  local conn <close> = replay(bytes)
  local last
  for _, request in ipairs(requests) do
    last = table.pack(call(conn, request))
    if not last[1] and last[3] ~= "rpc" then break end
  end
  return table.unpack(last, 1, 3)
end

local function each_vector(fn)
  for _, juju in ipairs { "juju36", "juju41" } do
    for name in pairs(CASES) do
      local bytes = vector(juju .. "-" .. name, "s2c")
      if bytes then fn(name, bytes, juju) end
    end
  end
end

describe("host.rpc", function()
  before_each(function()
    dir = assert(fs.mkdtemp "/tmp/charmhost-rpc-")
    replies_path, sent_path = dir .. "/replies", dir .. "/sent"
  end)
  after_each(function() fs.remove_all(dir) end)

  it("sends the very bytes of Juju 3.6's own client", function()
    for name, requests in pairs(CASES) do
      local conn <close> = replay(assert(vector("juju36-" .. name, "s2c")))
      for _, request in ipairs(requests) do call(conn, request, "juju36") end
      assert.equal(vector("juju36-" .. name, "c2s"), fs.read(sent_path), name)
    end
  end)

  it("reads the replies of Juju 3.6 and 4.1", function()
    local seen = 0
    each_vector(function(name, bytes, juju)
      local conn <close> = replay(bytes)
      for i, request in ipairs(CASES[name]) do
        local want = REPLIES[name][i]
        local result, message, code = call(conn, request, juju)
        assert.same(want[1], result)
        assert.equal(want[2], message)
        assert.equal(want[3], code)
      end
      seen = seen + 1
    end)
    assert.equal(11, seen)
  end)

  it("says closed for replies that are cut at any byte", function()
    each_vector(function(name, bytes)
      for i = 0, #bytes - 1 do
        local result, message, code = play(bytes:sub(1, i), CASES[name])
        assert.is_nil(result)
        assert.equal("closed", code)
        assert.matches("^cannot call [%l-]+: connection closed by peer$",
          message)
      end
    end)
  end)

  it("survives any flipped bit of a reply", function()
    local refused = 0
    each_vector(function(name, bytes)
      for i = 1, #bytes do
        local bit = 1 << (i % 8)
        local flipped = bytes:sub(1, i - 1) ..
          string.char(bytes:byte(i) ~ bit) .. bytes:sub(i + 1)
        local result, message, code = play(flipped, CASES[name])
        if not result then
          assert.is_string(message)
          assert.is_true(code == "closed" or code == "protocol" or
            code == "rpc", code)
          if code == "protocol" then refused = refused + 1 end
        end
      end
    end)
    assert.is_true(refused > 100)
  end)

  it("skips fields it does not know, whatever their type", function()
    -- Response{Extra map[string][]int; Seq; Odd interface}, ids of their own.
    local function message(body) return string.char(#body) .. body end
    local header_types = message("\255\143\4\1\2\255\144\0\1\12\1\255\146\0\0")
      .. message("\255\145\2\1\2\255\146\0\1\4\0\0")
      .. message("\255\147\3\1\2\255\148\0\1\3\1\5Extra\1\255\144\0"
        .. "\1\3Seq\1\6\0\1\3Odd\1\16\0\0\0")
    local result_type = message("\255\149\3\1\2\255\150\0\1\2\1\4Code\1\4\0"
      .. "\1\4When\1\8\0\0\0")
    local conn <close> = replay(header_types ..
      message("\255\148\1\1\1k\2\8\10\2\1i\4\3abc\0") ..
      result_type .. message("\255\150\1\6\1\254\240\63\0"))
    assert.same({ code = 3, stdout = "", stderr = "" },
      (call(conn, { command = "x" })))
  end)

  it("refuses what is no gob, and is closed from then on", function()
    for bytes, why in pairs {
      ["\200"] = "message length is malformed",
      ["\252\127\255\255\255"] = "message is longer than 64 MiB",
      ["\248\128" .. ("\0"):rep(7)] = "message is longer than 64 MiB",
      ["\248" .. ("\255"):rep(8)] = "message is longer than 64 MiB",
      ["\247" .. ("\255"):rep(9)] = "message length is malformed",
      ["\3\255\200\0"] = "type id is not defined",
      ["\2\127\0"] = "unusable type definition",
      ["\9\248\255\255\255\255\255\255\255\255"] = "type id out of range",
    } do
      local conn <close> = replay(bytes)
      local result, message, code = call(conn, { command = "x" })
      assert.is_nil(result)
      assert.equal("cannot call x: " .. why, message)
      assert.equal("protocol", code)
      local _, again, closed = call(conn, { command = "x" })
      assert.equal("cannot call x: connection is closed", again)
      assert.equal("closed", closed)
    end
  end)

  -- A reply whose standard output is this many zero bytes: its beginning.
  local function reply_of(size)
    local bytes = vector("juju36-is-leader", "s2c")
    local length = string.pack(">I4", size)
    local body = "\255\130\2\252" .. length
    return bytes:sub(1, 132) .. "\252"
      .. string.pack(">I4", #body + size + 1) .. body
  end

  -- Replays it from a file that has no zeros on disk.
  local function replay_large(size)
    local head = reply_of(size)
    assert(fs.write(replies_path, head, { atomic = false }))
    local file <close> = assert(fs.open(replies_path, "rw"))
    assert(file:truncate(#head + size + 1))
    local replies <close> = assert(fs.open(replies_path, "r"))
    local sent <close> = assert(fs.open(sent_path, "w"))
    return assert(rpc.adopt(replies, sent))
  end

  local function peak_memory()
    local status = assert(fs.read "/proc/self/status")
    return tonumber(status:match "VmHWM:%s*(%d+)") * 1024
  end

  it("refuses 64 MiB of standard output without reading it", function()
    local before = peak_memory()
    local conn <close> = replay_large(64 * 1024 * 1024)
    local result, message, code = call(conn, { command = "x" })
    assert.is_nil(result)
    assert.equal("cannot call x: message is longer than 64 MiB", message)
    assert.equal("protocol", code)
    assert.is_true(peak_memory() - before < 4 * 1024 * 1024)
  end)

  it("takes what is a little less", function()
    local size <const> = 64 * 1024 * 1024 - 9
    local conn <close> = replay_large(size)
    local result = assert(call(conn, { command = "x" }))
    assert.equal(size, #result.stdout)
    assert.equal(0, result.code)
  end)

  it("refuses a value that is nested without end", function()
    -- type 64: struct { X (itself) }
    local conn <close> = replay("\18\127\3\1\2\255\128\0\1\1\1\1X\1\255\128\0\0\0"
      .. "\254\78\34\255\128" .. ("\1"):rep(20000))
    local _, message = call(conn, { command = "x" })
    assert.equal("cannot call x: value is nested too deep", message)
  end)

  it("refuses the reply to another request", function()
    local conn <close> = replay(vector("juju36-is-leader", "s2c"):gsub(
      "\15(\255\128\1\10Jujuc.Main)\0", "\17%1\1\7\0"))
    local _, message, code = call(conn, { command = "x" })
    assert.equal("cannot call x: reply belongs to another request", message)
    assert.equal("protocol", code)
  end)

  it("gives up at the deadline", function()
    local read_end, write_end = assert(fs.pipe())
    local sent <close> = assert(fs.open(sent_path, "w"))
    local conn <close> = assert(rpc.adopt(read_end, sent))
    local before = sys.monotonic()
    local result, message, code = conn:call {
      context_id = "c", dir = "/", command = "is-leader", timeout = 0.05,
    }
    assert.is_nil(result)
    assert.equal("cannot call is-leader: timed out", message)
    assert.equal("timeout", code)
    assert.is_true(sys.monotonic() - before < 2)
    read_end:close()
    write_end:close()
  end)

  it("says why it cannot connect", function()
    local _, message, code = rpc.connect("unix", dir .. "/none", 1)
    assert.equal(("cannot connect to %s/none: No such file or directory")
      :format(dir), message)
    assert.equal("ENOENT", code)
    _, _, code = rpc.connect("unix", "@charmhost-no-such-socket", 1)
    assert.equal("ECONNREFUSED", code)
    _, message, code = rpc.connect("tcp", "10.0.0.1:30000")
    assert.equal("cannot connect to 10.0.0.1:30000: " ..
      "network tcp has no support here", message)
    assert.equal("connect", code)
    local deep = dir .. ("/long-folder-name"):rep(10)
    assert(fs.mkdirs(deep))
    _, _, code = rpc.connect("unix", deep .. "/agent.socket", 1)
    assert.equal("ENOENT", code)
  end)

  it("raises for a wrong argument", function()
    local conn <close> = replay ""
    assert.has_error(function() conn:call "is-leader" end)
    assert.error_matches(function() conn:call { dir = "/", command = "x" } end,
      "field 'context_id': string expected, got nil")
    assert.error_matches(function()
      conn:call { context_id = "c", dir = "/", command = "x", args = { 1 } }
    end, "field 'args': string expected, got number")
    assert.has_error(function() rpc.connect("unix") end)
    assert.has_error(function() rpc.adopt(-1) end)
  end)

  -- Replies to is-leader calls with these numbers and texts, in this order.
  local function replies(list)
    local bytes = vector("juju36-is-leader", "s2c")
    local types, result_type = bytes:sub(1, 58), bytes:sub(75, 132)
    local out = { types }
    for i, item in ipairs(list) do
      local seq = item[1] == 0 and "" or "\1" .. string.char(item[1])
      local head = "\255\128\1\10Jujuc.Main" .. seq .. "\0"
      local body = "\255\130\2" .. string.pack("s1", item[2]) .. "\0"
      out[#out + 1] = string.pack("s1", head)
        .. (i == 1 and result_type or "") .. string.pack("s1", body)
    end
    return table.concat(out)
  end

  local function send(conn)
    return conn:send { context_id = "a/0-x", dir = "/", command = "is-leader" }
  end

  it("sends calls before replies are read, and matches them", function()
    local conn <close> = replay(replies {
      { 1, "one" }, { 0, "zero" }, { 3, "three" }, { 2, "two" },
    })
    local zero, one = send(conn), send(conn)
    assert.equal("zero", conn:receive(zero).stdout)
    assert.equal("one", conn:receive(one).stdout)
    local two = send(conn)
    assert.equal("three", call(conn, { command = "is-leader" }).stdout)
    assert.equal("two", conn:receive(two).stdout)
  end)

  it("gives each reply once", function()
    local conn <close> = replay(replies { { 0, "zero" } })
    local zero = send(conn)
    conn:receive(zero)
    assert.error_matches(function() conn:receive(zero) end,
      "no such call is on its way")
  end)

  it("gives a reply that came before the connection broke", function()
    local conn <close> = replay(replies { { 1, "one" } })
    local zero, one = send(conn), send(conn)
    local _, message, code = conn:receive(zero)
    assert.equal("closed", code)
    assert.equal("cannot call is-leader: connection closed by peer", message)
    assert.equal("one", conn:receive(one).stdout)
    _, _, code = conn:receive(send(conn) or zero)
    assert.equal("closed", code)
  end)

  it("reads replies when much is on its way", function()
    local list = {}
    for i = 0, 119 do
      list[i + 1] = { i, "reply " .. i }
    end
    local conn <close> = replay(replies(list))
    local numbers = {}
    for i = 0, 119 do
      numbers[i] = assert(send(conn))
    end
    for i = 119, 0, -1 do
      assert.equal("reply " .. i, conn:receive(numbers[i]).stdout)
    end
  end)

  it("keeps its socket from the programs it starts", function()
    local conn <close> = replay(vector("juju36-is-leader", "s2c"))
    local result = assert(proc.run { argv = { "ls", "/proc/self/fd" } })
    assert.equal("0\n1\n2\n3\n", result.stdout)
    assert.is_table(call(conn, { command = "is-leader" }))
  end)

  it("can be closed twice, and used no more", function()
    local conn = replay(vector("juju36-is-leader", "s2c"))
    conn:close()
    conn:close()
    local _, _, code = call(conn, { command = "is-leader" })
    assert.equal("closed", code)
  end)
end)
