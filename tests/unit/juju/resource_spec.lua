-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local resource = require "juju.resource"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.resource by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("gives the file's path", function()
      agent:answer("resource-get", "/var/lib/juju/resources/water/water.txt")
      assert.equal("/var/lib/juju/resources/water/water.txt",
        resource.get "water")
      assert.same({ { "resource-get", "water" } }, agent:calls())
    end)

    it("says what could not be had", function()
      agent:answer("resource-get",
        { code = 1, stderr = "ERROR could not download resource: gone\n" })
      local path, err = resource.get "water"
      assert.is_nil(path)
      assert.equal("cannot get the resource water: could not download resource: "
        .. "gone", tostring(err))
    end)
  end)
end
