-- SPDX-License-Identifier: Apache-2.0
local compiled = require "ops.compiled"
local fs = require "host.fs"
local hosts = require "cli.charm.hosts"
local json = require "std.json"
local meta = require "ops.meta"
local proc = require "host.proc"
local sys = require "host.sys"
local yaml = require "std.yaml"

local OWN <const> = assert(hosts.own())

describe("charmhost pack", function()
  local folder

  local function write(name, text)
    assert(fs.write(folder .. "/" .. name, text))
  end

  before_each(function()
    local parent = assert(fs.mkdtemp("/tmp/pack-spec-"))
    folder = parent .. "/hello"
    assert(fs.mkdirs(folder .. "/src"))
    write("metadata.yaml", "name: hello\nsummary: s\ndescription: d\n")
    write("charm.lua", "return {}\n")
    write("src/more.lua", "return 1\n")
    write(".hidden", "not for Juju")
  end)

  after_each(function()
    assert(fs.remove_all((folder:gsub("/hello$", ""))))
  end)

  local function pack(...)
    return assert(proc.run {
      argv = { sys.executable(), "pack", folder, ... },
      cwd = folder .. "/..", timeout = 20,
    })
  end

  local function unpack(archive)
    local out = folder .. "/../out"
    local unzip = assert(proc.run { timeout = 20,
      argv = { "unzip", "-q", folder .. "/../" .. archive, "-d", out } })
    assert.equal(0, unzip.code, unzip.stderr)
    return out
  end

  local function mode(path)
    return fs.lstat(path).mode & 0x1FF
  end

  -- The head of a program for another processor: enough to be told.
  local function foreign(elf)
    local path = folder .. "/../foreign"
    assert(fs.write(path, "\127ELF\2\1\1" .. ("\0"):rep(11)
      .. ("<I2"):pack(elf) .. "the rest"))
    return path
  end

  it("writes the folder, the host as dispatch, and a manifest", function()
    local result = pack("--base", "ubuntu@22.04,ubuntu@24.04/stable")
    assert.equal(0, result.code, result.stderr)
    local out = unpack(("hello_ubuntu-22.04-%s_ubuntu-24.04-stable-%s.charm")
      :format(OWN, OWN))
    assert.same({ "charm.compiled", "charm.lua", "dispatch", "manifest.yaml",
      "metadata.yaml", "src" }, fs.list(out))
    assert.equal(0x1ED, mode(out .. "/dispatch"))
    assert.equal(fs.read(sys.executable()), fs.read(out .. "/dispatch"))
    local manifest = assert(yaml.decode(fs.read(out .. "/manifest.yaml")))
    assert.same({
      { name = "ubuntu", channel = "22.04", architectures = { OWN } },
      { name = "ubuntu", channel = "24.04/stable", architectures = { OWN } },
    }, manifest.bases)
  end)

  it("writes the same bytes for the same folder, whatever its times", function()
    assert.equal(0, pack("-o", "a.charm").code)
    assert(fs.remove(folder .. "/charm.lua"))
    write("charm.lua", "return {}\n")
    assert.equal(0, pack("-o", "b.charm").code)
    assert.equal(fs.read(folder .. "/../a.charm"),
      fs.read(folder .. "/../b.charm"))
  end)

  it("makes ready what a dispatch reads: scripts, and YAML as JSON", function()
    local script <const> = "#!shebang\nreturn debug.traceback()\n"
    write("src/more.lua", script)
    write("config.yaml", "options: {port: {type: int, default: 017}}\n")
    write("actions.yaml", "a: {params: {}, additionalProperties: off}\n")
    assert.equal(0, pack("-o", "a.charm").code)
    local out = unpack "a.charm"
    local made = compiled.open(out)
    local piece = made:of("src/more.lua", script)
    assert.matches("%./src/more%.lua:2: in ", load(piece, "=it", "b")())
    for _, name in ipairs { "metadata.yaml", "config.yaml", "actions.yaml" } do
      local text = fs.read(out .. "/" .. name)
      assert.same(yaml.decode(text), json.decode(made:of(name, text)))
    end
    assert.same(meta.read(out), meta.read(out, made))
    assert.equal(15, meta.read(out, made).config.port.default)
    assert.is_nil(made:of("manifest.yaml", fs.read(out .. "/manifest.yaml")))
  end)

  it("leaves YAML that JSON cannot say to the YAML reader", function()
    write("config.yaml", "options: {x: {type: float, default: .inf}}\n")
    assert.equal(0, pack("-o", "a.charm").code)
    local out = unpack "a.charm"
    local made = compiled.open(out)
    assert.is_nil(made:of("config.yaml", fs.read(out .. "/config.yaml")))
    assert.equal(math.huge, meta.read(out, made).config.x.default)
  end)

  it("refuses a folder that has its file", function()
    write("charm.compiled", "x")
    local result = pack()
    assert.equal(1, result.code)
    assert.equal(("cannot pack %s: charm.compiled: it is written by pack; "
      .. "remove it from the folder\n"):format(folder), result.stderr)
  end)

  it("keeps links inside and the right to run, and no other mode", function()
    write("src/run.sh", "#!/bin/sh\n")
    assert(fs.chmod(folder .. "/src/run.sh", 0x1C0))
    assert(fs.symlink("src/../src/more.lua", folder .. "/link.lua"))
    assert.equal(0, pack("-o", "a.charm").code)
    local out = unpack "a.charm"
    assert.equal("src/../src/more.lua", fs.readlink(out .. "/link.lua"))
    assert.equal(0x1ED, mode(out .. "/src/run.sh"))
    assert.equal(0x1A4, mode(out .. "/src/more.lua"))
  end)

  it("refuses links that lead out, and what is no file", function()
    assert(fs.symlink("../../etc", folder .. "/src/a"))
    assert(fs.symlink("/etc", folder .. "/b"))
    assert(fs.symlink("..", folder .. "/src/fine"))
    assert(proc.run { argv = { "mkfifo", folder .. "/pipe" } })
    local result = pack()
    assert.equal(1, result.code)
    assert.equal(("cannot pack %s: b: the link leads out of the folder, to "
      .. "/etc\n  pipe: it is a named-pipe; a charm has files and folders\n"
      .. "  src/a: the link leads out of the folder, to ../../etc\n")
        :format(folder), result.stderr)
  end)

  it("puts hosts for several processors beside a chooser", function()
    local result = pack("--arch", OWN .. ",s390x", "--host",
      "s390x=" .. foreign(22), "-o", "a.charm", "--licences", "charm.lua")
    assert.equal(1, result.code) -- the working folder has no charm.lua
    result = pack("--arch", OWN .. ",s390x", "--host", "s390x=" .. foreign(22),
      "-o", "a.charm", "--licences", folder .. "/charm.lua")
    assert.equal(0, result.code, result.stderr)
    local out = unpack "a.charm"
    assert.matches("the rest$", fs.read(out .. "/bin/s390x/dispatch"))
    assert.equal("return {}\n", fs.read(out .. "/LICENCES.txt"))
    assert.equal(0x1ED, mode(out .. "/bin/s390x/dispatch"))
    assert.same({ OWN, "s390x" }, yaml.decode(fs.read(out
      .. "/manifest.yaml")).bases[1].architectures)
    -- The chooser runs the host as `dispatch`: asked a second time, it leaves.
    local run = assert(proc.run { argv = { out .. "/dispatch" }, timeout = 20,
      env = { PATH = "/usr/bin:/bin", OPERATOR_DISPATCH = "1" } })
    assert.same({ 0, "" }, { run.code, run.stderr })
  end)

  it("says which host is missing, or is for another processor", function()
    assert.matches("there is no host for s390x beside this one",
      pack("--arch", "s390x").stderr)
    assert.matches("foreign is for s390x, not for riscv64", pack("--arch",
      "riscv64", "--host", "riscv64=" .. foreign(22)).stderr)
    assert.matches("metadata.yaml is no program for Linux", pack("--host",
      OWN .. "=" .. folder .. "/metadata.yaml").stderr)
    assert.matches('"x86_64" is no architecture of Juju',
      pack("--arch", "x86_64").stderr)
    assert.matches('the base "debian@12" is none that Juju takes',
      pack("--base", "debian@12").stderr)
  end)

  it("makes Juju's files of a charmcraft.yaml", function()
    assert(fs.remove(folder .. "/metadata.yaml"))
    write("charmcraft.yaml", [[
type: charm
name: crafted
title: Crafted
summary: "yes"
description: d
base: ubuntu@24.04
platforms: {amd64: }
parts: {charm: {plugin: dump, source: .}}
links: {contact: me, documentation: "https://example.org"}
requires: {db: {interface: sql, limit: 1}}
config: {options: {a: {type: int, default: 3}}}
actions: {look: {description: Look.}}
]])
    local result = pack()
    assert.equal(0, result.code, result.stderr)
    local out = unpack(("crafted_ubuntu-24.04-%s.charm"):format(OWN))
    local function read(name)
      return yaml.decode(fs.read(out .. "/" .. name))
    end
    assert.is_nil(fs.stat(out .. "/charmcraft.yaml"))
    assert.same({
      name = "crafted", ["display-name"] = "Crafted", summary = "yes",
      description = "d", maintainers = { "me" }, docs = "https://example.org",
      requires = { db = { interface = "sql", limit = 1 } },
    }, read "metadata.yaml")
    assert.same({ options = { a = { type = "int", default = 3 } } },
      read "config.yaml")
    assert.same({ look = { description = "Look." } }, read "actions.yaml")
  end)

  it("tells what is wrong in a charmcraft.yaml by its lines", function()
    assert(fs.remove(folder .. "/metadata.yaml"))
    write("charmcraft.yaml", "type: bundle\nname: a\nsummary: s\n"
      .. "description: y\nconfig:\n  options:\n    a: {type: blob}\n"
      .. "actions:\n  Look: {}\n")
    local stderr = pack().stderr
    assert.matches("charmcraft.yaml:1: type: expected charm, got bundle",
      stderr)
    assert.matches("charmcraft.yaml:4: description: expected a string", stderr)
    assert.matches('charmcraft.yaml:7: config.options.a.type: "blob" is none',
      stderr)
    assert.matches('charmcraft.yaml:9: actions.Look: "Look" must be', stderr)
  end)

  it("wants nothing said both in charmcraft.yaml and elsewhere", function()
    write("charmcraft.yaml", "type: charm\nname: a\nactions: {a: {}}\n")
    write("actions.yaml", "b: {}")
    local stderr = pack().stderr
    assert.matches("charmcraft.yaml:2: name: metadata.yaml says it", stderr)
    assert.matches("charmcraft.yaml:3: actions: actions.yaml says it", stderr)
  end)

  it("refuses a script with a syntax error, by file and line", function()
    write("src/more.lua", "local x =\n\nreturn 1 +\n")
    local result = pack()
    assert.equal(1, result.code)
    assert.matches("cannot pack .*src/more.lua:3: unexpected symbol",
      result.stderr)
  end)

  it("refuses a folder without charm.lua, or with its own dispatch", function()
    write("dispatch", "#!/bin/sh\n")
    assert.matches("dispatch: it is written by pack", pack().stderr)
    assert(fs.remove(folder .. "/dispatch"))
    assert(fs.remove(folder .. "/charm.lua"))
    local result = pack()
    assert.equal(1, result.code)
    assert.matches("charm.lua is missing", result.stderr)
  end)

  it("refuses metadata that is no map, or has a name Juju refuses", function()
    write("metadata.yaml", "name: [\n")
    assert.matches("metadata.yaml:2: did not find", pack().stderr)
    write("metadata.yaml", "name: Hello\nsummary: s\ndescription: d\n")
    assert.matches('metadata.yaml:1: name: "Hello" must be', pack().stderr)
  end)

  it("shows its usage for bad arguments", function()
    local result = pack("another")
    assert.equal(2, result.code)
    assert.matches("usage: charmhost pack", result.stderr)
  end)
end)
