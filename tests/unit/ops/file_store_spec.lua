-- SPDX-License-Identifier: Apache-2.0
local file_store = require "ops.file_store"
local fs = require "host.fs"

-- The unit's store: `kept` is what Juju has committed.
local function juju_store()
  return {
    kept = {},
    set_now = {},
    get = function(self, key)
      return self.kept[key]
    end,
    set = function(self, key, value)
      self.set_now[key] = value
    end,
    commit = function(self)
      for key, value in pairs(self.set_now) do
        self.kept[key] = value
      end
    end,
  }
end

describe("the state's file", function()
  local dir, path, juju

  before_each(function()
    juju = juju_store()
    dir = assert(fs.mkdtemp "/tmp/file-store-spec-")
    path = dir .. "/.charmhost-state.json"
  end)

  after_each(function()
    assert(fs.remove_all(dir))
  end)

  it("is written at commit, for its owner alone", function()
    local store = file_store.new(dir, juju)
    store:set("a", "1")
    assert.is_nil(fs.lstat(path))
    store:commit()
    assert.equal(tonumber("600", 8), assert(fs.stat(path)).mode)
    juju:commit()
    assert.equal("1", file_store.new(dir, juju):get "a")
  end)

  it("counts for nothing when Juju dropped the hook", function()
    local store = file_store.new(dir, juju)
    store:set("a", "1")
    store:commit()
    assert.is_nil(file_store.new(dir, juju):get "a")
    juju:commit()
    for _ = 1, 2 do
      store = file_store.new(dir, juju)
      assert.same({ a = "1" }, store:values())
      store:set("a", "2")
      store:set("b", "2")
      store:commit()
    end
    assert.same({ a = "1" }, file_store.new(dir, juju):values())
    juju:commit()
    assert.same({ a = "2", b = "2" }, file_store.new(dir, juju):values())
  end)

  it("is empty in a new pod, whatever mark Juju has kept", function()
    local store = file_store.new(dir, juju)
    store:set("a", "1")
    store:commit()
    juju:commit()
    assert(fs.remove(path))
    store = file_store.new(dir, juju)
    assert.same({}, store:values())
    store:set("a", "1")
    store:commit()
    assert.same({}, file_store.new(dir, juju):values())
  end)

  it("is not touched by what is as it was", function()
    local store = file_store.new(dir, juju)
    assert.is_nil(store:get "a")
    store:set("a", nil)
    store:commit()
    assert.is_nil(fs.lstat(path))
  end)

  it("is named when it is damaged or can't be written", function()
    assert(fs.write(path, "{"))
    local ok, err = pcall(function() return file_store.new(dir, juju):get "a" end)
    assert.is_false(ok)
    assert.equal("state-file", err.kind)
    assert.truthy(tostring(err):find(path, 1, true))
    local store = file_store.new(dir .. "/none", juju)
    store:set("a", "1")
    ok, err = pcall(store.commit, store)
    assert.is_false(ok)
    assert.equal("state-file", err.kind)
  end)
end)
