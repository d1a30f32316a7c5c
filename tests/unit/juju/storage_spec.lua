-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local storage = require "juju.storage"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.storage by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("lists what is attached, of one name or of all", function()
      agent:answer("storage-list", '["data/0","data/1"]\n')
      agent:answer("storage-list", "null\n")
      assert.same({ "data/0", "data/1" }, storage.list "data")
      assert.same({}, storage.list())
      assert.same({
        { "storage-list", "--format=json", "data" },
        { "storage-list", "--format=json" },
      }, agent:calls())
    end)

    it("finds kind and location", function()
      agent:answer("storage-get",
        '{"kind":"filesystem","location":"/srv/data"}\n')
      assert.same({ kind = "filesystem", location = "/srv/data" },
        storage.get "data/0")
      assert.same({ { "storage-get", "--format=json", "-s", "data/0" } },
        agent:calls())
    end)

    it("asks for more", function()
      agent:answer("storage-add", "")
      assert.is_true(storage.add "data")
      assert.is_true(storage.add("data", 2))
      assert.same({ { "storage-add", "data=1" }, { "storage-add", "data=2" } },
        agent:calls())
    end)

    it("tells what there is not", function()
      agent:answer("storage-get", { code = 1,
        stderr = 'ERROR invalid value "data/9" for option -s: storage not '
          .. "found\n" })
      local found, err = storage.get "data/9"
      assert.is_nil(found)
      assert.equal("not-found", err.data.reason)
    end)
  end)
end
