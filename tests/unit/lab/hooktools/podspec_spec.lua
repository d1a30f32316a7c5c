-- SPDX-License-Identifier: Apache-2.0
-- Pod specs and metrics: kept and given back, or refused.
local hooktool_run = require "tests.support.hooktool_run"
local hooktools = require "lab.hooktools"
local server = require "lab.hooktools.server"

local CONFIG <const> = hooktool_run.CONFIG

local run <const> = hooktool_run.runner(hooktool_run.CONFIG)
local out <const>, fails <const> = hooktool_run.out, hooktool_run.fails

describe("the tools for pods without sidecars", function()
  it("keep what the leader sets, with the commit", function()
    local call, context, model = run()
    fails(1, "k8s spec for application client not found", call("k8s-spec-get"))
    local _, text = call("k8s-spec-set")
    assert.equal(server.STDIN_REQUIRED, text)
    fails(1, "no k8s raw spec specified: pipe k8s raw spec to command, or "
      .. "specify a file with --file", call("k8s-raw-set", { stdin = "" }))
    out(call("k8s-spec-set", { stdin = "version: 3\n" }))
    assert(context:commit())
    call = run(CONFIG, model)
    assert.equal("version: 3\n", out(call("pod-spec-get")))
    model.applications.client.leader = "client/1"
    call, context = run(CONFIG, model)
    fails(1, "this unit is not the leader",
      call("k8s-spec-set", { stdin = "x: 1\n" }))
    assert.equal('ERROR "client/0" is not the leader but is setting '
      .. "application k8s spec", context.lines[1])
  end)

  it("go with Juju 4, and metrics before 3.6", function()
    for _, name in ipairs {
      "k8s-raw-get", "k8s-raw-set", "k8s-spec-get", "k8s-spec-set",
      "leader-get", "leader-set", "payload-register", "payload-status-set",
      "payload-unregister", "pod-spec-get", "pod-spec-set",
    } do
      assert.is_true(hooktools.knows(name, "3.6.26"), name)
      assert.is_false(hooktools.knows(name, "4.0.14"), name)
    end
    assert.equal(49, #hooktools.names("3.6.26"))
    assert.equal(38, #hooktools.names("4.1.0"))
    local call, context = run()
    context.version = "2.9.52"
    fails(2, "no metrics specified", call("add-metric"))
    fails(1, "cannot record metric: metrics disabled",
      call("add-metric", "a=1"))
    assert.is_false(hooktools.knows("add-metric", "3.6.26"))
  end)
end)
