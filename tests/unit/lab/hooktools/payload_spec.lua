-- SPDX-License-Identifier: Apache-2.0
-- Payloads, which Juju had until version 3.
local fs = require "host.fs"
local hooktools = require "lab.hooktools"
local lab = require "tests.support.lab_model"

local CONFIG <const> = { kind = "config-changed", name = "config-changed" }

-- A run of client/0, and a function that calls tools in it.
local function run(hook, model)
  model = model or lab.related()
  local context = lab.context(model, "client/0", hook or CONFIG)
  local function call(command, ...)
    local args <const> = { ... }
    local stdin
    if type(args[#args]) == "table" then
      stdin = table.remove(args).stdin
    end
    return hooktools.run(context, {
      command = command, args = args, dir = "/charm",
      stdin_set = stdin ~= nil, stdin = stdin or "",
    })
  end
  return call, context, model
end

local function out(result)
  assert.same({ 0, nil }, { result.code, result.stderr })
  return result.stdout or ""
end

local function fails(code, message, result)
  assert.same({ code = code, stderr = "ERROR " .. message .. "\n" }, result)
end

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
