-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local podspec = require "juju.podspec"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.podspec by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("sets by standard input, Juju's form or Kubernetes's own", function()
      agent:answer("k8s-spec-set", "")
      agent:answer("k8s-raw-set", "")
      assert.is_true(podspec.set "version: 3\n")
      assert.is_true(podspec.set("kind: Pod\n", { raw = true }))
      assert.same({
        { "k8s-spec-set", "--file", "-", stdin = "version: 3\n" },
        { "k8s-raw-set", "--file", "-", stdin = "kind: Pod\n" },
      }, agent:calls())
    end)

    it("reads what is set", function()
      agent:answer("k8s-spec-get", "version: 3\n")
      agent:answer("k8s-raw-get", "kind: Pod\n")
      assert.equal("version: 3\n", podspec.get())
      assert.equal("kind: Pod\n", podspec.get { raw = true })
    end)

    it("is unknown to Juju 4", function()
      local ok, err = podspec.set "x"
      assert.is_nil(ok)
      assert.equal("unknown-tool", err.data.reason)
    end)
  end)
end
