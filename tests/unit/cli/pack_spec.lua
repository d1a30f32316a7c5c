-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local proc = require "host.proc"
local sys = require "host.sys"
local yaml = require "std.yaml"

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

  it("writes the folder, the host as dispatch, and a manifest", function()
    local result = pack("--base", "ubuntu@22.04", "--arch", "arm64")
    assert.equal(0, result.code, result.stderr)
    local out = folder .. "/../out"
    local unzip = assert(proc.run { timeout = 20, argv = { "unzip", "-q",
      folder .. "/../hello_ubuntu-22.04-arm64.charm", "-d", out } })
    assert.equal(0, unzip.code, unzip.stderr)
    assert.same({ "charm.lua", "dispatch", "manifest.yaml", "metadata.yaml",
      "src" }, fs.list(out))
    assert.equal(0x1ED, fs.stat(out .. "/dispatch").mode & 0x1FF)
    assert.equal(fs.read(sys.executable()), fs.read(out .. "/dispatch"))
    local manifest = assert(yaml.decode(fs.read(out .. "/manifest.yaml")))
    assert.same({ name = "ubuntu", channel = "22.04",
      architectures = { "arm64" } }, manifest.bases[1])
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
    assert.matches("dispatch is written by pack", pack().stderr)
    assert(fs.remove(folder .. "/dispatch"))
    assert(fs.remove(folder .. "/charm.lua"))
    local result = pack()
    assert.equal(1, result.code)
    assert.matches("charm.lua is missing", result.stderr)
  end)

  it("refuses metadata that is no map, or has a name Juju refuses", function()
    write("metadata.yaml", "name: [\n")
    assert.matches("metadata.yaml: ", pack().stderr)
    write("metadata.yaml", "name: Hello\n")
    assert.matches("'name' must be lower%-case", pack().stderr)
  end)

  it("shows its usage for bad arguments", function()
    local result = pack("another")
    assert.equal(2, result.code)
    assert.matches("usage: charmhost pack", result.stderr)
  end)
end)
