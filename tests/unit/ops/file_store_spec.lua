-- SPDX-License-Identifier: Apache-2.0
local file_store = require "ops.file_store"
local fs = require "host.fs"

describe("the state's file", function()
  local dir, path

  before_each(function()
    dir = assert(fs.mkdtemp "/tmp/file-store-spec-")
    path = dir .. "/.charmhost-state.json"
  end)

  after_each(function()
    assert(fs.remove_all(dir))
  end)

  it("is written at commit, for its owner alone", function()
    local store = file_store.new(dir)
    store:set("a", "1")
    assert.is_nil(fs.lstat(path))
    store:commit()
    assert.equal(tonumber("600", 8), assert(fs.stat(path)).mode)
    assert.equal("1", file_store.new(dir):get "a")
  end)

  it("is not touched by what is as it was", function()
    local store = file_store.new(dir)
    assert.is_nil(store:get "a")
    store:set("a", nil)
    store:commit()
    assert.is_nil(fs.lstat(path))
  end)

  it("is named when it is damaged or can't be written", function()
    assert(fs.write(path, "{"))
    local ok, err = pcall(function() return file_store.new(dir):get "a" end)
    assert.is_false(ok)
    assert.equal("state-file", err.kind)
    assert.truthy(tostring(err):find(path, 1, true))
    local store = file_store.new(dir .. "/none")
    store:set("a", "1")
    ok, err = pcall(store.commit, store)
    assert.is_false(ok)
    assert.equal("state-file", err.kind)
  end)
end)
