-- SPDX-License-Identifier: Apache-2.0
-- Files: lists, directories, removal.
local contract = require "tests.support.contract"
local fs = require "host.fs"
local json = require "std.json"

describe("listing files:", function()
  local pebble, dir

  setup(function()
    pebble = contract.start()
    dir = pebble:path "list"
    assert(fs.mkdir(dir))
    assert(fs.mkdir(dir .. "/sub"))
    assert(fs.write(dir .. "/b.txt", "12345", { mode = tonumber("640", 8) }))
    assert(fs.write(dir .. "/a.txt", ""))
    assert(fs.symlink("b.txt", dir .. "/link"))
  end)
  teardown(function() pebble:stop() end)

  local function list(path, more)
    return pebble:get(("/v1/files?action=list&path=%s%s")
      :format(path, more or ""))
  end

  local function names(entries)
    local all = {}
    for i, entry in ipairs(entries) do
      all[i] = entry.name
    end
    return all
  end

  it("the entries of a directory are sorted", function()
    assert.same({ "a.txt", "b.txt", "link", "sub" }, names(list(dir)))
  end)

  it("an entry has path, type, size, permissions, time and owner", function()
    local entry = list(dir .. "/b.txt")[1]
    local stat = fs.stat(dir .. "/b.txt")
    assert.equal(dir .. "/b.txt", entry.path)
    assert.equal("b.txt", entry.name)
    assert.equal("file", entry.type)
    assert.equal(5, entry.size)
    assert.equal("640", entry.permissions)
    assert.equal(stat.uid, entry["user-id"])
    assert.equal(stat.gid, entry["group-id"])
    assert.matches("^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%d[Z+-][%d:]*$",
      entry["last-modified"])
  end)

  it("types tell directories and links; only files have a size", function()
    local types = {}
    for _, entry in ipairs(list(dir)) do
      types[entry.name] = entry.type
      assert.equal(entry.type == "file", entry.size ~= nil)
    end
    assert.same({ ["a.txt"] = "file", ["b.txt"] = "file", link = "symlink",
      sub = "directory" }, types)
  end)

  it("a file's list is itself; a link's is what it leads to", function()
    assert.same({ "b.txt" }, names(list(dir .. "/b.txt")))
    local entry = list(dir .. "/link")[1]
    assert.equal("link", entry.name)
    assert.equal("file", entry.type)
  end)

  it("itself gives the directory in place of its entries", function()
    local entries = list(dir, "&itself=true")
    assert.same({ "list" }, names(entries))
    assert.equal("directory", entries[1].type)
  end)

  it("a pattern chooses among the entries", function()
    assert.same({ "a.txt", "b.txt" }, names(list(dir, "&pattern=*.txt")))
    assert.same({ "a.txt" }, names(list(dir, "&pattern=%5Ba%5D.t%3Ft")))
    assert.same({}, names(list(dir, "&pattern=nothing*")))
  end)

  it("an empty directory is an empty list", function()
    assert.is_true(json.is_array(list(dir .. "/sub")))
    assert.equal(0, #list(dir .. "/sub"))
  end)

  it("what is missing is 404 not-found for the whole call", function()
    local failure = pebble:refused(404, "[Nn]o such file", "GET",
      "/v1/files?action=list&path=" .. dir .. "/nothing")
    assert.equal("not-found", failure.kind)
  end)

  it("a relative path, a bad pattern, no path are refused", function()
    for _, query in ipairs { "path=a", "path=" .. dir .. "&pattern=%5B",
      "path=" } do
      pebble:refused(400, "", "GET", "/v1/files?action=list&" .. query)
    end
  end)

  it("another action is refused", function()
    pebble:refused(400, "invalid action", "GET", "/v1/files?action=x")
  end)
end)

describe("directories:", function()
  local pebble, path

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)
  before_each(function() path = pebble:path(pebble:name "dir") end)

  local function post(action, field, entries)
    return pebble:post("/v1/files",
      { action = action, [field] = json.array(entries) })
  end

  local function make(...)
    return post("make-dirs", "dirs", { ... })
  end

  local function remove(...)
    return post("remove", "paths", { ... })
  end

  it("one is made with 755, or as wanted, whatever the umask", function()
    assert.same({ { path = path } }, make { path = path })
    assert.equal(tonumber("755", 8), fs.stat(path).mode & 511)
    make { path = path .. "2", permissions = "777" }
    assert.equal(tonumber("777", 8), fs.stat(path .. "2").mode & 511)
  end)

  it("one that is there is an error, but not with make-parents", function()
    make { path = path }
    local report = make { path = path }
    assert.equal("generic-file-error", report[1].error.kind)
    report = make { path = path, ["make-parents"] = true, permissions = "700" }
    assert.is_nil(report[1].error)
    assert.equal(tonumber("755", 8), fs.stat(path).mode & 511)
  end)

  it("parents are made when asked, with the same permissions", function()
    local deep = path .. "/a"
    assert.equal("not-found", make { path = deep }[1].error.kind)
    assert.is_nil(make { path = deep, ["make-parents"] = true,
      permissions = "750" }[1].error)
    assert.equal(tonumber("750", 8), fs.stat(path).mode & 511)
    assert.equal(tonumber("750", 8), fs.stat(deep).mode & 511)
  end)

  it("several are made, each with its own report", function()
    local report = make({ path = path .. "/no" }, { path = path },
      { path = "relative" })
    assert.equal("not-found", report[1].error.kind)
    assert.same({ path = path }, report[2])
    assert.equal("generic-file-error", report[3].error.kind)
    assert.equal("directory", fs.stat(path).type)
  end)

  it("a file is removed, and an empty directory", function()
    assert(fs.write(path, "x"))
    assert.same({ { path = path } }, remove { path = path })
    assert.is_nil(fs.lstat(path))
    assert(fs.mkdir(path))
    assert.is_nil(remove({ path = path })[1].error)
    assert.is_nil(fs.lstat(path))
  end)

  it("what is missing is not-found, but not when recursive", function()
    assert.equal("not-found", remove({ path = path })[1].error.kind)
    assert.is_nil(remove({ path = path, recursive = true })[1].error)
  end)

  it("a full directory goes when recursive, alone; links are not followed",
    function()
      assert(fs.mkdirs(path .. "/a/b"))
      assert(fs.mkdir(path .. "-kept"))
      assert(fs.symlink(path .. "-kept", path .. "/a/link"))
      assert.equal("generic-file-error", remove({ path = path })[1].error.kind)
      assert.is_nil(remove({ path = path, recursive = true })[1].error)
      assert.is_nil(fs.lstat(path))
      assert.equal("directory", fs.stat(path .. "-kept").type)
    end)

  it("several are removed, each with its own report", function()
    assert(fs.mkdir(path))
    local report = remove({ path = path .. "no" }, { path = path },
      { path = "relative" })
    assert.equal("not-found", report[1].error.kind)
    assert.same({ path = path }, report[2])
    assert.equal("generic-file-error", report[3].error.kind)
  end)

  it("another action is refused", function()
    pebble:refused(400, "invalid action", "POST", "/v1/files",
      { action = "x" })
  end)
end)
