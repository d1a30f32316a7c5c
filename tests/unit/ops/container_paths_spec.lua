-- SPDX-License-Identifier: Apache-2.0
-- push_path and pull_path over a real Pebble, and over a container of a spec.
local container = require "ops.container"
local errors = require "std.error"
local fake_container = require "testing.container"
local fs = require "host.fs"
local pebble = require "tests.support.pebble"

local function write(path, text)
  assert(fs.mkdirs(path:match "^(.*)/"))
  assert(fs.write(path, text))
end

-- path -> text of every file below; "" for an empty folder.
local function tree(folder, below, found)
  found = found or {}
  local names = assert(fs.list(folder))
  if #names == 0 and below then
    found[below .. "/"] = ""
  end
  for _, name in ipairs(names) do
    local path = folder .. "/" .. name
    local shown = below and below .. "/" .. name or name
    if assert(fs.lstat(path)).type == "directory" then
      tree(path, shown, found)
    else
      found[shown] = assert(fs.read(path))
    end
  end
  return found
end

-- How each kind of container is made, and what its root is here.
local KINDS <const> = {
  ["by Pebble"] = function()
    local server = pebble.start()
    local remote = server.dir .. "/remote"
    return container.new { name = "wl", socket = server.socket }, remote,
      remote, function() server:stop() end
  end,
  ["of a spec"] = function()
    local made = fake_container.new { history = {},
      state = { name = "wl", can_connect = true } }
    return made, "/remote", made.root .. "/remote", function()
      fake_container.close(made)
    end
  end,
}

for kind, make in pairs(KINDS) do
  describe("folders in a container " .. kind, function()
    local workload, remote, seen, stop, dir

    before_each(function()
      dir = assert(fs.mkdtemp "/tmp/paths-spec-")
      workload, remote, seen, stop = make()
      write(dir .. "/foo/bar/baz.txt", "baz")
      write(dir .. "/foo/foobar.txt", "foobar")
      write(dir .. "/quux.txt", "quux")
      assert(fs.mkdirs(dir .. "/foo/empty"))
      assert(fs.symlink("quux.txt", dir .. "/foo/link"))
    end)
    after_each(function()
      stop()
      assert(fs.remove_all(dir))
    end)

    it("are pushed whole, without what is neither file nor folder", function()
      workload:push_path(dir .. "/foo", remote)
      assert.same({ ["foo/bar/baz.txt"] = "baz",
        ["foo/foobar.txt"] = "foobar", ["foo/empty/"] = "" }, tree(seen))
    end)

    it("are pushed by contents, or one file, or several", function()
      workload:push_path(dir .. "/foo/*", remote)
      assert.same({ ["bar/baz.txt"] = "baz", ["foobar.txt"] = "foobar",
        ["empty/"] = "" }, tree(seen))
      workload:push_path({ dir .. "/foo/bar/", dir .. "/quux.txt" },
        remote .. "/x")
      assert.same({ ["bar/baz.txt"] = "baz", ["quux.txt"] = "quux" },
        tree(seen .. "/x"))
    end)

    it("are pushed with their modes", function()
      assert(fs.chmod(dir .. "/quux.txt", tonumber("640", 8)))
      workload:push_path(dir .. "/quux.txt", remote)
      assert.equal(tonumber("640", 8),
        fs.stat(seen .. "/quux.txt").mode & 511)
    end)

    it("are pulled by the same rules", function()
      workload:push_path({ dir .. "/foo", dir .. "/quux.txt" }, remote)
      workload:pull_path(remote .. "/foo", dir .. "/a")
      assert.same({ ["foo/bar/baz.txt"] = "baz",
        ["foo/foobar.txt"] = "foobar", ["foo/empty/"] = "" },
        tree(dir .. "/a"))
      workload:pull_path(remote .. "/foo/*", dir .. "/b")
      assert.same({ ["bar/baz.txt"] = "baz", ["foobar.txt"] = "foobar",
        ["empty/"] = "" }, tree(dir .. "/b"))
      workload:pull_path({ remote .. "/quux.txt", remote .. "/foo/bar" },
        dir .. "/c")
      assert.same({ ["bar/baz.txt"] = "baz", ["quux.txt"] = "quux" },
        tree(dir .. "/c"))
    end)

    it("tell at the end all that failed, the rest done", function()
      local ok, err = pcall(workload.push_path, workload,
        { dir .. "/none", dir .. "/quux.txt", dir .. "/nothing" }, remote)
      assert.is_false(ok)
      assert.is_true(errors.is(err, "multi-push-pull"))
      assert.same({ dir .. "/none", dir .. "/nothing" },
        { err.data.errors[1].path, err.data.errors[2].path })
      assert.truthy(tostring(err):find("2 failed; the first, " .. dir
        .. "/none: ", 1, true))
      assert.same({ ["quux.txt"] = "quux" }, tree(seen))
      ok, err = pcall(workload.pull_path, workload,
        { remote .. "/none", remote .. "/quux.txt" }, dir .. "/d")
      assert.is_false(ok)
      assert.is_true(errors.is(err.data.errors[1].error, "pebble-path"))
      assert.same({ ["quux.txt"] = "quux" }, tree(dir .. "/d"))
    end)
  end)
end
