-- SPDX-License-Identifier: Apache-2.0
-- Container:ensure: what it sends to Pebble, and what it does not.
local container = require "ops.container"
local fs = require "host.fs"
local pebble = require "tests.support.pebble"

describe("ops.ensure", function()
  local server, workload, calls, name, label

  setup(function()
    server = pebble.start()
  end)
  teardown(function()
    server:stop()
  end)

  before_each(function()
    workload = container.new {
      name = "wl",
      socket = server.socket,
      charm_dir = server.dir,
    }
    name, label = server:name "srv", server:name "layer"
    calls = {}
    local call = workload.pebble.call
    workload.pebble.call = function(self, method, request)
      calls[#calls + 1] = method .. " " .. request.path:gsub("/%d+/", "/N/")
      return call(self, method, request)
    end
  end)
  after_each(function()
    workload:stop(name)
  end)

  local function layer(word)
    return { services = { [name] = {
      override = "replace",
      command = "sleep 1000",
      startup = "enabled",
      environment = { WORD = word },
    } } }
  end

  local function ensure(word)
    calls = {}
    return workload:ensure(label, layer(word))
  end

  local ADD <const> = {
    "GET /v1/plan", "POST /v1/layers", "POST /v1/services",
    "GET /v1/changes/N/wait",
  }
  local LOOK <const> = { "GET /v1/plan", "GET /v1/services" }

  it("adds and replans once, then only looks", function()
    assert.is_true(ensure "a")
    assert.same(ADD, calls)
    assert.is_true(workload:get_service(name):is_running())
    assert.is_false(ensure "a")
    assert.same(LOOK, calls)
    assert.is_true(ensure "b")
    assert.same(ADD, calls)
    assert.equal("b",
      workload:get_plan().services[name].environment.WORD)
  end)

  it("starts a service that was stopped", function()
    ensure "a"
    workload:stop(name)
    assert.is_true(ensure "a")
    assert.is_true(workload:get_service(name):is_running())
  end)

  it("takes YAML", function()
    local text = ("services: {%s: {override: replace, command: sleep 1000}}")
      :format(name)
    assert.is_true(workload:ensure(label, text))
    assert.is_false(workload:ensure(label, text))
    assert.has_error(function() workload:ensure(label, "- 1") end)
  end)

  it("finishes what a killed dispatch began", function()
    ensure "a"
    -- as if the process had died between the layer and the replan
    workload:add_layer(label, layer "b", { combine = true })
    assert(fs.write(server.dir .. "/.replan-wl", label))
    assert.is_true(ensure "b")
    assert.same({ "GET /v1/plan", "POST /v1/services",
      "GET /v1/changes/N/wait" }, calls)
    assert.is_nil(fs.lstat(server.dir .. "/.replan-wl"))
    assert.is_false(ensure "b")
  end)

  it("leaves the mark when the replan fails", function()
    local broken = layer "a"
    broken.services[name].command = "/none"
    assert.has_error(function() workload:ensure(label, broken) end)
    assert.is_truthy(fs.lstat(server.dir .. "/.replan-wl"))
    assert.is_true(ensure "a")
    assert.is_nil(fs.lstat(server.dir .. "/.replan-wl"))
  end)
end)
