-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local proc = require "host.proc"
local sys = require "host.sys"

local function code_of(...)
  return (select(3, ...))
end

describe("a file of host.fs", function()
  local path

  before_each(function()
    path = assert(fs.mkdtemp("/tmp/charmhost-file-")) .. "/f"
  end)

  after_each(function()
    assert(fs.remove_all(path:match("(.*)/")))
  end)

  it("reads, writes, seeks and truncates", function()
    local file <close> = assert(fs.open(path, "rw"))
    assert.equal(6, file:write("abcdef"))
    assert.equal(2, file:seek("set", 2))
    assert.equal("cd", file:read(2))
    assert.equal(4, file:seek())
    assert.is_true(file:truncate(5))
    assert.equal("e", file:read())
    assert.equal("", file:read())
    assert.equal(5, file:seek("end"))
    assert.is_true(file:sync())
    assert.equal("EINVAL", code_of(file:seek("set", -1)))
  end)

  it("opens as told", function()
    assert.equal("ENOENT", code_of(fs.open(path)))
    fs.open(path, "wx", tonumber("640", 8)):close()
    assert.equal("EEXIST", code_of(fs.open(path, "wx")))
    for _, mode in ipairs { "w", "a", "a" } do
      local file <close> = assert(fs.open(path, mode))
      file:write(mode)
      assert.equal("EBADF", code_of(file:read()))
    end
    assert.equal("waa", fs.read(path))
    assert.equal("EBADF", code_of(fs.open(path):write("x")))
    assert.has_error(function() fs.open(path, "r+") end)
  end)

  it("is closed when left, once, and raises when used then", function()
    local fd
    do
      local file <close> = assert(fs.open(path, "w"))
      fd = file:fd()
      assert.is_truthy(fs.lstat("/proc/self/fd/" .. fd))
    end
    assert.is_nil(fs.lstat("/proc/self/fd/" .. fd))
    local file <const> = assert(fs.open(path))
    assert.is_true(file:close())
    assert.is_true(file:close())
    assert.is_true(file:closed())
    for _, method in ipairs { "read", "sync", "fd", "detach", "unlock" } do
      assert.has_error(function() file[method](file) end)
    end
    assert.has_error(function() file.read({}) end)
  end)

  it("is closed by the collector", function()
    local fd <const> = fs.open(path, "w"):fd()
    collectgarbage()
    collectgarbage()
    assert.is_nil(fs.lstat("/proc/self/fd/" .. fd))
  end)

  it("hands its descriptor on", function()
    local file <const> = assert(fs.open(path, "w"))
    local fd <const> = file:detach()
    assert.is_true(file:closed())
    local again <close> = assert(fs.fdopen(fd))
    assert.equal(fd, again:fd())
    assert.equal("EBADF", code_of(fs.fdopen(100000)))
    assert.has_error(function() fs.fdopen(-1) end)
  end)

  it("is not inherited by programs", function()
    local _ <close> = assert(fs.open(path, "w"))
    local result <const> = assert(proc.run {
      argv = { "ls", "-l", "/proc/self/fd" },
    })
    assert.is_nil(result.stdout:find(path, 1, true))
  end)

  it("locks against other open files", function()
    local one <close> = assert(fs.open(path, "rw"))
    local other <close> = assert(fs.open(path, "rw"))
    assert.is_true(one:lock())
    assert.is_true(other:lock(false, true))
    assert.equal("EAGAIN", code_of(one:lock(true, true)))
    assert.is_true(other:unlock())
    assert.is_true(one:lock(true, true))
    assert.equal("EAGAIN", code_of(other:lock(true, true)))
    one:close()
    assert.is_true(other:lock(true))
  end)

  describe("as a pipe", function()
    it("carries bytes and ends", function()
      local reader <const>, writer <close> = assert(fs.pipe())
      assert.equal(3, writer:write("a\0b"))
      assert.equal("a\0b", reader:read())
      writer:close()
      assert.equal("", reader:read())
      assert.equal("ESPIPE", code_of(reader:seek()))
    end)

    it("says again when it is nonblocking and cannot", function()
      local reader <const>, writer <close> = assert(fs.pipe())
      assert(reader:nonblock())
      assert(writer:nonblock())
      assert.same({ nil, "again", "again" }, { reader:read() })
      local written <const> = writer:write(("x"):rep(2 ^ 20))
      assert.is_true(written >= 4096 and written < 2 ^ 20)
      assert.equal("again", code_of(writer:write("x")))
      reader:close()
      assert.equal("EPIPE", code_of(writer:write("x")))
    end)

    it("reads no more than asked", function()
      local reader <const>, writer <close> = assert(fs.pipe())
      writer:write("abc")
      assert.equal("a", reader:read(1))
      assert.has_error(function() reader:read(0) end)
      assert.has_error(function() reader:read(2 ^ 40) end)
      assert.is_true(sys.setnonblock(reader, false))
    end)
  end)
end)
