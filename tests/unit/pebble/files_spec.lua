-- SPDX-License-Identifier: Apache-2.0
-- Files and their contents against a real Pebble or the lab's supervisor.
local errors = require "std.error"
local files = require "pebble.files"
local fs = require "host.fs"
local pebble = require "tests.support.pebble"
local sys = require "host.sys"
local transfer = require "pebble.transfer"

local server, client, dir

local function start()
  server = pebble.start()
  client, dir = server.client, server.dir
end

local function pull(path)
  local parts = {}
  local ok, err = transfer.pull(client, path, function(data)
    parts[#parts + 1] = data
    return true
  end)
  return ok and table.concat(parts), err
end

local function fails(kind, ok, err)
  assert.is_falsy(ok)
  assert.is_true(errors.is(err, "pebble-path"), tostring(err))
  assert.equal(kind, err.data.kind)
  return err
end

describe("pebble.transfer", function()
  setup(start)
  teardown(function()
    server:stop()
  end)

  it("carries any bytes there and back", function()
    for i, content in ipairs {
      "", "text\n", "\0\r\n--\r\n\xff", ("0123456789abcdef"):rep(200000),
    } do
      local path = ("%s/f%d"):format(dir, i)
      assert(transfer.push(client, path, content))
      assert.is_true(pull(path) == content)
    end
  end)

  it("takes names that quote badly", function()
    local path = dir .. '/a "b" \\c é%41+'
    assert(transfer.push(client, path, "x"))
    assert.equal("x", assert(fs.read(path)))
    assert.equal("x", pull(path))
  end)

  it("refuses names that would break a line of the request", function()
    for _, bad in ipairs { "\r", "\n", "\0" } do
      local err = fails("bad-path", transfer.push_files(client,
        { { path = dir .. "/a" .. bad .. "X-Y: z", source = "" } }))
      assert.matches("line break", err.happened)
    end
  end)

  it("writes several files in one request, each for itself", function()
    assert(fs.write(dir .. "/from", "second"))
    local open <close> = assert(fs.open(dir .. "/from", "r"))
    local ok, err = transfer.push_files(client, {
      { path = dir .. "/m1", source = "first" },
      { path = dir .. "/none/m2", source = "lost" },
      { path = dir .. "/m3", source = open, permissions = "600" },
      { path = "relative", source = "" },
    })
    assert.is_nil(ok)
    assert.is_true(errors.is(err, "pebble-path"))
    assert.equal("not-found", err.data.kind)
    assert.equal(dir .. "/none/m2", err.data.path)
    assert.equal(2, #err.data.failed)
    assert.equal("relative", err.data.failed[2].path)
    assert.is_truthy(tostring(err):find("and 1 more", 1, true))
    assert.equal("first", fs.read(dir .. "/m1"))
    assert.equal("second", fs.read(dir .. "/m3"))
    assert.is_true(transfer.push_files(client, {}))
  end)

  it("reads several files in one request, each into its own", function()
    assert(fs.write(dir .. "/r1", "one"))
    assert(fs.write(dir .. "/r2", ""))
    local got = {}
    local function open(path)
      got[path] = ""
      return function(data)
        got[path] = got[path] .. data
        return true
      end
    end
    local paths = { dir .. "/r2", dir .. "/none", dir .. "/r1" }
    local ok, err = transfer.pull_files(client, paths, open)
    assert.is_nil(ok)
    assert.same({ { path = dir .. "/none", kind = "not-found",
      message = err.data.message } }, err.data.failed)
    assert.same({ [dir .. "/r1"] = "one", [dir .. "/r2"] = "" }, got)
    assert.is_true(transfer.pull_files(client, { paths[1] }, open))
  end)

  it("sends an open file", function()
    assert(fs.write(dir .. "/source", ("x"):rep(300000)))
    local file <close> = assert(fs.open(dir .. "/source", "r"))
    assert(transfer.push(client, dir .. "/target", file))
    assert.equal(300000, assert(fs.stat(dir .. "/target")).size)
  end)

  it("sets mode, owner and parents as told", function()
    local path = dir .. "/new/parent/file"
    fails("not-found", transfer.push(client, path, "x"))
    assert(transfer.push(client, path, "x", {
      make_dirs = true,
      permissions = "0640",
      user_id = sys.getuid(),
      group_id = sys.getgid(),
    }))
    local stat = assert(fs.stat(path))
    assert.equal(tonumber("640", 8), stat.mode & tonumber("777", 8))
    assert.equal(sys.getuid(), stat.uid)
  end)

  it("raises for permissions that are a number", function()
    for _, bad in ipairs { 644, "888", "rw-", "4755" } do
      assert.has_error(function()
        transfer.push(client, dir .. "/x", "x", { permissions = bad })
      end)
    end
  end)

  it("says which path failed, and how", function()
    local err = fails("not-found", pull(dir .. "/none"))
    assert.is_truthy(tostring(err):find("cannot read " .. dir .. "/none", 1,
      true))
    fails("generic-file-error", pull(dir))
    fails("generic-file-error", transfer.push(client, "relative", "x"))
  end)

  it("stops when the sink refuses", function()
    assert(transfer.push(client, dir .. "/big", ("x"):rep(1000000)))
    local ok, err = transfer.pull(client, dir .. "/big", function()
      return nil, "the disk is full"
    end)
    assert.is_nil(ok)
    assert.is_truthy(tostring(err):find("the disk is full", 1, true))
    assert(files.list(client, dir)) -- the connection still serves
  end)

  it("needs no more memory for a large file than for a small one", function()
    local file <close> = assert(fs.open(dir .. "/huge", "w"))
    for _ = 1, 32 do
      assert(file:write(("y"):rep(1 << 20)))
    end
    collectgarbage()
    local before, peak, size = collectgarbage "count", 0, 0
    assert(transfer.pull(client, dir .. "/huge", function(data)
      size = size + #data
      peak = math.max(peak, collectgarbage "count")
      return true
    end))
    assert.equal(32 << 20, size)
    -- Garbage not yet collected counts too; half the file is far from it all.
    assert.is_true(peak - before < 16 << 10, "KiB: " .. peak - before)
  end)
end)

describe("pebble.files", function()
  setup(start)
  teardown(function()
    server:stop()
  end)

  it("lists a directory, a pattern, the directory itself", function()
    assert(fs.mkdirs(dir .. "/list/sub"))
    assert(fs.write(dir .. "/list/a.txt", "12345"))
    assert(fs.symlink("a.txt", dir .. "/list/link"))
    local list = assert(files.list(client, dir .. "/list"))
    local seen = {}
    for i, info in ipairs(list) do
      seen[i] = info.name .. " " .. info.type
    end
    assert.same({ "a.txt file", "link symlink", "sub directory" }, seen)
    assert.equal(5, list[1].size)
    assert.equal(dir .. "/list/a.txt", list[1].path)
    assert.equal("600", list[1].permissions)
    assert.equal(1,
      #assert(files.list(client, dir .. "/list", { pattern = "*.txt" })))
    local itself = assert(files.list(client, dir .. "/list",
      { itself = true }))
    assert.same({ "list", "directory" }, { itself[1].name, itself[1].type })
    fails("not-found", files.list(client, dir .. "/none"))
  end)

  it("makes directories", function()
    local path = dir .. "/d/e"
    fails("not-found", files.make_dir(client, path))
    assert(files.make_dir(client, path,
      { make_parents = true, permissions = "700" }))
    assert.equal("directory", assert(fs.stat(path)).type)
    fails("generic-file-error", files.make_dir(client, path))
    assert(files.make_dir(client, path, { make_parents = true }))
  end)

  it("removes files and trees", function()
    assert(fs.mkdirs(dir .. "/r/s"))
    fails("generic-file-error", files.remove(client, dir .. "/r"))
    assert(files.remove(client, dir .. "/r", { recursive = true }))
    assert.is_nil(fs.lstat(dir .. "/r"))
    fails("not-found", files.remove(client, dir .. "/r"))
    assert(files.remove(client, dir .. "/r", { recursive = true }))
  end)

  it("makes and removes several in one call", function()
    local base = dir .. "/several"
    local ok, err = files.make_dirs(client, {
      base, { path = base .. "/a/b", make_parents = true },
      base .. "/none/c",
    })
    assert.is_nil(ok)
    assert.equal(base .. "/none/c", err.data.path)
    assert.equal("directory", fs.stat(base .. "/a/b").type)
    ok, err = files.remove_paths(client, {
      base .. "/none", { path = base, recursive = true },
    })
    assert.is_nil(ok)
    assert.equal(1, #err.data.failed)
    assert.is_nil(fs.stat(base))
    assert.is_true(files.remove_paths(client, {}))
  end)
end)
