-- SPDX-License-Identifier: Apache-2.0
-- Payloads, which Juju had until version 3.
local fs = require "host.fs"
local hooktool_run = require "tests.support.hooktool_run"

local run <const> = hooktool_run.runner(hooktool_run.CONFIG)
local out <const>, fails <const> = hooktool_run.out, hooktool_run.fails

describe("payload tools", function()
  it("write at once, for the classes of metadata.yaml", function()
    local call, context, model = run()
    local dir <const> = assert(fs.mkdtemp("/tmp/payload-spec-"))
    assert(fs.write(dir .. "/metadata.yaml",
      "payloads: {web: {type: docker}}\n"))
    context.host_path = function(path) return dir .. path:match("/[^/]*$") end
    fails(2, "missing required arguments", call("payload-register", "docker"))
    fails(1, 'payload "db" not found in metadata.yaml',
      call("payload-register", "docker", "db", "x"))
    fails(1, 'incorrect type "kvm" for payload "web", expected "docker"',
      call("payload-register", "kvm", "web", "x"))
    out(call("payload-register", "docker", "web", "x", "a", "b"))
    assert(fs.remove_all(dir))
    assert.same({ class = "web", type = "docker", id = "x",
      status = "running", labels = "a b" },
      model.units["client/0"].payloads["web/x"])
    out(call("payload-status-set", "web", "x", "stopping"))
    assert.equal("stopping", model.units["client/0"].payloads["web/x"].status)
    fails(1, 'status "ill" not supported; expected one of ["running", '
      .. '"starting", "stopped", "stopping"]',
      call("payload-status-set", "web", "x", "ill"))
    fails(1, 'payload "web/y" not found',
      call("payload-status-set", "web", "y", "running"))
    out(call("payload-unregister", "web", "x"))
    assert.same({}, model.units["client/0"].payloads)
    assert.equal(3, context.saves)
  end)
end)
