-- SPDX-License-Identifier: Apache-2.0
-- Files: writing and reading them, by multipart.
local contract = require "tests.support.contract"
local files = require "tests.support.contract_files"
local fs = require "host.fs"
local sys = require "host.sys"

local ALL_BYTES <const> = (function()
  local bytes = {}
  for i = 0, 255 do
    bytes[i + 1] = string.char(i)
  end
  return table.concat(bytes)
end)()

describe("writing files:", function()
  local pebble, path

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)
  before_each(function() path = pebble:path(pebble:name "file") end)

  it("the content is what was sent, byte for byte", function()
    for _, body in ipairs { "", "a", "\r\n", "\r\n--", ALL_BYTES } do
      assert.same({ { path = path } },
        files.write(pebble, { path = path, body = body }))
      assert.equal(body, fs.read(path))
    end
  end)

  it("a large one comes whole", function()
    local body = (ALL_BYTES .. "\r\n--0123456789"):rep(10000)
    files.write(pebble, { path = path, body = body })
    assert.equal(sys.sha256(body), sys.sha256(fs.read(path)))
  end)

  it("permissions are 644, or as wanted, whatever the umask", function()
    files.write(pebble, { path = path, body = "x" })
    assert.equal(tonumber("644", 8), fs.stat(path).mode & 511)
    files.write(pebble, { path = path, body = "x", permissions = "666" })
    assert.equal(tonumber("666", 8), fs.stat(path).mode & 511)
  end)

  it("permissions of other than three octal digits are an error", function()
    for _, text in ipairs { "0644", "rw", "888" } do
      local report = files.write(pebble,
        { path = path, body = "x", permissions = text })
      assert.equal("generic-file-error", report[1].error.kind)
    end
    assert.is_nil(fs.stat(path))
  end)

  it("a parent that is not there is not-found, or made when asked", function()
    local deep = path .. "/a/b"
    local report = files.write(pebble, { path = deep, body = "x" })
    assert.equal("not-found", report[1].error.kind)
    report = files.write(pebble,
      { path = deep, body = "x", ["make-dirs"] = true })
    assert.same({ { path = deep } }, report)
    assert.equal("x", fs.read(deep))
    assert.equal(tonumber("755", 8), fs.stat(path).mode & 511)
  end)

  it("a relative path is an error of its own", function()
    local report = files.write(pebble, { path = "a/b", body = "x" },
      { path = path, body = "y" })
    assert.equal("generic-file-error", report[1].error.kind)
    assert.matches("must be absolute", report[1].error.message)
    assert.is_nil(report[2].error)
    assert.equal("y", fs.read(path))
  end)

  it("several are reported in the order of the request", function()
    local report = files.write(pebble, { path = path .. "1", body = "1" },
      { path = path .. "/no", body = "2" }, { path = path .. "3", body = "3" })
    assert.equal(3, #report)
    assert.equal(path .. "/no", report[2].path)
    assert.equal("not-found", report[2].error.kind)
    assert.equal("3", fs.read(path .. "3"))
  end)

  it("one without content is an error of its own", function()
    local report = files.write(pebble, { path = path })
    assert.matches("no file content", report[1].error.message)
  end)

  it("the old content stays where the new can't be written", function()
    assert.is_true(fs.mkdir(path))
    local report = files.write(pebble, { path = path, body = "x" })
    assert.equal("generic-file-error", report[1].error.kind)
    assert.equal("directory", fs.stat(path).type)
  end)

  it("a new file takes the old one's place, as one step", function()
    assert.is_true(fs.write(path, "old"))
    local before = fs.stat(path).ino
    files.write(pebble, { path = path, body = "new" })
    assert.not_equal(before, fs.stat(path).ino)
    assert.equal("new", fs.read(path))
    for _, name in ipairs(fs.list(pebble.dir)) do
      assert.is_nil(name:find "~$", name)
    end
  end)

  it("a symbolic link is replaced, not followed", function()
    assert.is_true(fs.write(path .. "-target", "old"))
    assert.is_true(fs.symlink(path .. "-target", path))
    files.write(pebble, { path = path, body = "new" })
    assert.equal("file", fs.lstat(path).type)
    assert.equal("old", fs.read(path .. "-target"))
  end)

  it("owner and group are set by number", function()
    local uid, gid = sys.getuid(), sys.getgid()
    local report = files.write(pebble, { path = path, body = "x",
      ["user-id"] = uid, ["group-id"] = gid })
    assert.is_nil(report[1].error)
    assert.equal(uid, fs.stat(path).uid)
    assert.equal(gid, fs.stat(path).gid)
  end)

  it("a user that nobody knows, or a group alone, is an error", function()
    for _, fields in ipairs { { user = "nosuchuser" }, { group = "root" } } do
      fields.path, fields.body = path, "x"
      local report = files.write(pebble, fields)
      assert.equal("generic-file-error", report[1].error.kind)
    end
    assert.is_nil(fs.stat(path))
  end)

  it("a name with quotes, spaces and other letters is taken", function()
    local odd = path .. " ä 'x'"
    assert.same({ { path = odd } },
      files.write(pebble, { path = odd, body = "x" }))
    assert.equal("x", fs.read(odd))
  end)

  it("a part that the request does not name is refused", function()
    local envelope = files.send(pebble, { files.request { { path = path } },
      { name = "files", filename = path .. "2", body = "x" } })
    assert.equal(400, envelope["status-code"])
    assert.is_nil(fs.stat(path .. "2"))
  end)

  it("the request comes first", function()
    local envelope = files.send(pebble, {
      { name = "files", filename = path, body = "x" },
      files.request { { path = path } } })
    assert.equal(400, envelope["status-code"])
  end)

  it("as JSON it is refused", function()
    pebble:refused(400, "", "POST", "/v1/files", { action = "write",
      files = { { path = path } } })
  end)

  it("a boundary that is short is refused", function()
    local envelope = pebble:ask("POST", "/v1/files", "--x--\r\n",
      { ["Content-Type"] = "multipart/form-data; boundary=x" })
    assert.equal(400, envelope["status-code"])
    assert.matches("boundary", envelope.result.message)
  end)

  it("another content type is refused", function()
    local envelope = pebble:ask("POST", "/v1/files", "x",
      { ["Content-Type"] = "text/plain" })
    assert.equal(400, envelope["status-code"])
  end)
end)

describe("reading files:", function()
  local pebble, path

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)
  before_each(function()
    path = pebble:path(pebble:name "file")
    assert(fs.write(path, "content"))
  end)

  it("the content is what is there, byte for byte", function()
    for _, body in ipairs { "", "\r\n", "\r\n--", ALL_BYTES:rep(3000) } do
      assert(fs.write(path, body))
      local contents, report, parts = files.read(pebble, "path=" .. path)
      assert.equal(2, #parts)
      assert.equal("application/octet-stream", parts[1].type)
      assert.equal(#body, #contents[path])
      assert.is_true(body == contents[path])
      assert.same({ { path = path } }, report)
    end
  end)

  it("several come in their order, what is missing as an error", function()
    assert(fs.write(path .. "2", "two"))
    local contents, report, parts = files.read(pebble,
      ("path=%s&path=%s&path=%s"):format(path .. "2", path .. "no", path))
    assert.equal(3, #parts)
    assert.equal(path .. "2", parts[1].filename)
    assert.equal(path, parts[2].filename)
    assert.equal("two", contents[path .. "2"])
    assert.equal(3, #report)
    assert.equal("not-found", report[2].error.kind)
    assert.is_nil(report[3].error)
  end)

  it("a link is followed", function()
    assert(fs.symlink(path, path .. "-link"))
    assert.equal("content",
      files.read(pebble, "path=" .. path .. "-link")[path .. "-link"])
  end)

  it("a file without a size, of /proc, is read", function()
    local contents = files.read(pebble, "path=/proc/sys/kernel/ostype")
    assert.equal("Linux\n", contents["/proc/sys/kernel/ostype"])
  end)

  it("what is no regular file is an error of its own", function()
    for _, other in ipairs { pebble.dir, "/dev/null" } do
      local contents, report = files.read(pebble, "path=" .. other)
      assert.same({}, contents)
      assert.equal("generic-file-error", report[1].error.kind)
    end
  end)

  it("a relative path is an error of its own", function()
    local _, report = files.read(pebble, "path=a")
    assert.equal("generic-file-error", report[1].error.kind)
  end)

  it("a name is escaped as it must", function()
    local odd = path .. [[ "q" \]]
    assert(fs.write(odd, "odd"))
    local _, report, parts = files.read(pebble,
      "path=" .. odd:gsub("[^%w/.-]", function(char)
        return ("%%%02X"):format(char:byte())
      end))
    assert.same({ { path = odd } }, report)
    assert.equal((odd:gsub('["\\]', "\\%0")), parts[1].filename)
    assert.equal("odd", parts[1].body)
  end)

  it("without path, or for another type of answer, it is refused", function()
    local envelope = pebble:ask("GET", "/v1/files?action=read", nil,
      { Accept = "multipart/form-data" })
    assert.equal(400, envelope["status-code"])
    pebble:refused(400, "multipart/form%-data", "GET",
      "/v1/files?action=read&path=" .. path)
  end)
end)
