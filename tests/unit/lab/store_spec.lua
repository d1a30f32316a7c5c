-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local lab = require "tests.support.lab_model"
local order = require "lab.order"
local store = require "lab.store"

describe("store", function()
  local folder

  before_each(function()
    folder = assert(fs.mkdtemp("/tmp/store-spec-"))
  end)

  after_each(function()
    assert(fs.remove_all(folder))
  end)

  it("gives back a model that goes on where it was", function()
    local model = lab.related()
    assert(store.save_model(folder, model))
    local again = assert(store.model(folder))
    assert.same(model, again)
    local seen <const> = { now = 0, boots = {}, update_status = true }
    for name, unit in pairs(again.units) do
      assert.equal("update-status", order.next(again, unit, seen).name, name)
    end
  end)

  it("keeps files to their owner, and leaves no half-written one", function()
    assert(store.save_model(folder, lab.model()))
    assert.same({ "model.json" }, fs.list(folder))
    assert.equal(tonumber("600", 8),
      fs.stat(folder .. "/model.json").mode & tonumber("777", 8))
  end)

  it("says that there is none, or that it cannot be read", function()
    local _, _, code = store.controller(folder)
    assert.equal("ENOENT", code)
    assert(fs.write(folder .. "/controller.json", "{"))
    local _, message = store.controller(folder)
    assert.matches("cannot read .*controller.json", message)
  end)
end)
