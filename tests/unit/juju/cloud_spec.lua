-- SPDX-License-Identifier: Apache-2.0
local cloud = require "juju.cloud"
local hooktools = require "tests.support.hooktools"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.cloud by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("reads the cloud and its credential", function()
      agent:answer("credential-get", '{"type":"lxd","name":"localhost",'
        .. '"region":"here","endpoint":"https://10.0.0.1:8443",'
        .. '"identity-endpoint":"","credential":{"auth-type":"certificate",'
        .. '"attrs":{"client-key":"k"},"redacted":["foo"]},'
        .. '"cacertificates":["c"],"skip-tls-verify":true}\n')
      assert.same({
        type = "lxd", name = "localhost", region = "here",
        endpoint = "https://10.0.0.1:8443",
        credential = {
          auth_type = "certificate",
          attributes = { ["client-key"] = "k" },
          redacted = { "foo" },
        },
        ca_certificates = { "c" },
        skip_tls_verify = true,
        is_controller_cloud = false,
      }, cloud.spec())
      assert.same({ { "credential-get", "--format=json" } }, agent:calls())
    end)

    it("does without what the cloud has not", function()
      agent:answer("credential-get", '{"type":"kubernetes","name":"k8s"}\n')
      local spec = cloud.spec()
      assert.equal("kubernetes", spec.type)
      assert.is_nil(spec.credential)
      assert.same({}, spec.ca_certificates)
    end)

    it("tells a charm that is not trusted", function()
      agent:answer("credential-get", { code = 1, stderr =
        "ERROR cannot access cloud credentials: permission denied\n" })
      local spec, err = cloud.spec()
      assert.is_nil(spec)
      assert.equal("permission", err.data.reason)
      assert.equal("cannot read the cloud's specification: cannot access "
        .. "cloud credentials: permission denied", tostring(err))
    end)
  end)
end
