-- SPDX-License-Identifier: Apache-2.0
-- The host alone: in a root file system that holds the program, a script and
-- the files of name resolution, and nothing else.
local certificates = require "tests.support.certificates"
local fs = require "host.fs"
local peer = require "tests.support.peer"
local postgres = require "tests.support.postgres"
local proc = require "host.proc"
local sys = require "host.sys"

local HOST <const> = sys.executable():gsub("[^/]*$", "charmhost")
local NAME <const> = "db.charmhost.test"
local CONNECT <const> = [[
local pg = require "pg"
local connection, err = pg.connect(%q)
if not connection then
  print(err)
  return
end
print(connection:value("select version from pg_stat_ssl " ..
  "where pid = pg_backend_pid()"))
]]

-- ELF for 64-bit little-endian processors: program headers by their type.
local TYPE <const> = { interpreter = 3, stack = 0x6474e551,
  relro = 0x6474e552, dynamic = 2 }
local ET_DYN <const>, EXECUTABLE <const> = 3, 1
local DT_FLAGS <const>, BIND_NOW <const> = 30, 8

local function program_headers(elf)
  local at = ("<I8"):unpack(elf, 33)
  local size, count = ("<I2I2"):unpack(elf, 55)
  local headers = {}
  for i = 0, count - 1 do
    local kind, flags, offset, _, _, bytes =
      ("<I4I4I8I8I8I8"):unpack(elf, at + i * size + 1)
    headers[kind] = { flags = flags, data = elf:sub(offset + 1,
      offset + bytes) }
  end
  return headers
end

local function dynamic_entry(data, wanted)
  for at = 1, #data, 16 do
    local tag, value = ("<I8I8"):unpack(data, at)
    if tag == wanted then
      return value
    end
  end
end

describe("the static host", function()
  local dir

  setup(function()
    dir = assert(fs.mkdtemp("/tmp/charmhost-static-"))
    assert(fs.chmod(dir, tonumber("755", 8)))
  end)
  teardown(function()
    fs.remove_all(dir)
  end)

  -- files: further ones, by their path in the root.
  local function run(script, files)
    local argv = { "bwrap", "--unshare-user", "--uid", "1234", "--gid", "1234",
      "--unshare-pid", "--die-with-parent", "--clearenv", "--chdir", "/",
      "--ro-bind", HOST, "/host" }
    files = files or {}
    files["/charm/script.lua"] = script
    for path, text in pairs(files) do
      local source = dir .. "/" .. path:gsub("/", "_")
      assert(fs.write(source, text, { mode = tonumber("644", 8) }))
      table.move({ "--ro-bind", source, path }, 1, 3, #argv + 1, argv)
    end
    table.move({ "--remount-ro", "/", "/host", "run", "/charm/script.lua" },
      1, 5, #argv + 1, argv)
    local result = assert(proc.run { argv = argv, timeout = 60 })
    assert.equal("", result.stderr)
    assert.equal(0, result.code)
    return (result.stdout:gsub("\n$", ""))
  end

  it("is one hardened file that needs no other, of at most 5 MiB", function()
    local elf = assert(fs.read(HOST))
    assert.is_true(#elf <= 5 * 1024 * 1024, #elf .. " bytes")
    assert.equal(ET_DYN, (("<I2"):unpack(elf, 17))) -- position independent
    local headers = program_headers(elf)
    assert.is_nil(headers[TYPE.interpreter])
    assert.is_table(headers[TYPE.relro])
    assert.equal(0, headers[TYPE.stack].flags & EXECUTABLE)
    local flags = dynamic_entry(headers[TYPE.dynamic].data, DT_FLAGS)
    assert.equal(BIND_NOW, flags & BIND_NOW)
  end)

  it("runs with nothing else in its root, which nobody can write", function()
    local out = run [[
      local fs = require "host.fs"
      local json = require "std.json"
      print(json.encode {
        root = fs.list "/",
        uid = require("host.sys").getuid(),
        environment = require("host.sys").environ(),
        write = select(3, fs.write("/charm/x", "x")),
        sum = require("host.sys").sha256 "",
      })]]
    assert.equal('{"environment":{"PWD":"/"},"root":["charm","host"],'
      .. '"sum":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852'
      .. 'b855","uid":1234,"write":"EROFS"}', out)
  end)

  describe("and a PostgreSQL with TLS", function()
    local server

    setup(function()
      certificates.authority(dir, "authority")
      certificates.authority(dir, "stranger")
      certificates.server(dir, "authority", NAME)
      server = postgres.start {
        ssl = "on",
        ssl_cert_file = dir .. "/server.pem",
        ssl_key_file = dir .. "/server.key",
      }
    end)
    teardown(function()
      server:stop()
    end)

    local function connect(fields, files)
      files["/charm/root.pem"] = files["/charm/root.pem"]
        or assert(fs.read(dir .. "/authority.pem"))
      return run(CONNECT:format(("host=%s port=%d user=%s password=%s "
        .. "dbname=postgres sslmode=verify-full sslrootcert=/charm/root.pem %s")
        :format(fields.host or NAME, server.port, server.user, server.password,
          fields.more or "")), files)
    end

    local function hosts(name)
      return { ["/etc/hosts"] = "127.0.0.1 " .. name .. "\n" }
    end

    it("connects by a name of /etc/hosts, the certificate verified", function()
      assert.equal("TLSv1.3", connect({}, hosts(NAME)))
    end)

    it("speaks TLS 1.2 too", function()
      assert.equal("TLSv1.2", connect({
        more = "ssl_max_protocol_version=TLSv1.2",
      }, hosts(NAME)))
    end)

    it("refuses a certificate of another name", function()
      assert.matches("does not match host name \"other.charmhost.test\"",
        connect({ host = "other.charmhost.test" },
          hosts "other.charmhost.test"))
    end)

    it("refuses a certificate of another authority", function()
      local files = hosts(NAME)
      files["/charm/root.pem"] = assert(fs.read(dir .. "/stranger.pem"))
      assert.matches("certificate verify failed", connect({}, files))
    end)

    it("says which name does not resolve", function()
      assert.matches("could not translate host name \"nowhere.invalid\"",
        connect({ host = "nowhere.invalid" }, hosts(NAME)))
    end)

    it("asks DNS, also for a name that a search domain completes", function()
      if sys.getuid() ~= 0 then
        pending "only root may listen on port 53"
        return
      end
      local address = "127.53.53.53"
      local dns = peer.start("dns_peer.py",
        { argument = address .. "," .. NAME .. ",127.0.0.1" })
      local files = {
        ["/etc/resolv.conf"] = "nameserver " .. address
          .. "\nsearch nothing.test charmhost.test\noptions ndots:5\n",
      }
      local full = connect({}, files)
      -- libpq verifies the name as it was given, so the certificate's.
      local short = connect({ host = "db" }, files)
      dns:stop()
      assert.equal("TLSv1.3", full)
      assert.matches("does not match host name \"db\"", short)
    end)
  end)
end)
