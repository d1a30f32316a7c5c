-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local proc = require "host.proc"
local zip = require "std.zip"

describe("std.zip", function()
  local folder

  before_each(function()
    folder = assert(fs.mkdtemp("/tmp/zip-spec-"))
  end)

  after_each(function()
    assert(fs.remove_all(folder))
  end)

  local function run(...)
    local result = assert(proc.run { argv = { ... }, timeout = 20 })
    assert.equal(0, result.code, result.stderr)
    return result.stdout
  end

  it("writes what unzip reads: names, bytes, modes", function()
    local binary = ("\0\1\255\n"):rep(5000)
    local archive = zip.write {
      { name = "src/b.lua", data = "return 1\n", mode = 0x1A4 },
      { name = "dispatch", data = binary, mode = 0x1ED },
      { name = "empty", data = "", mode = 0x1A4 },
    }
    local path = folder .. "/a.zip"
    assert(fs.write(path, archive))
    run("unzip", "-tq", path)
    run("unzip", "-q", path, "-d", folder .. "/out")
    assert.equal(binary, fs.read(folder .. "/out/dispatch"))
    assert.equal("return 1\n", fs.read(folder .. "/out/src/b.lua"))
    assert.equal("", fs.read(folder .. "/out/empty"))
    assert.equal(0x1ED, fs.stat(folder .. "/out/dispatch").mode & 0x1FF)
    assert.equal(0x1A4, fs.stat(folder .. "/out/empty").mode & 0x1FF)
  end)

  it("compresses what gets shorter, and keeps links", function()
    local noise = {}
    for i = 1, 300 do
      noise[i] = string.char(i * 7919 % 251)
    end
    local archive = zip.write {
      { name = "long", data = ("the same "):rep(10000), mode = 0x1A4 },
      { name = "noise", data = table.concat(noise), mode = 0x1A4 },
      { name = "link", data = "long", link = true, mode = 0x1FF },
    }
    assert.is_true(#archive < 1500)
    local path = folder .. "/a.zip"
    assert(fs.write(path, archive))
    run("unzip", "-q", path, "-d", folder .. "/out")
    assert.equal(("the same "):rep(10000), fs.read(folder .. "/out/link"))
    assert.equal(table.concat(noise), fs.read(folder .. "/out/noise"))
    assert.equal("long", fs.readlink(folder .. "/out/link"))
  end)

  it("writes the same bytes whatever the order of the entries", function()
    local a = { name = "a", data = "1", mode = 0x1A4 }
    local b = { name = "b", data = "2", mode = 0x1A4 }
    assert.equal(zip.write { a, b }, zip.write { b, a })
  end)
end)
