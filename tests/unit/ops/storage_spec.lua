-- SPDX-License-Identifier: Apache-2.0
local support = require "tests.support.charm"

local calls <const>, run <const>, refused <const> =
  support.calls, support.run, support.refused

local STATE <const> = { storages = {
  { name = "data", location = "/srv/0" },
  { name = "data", location = "/srv/1" },
  { name = "big-disk", index = 7, kind = "block" },
} }

describe("storage", function()
  it("is listed once, its place asked for when it is used", function()
    local ctx = run("start", function(self)
      local list = self.model.storages.data
      assert.equal(2, #list)
      assert.equal(list, self.model.storages.data)
      assert.same({ "data", 1, "data/1" },
        { list[2].name, list[2].index, list[2].full_id })
      assert.equal("/srv/1", list[2].location)
      assert.equal("/srv/1", list[2].location)
      assert.equal("<storage data/1>", tostring(list[2]))
    end, STATE)
    assert.same({ "storage-list --format=json data",
      "storage-get --format=json -s data/1" }, calls(ctx))
  end)

  it("is requested by name and number", function()
    local ctx = run("start", function(self)
      self.model.storages:request "data"
      self.model.storages:request("data", 2)
    end)
    assert.same({ "storage-add data=1", "storage-add data=2" }, calls(ctx))
    assert.same({ data = 3 }, ctx.requested_storages)
  end)

  it("must be declared, and asked for in whole numbers", function()
    local err = refused("unknown-storage", "start", function(self)
      return self.model.storages.dat
    end)
    assert.truthy(tostring(err):find("big-disk, data", 1, true))
    refused("unknown-storage", "start", function(self)
      self.model.storages:request("dat", 1)
    end)
    local ctx = support.context("start", function(self)
      self.model.storages:request("data", 0)
    end)
    assert.equal(1, (ctx:try "start"))
  end)

  it("comes and goes with events that know its place", function()
    for _, name in ipairs { "data_storage_attached",
      "data_storage_detaching" } do
      local ctx = run(name, function(self, event)
        assert.equal("data/1", event.storage.full_id)
        assert.equal("/srv/1", event.storage.location)
        assert.equal(event.storage, self.model:storage_by_id("data", 1))
      end, STATE, { storage = 1 })
      assert.same({}, calls(ctx))
    end
    run("big_disk_storage_attached", function(_, event)
      assert.equal("big-disk/7", event.storage.full_id)
    end, STATE)
  end)

  it("is known to a deferred event though Juju forgot its place", function()
    local seen
    local ctx = support.context("data_storage_detaching",
      function(_, event)
        seen = event.storage
        event:defer()
      end)
    local out = ctx:run("data_storage_detaching", STATE, { storage = 0 })
    ctx:run("update_status", { deferred = out.deferred })
    assert.equal("/srv/0", seen.location)
    assert.same({ "state-set --file -" }, calls(ctx))
  end)
end)
