-- SPDX-License-Identifier: Apache-2.0
-- What ops.Container can ask of its Pebble besides services and files.
local container = require "ops.container"
local container_daemon = require "ops.container_daemon"
local errors = require "std.error"
local fake_container = require "testing.container"
local fs = require "host.fs"
local null = require "std.null"
local pebble = require "tests.support.pebble"

describe("ops.Container, as to its Pebble,", function()
  local server, workload, name

  setup(function()
    server = pebble.start()
    workload = container.new { name = "wl", socket = server.socket }
  end)
  teardown(function()
    workload.pebble:close()
    server:stop()
  end)
  before_each(function() name = server:name "x" end)

  it("has every method of the module", function()
    for method in pairs(container_daemon) do
      assert.equal("function", type(workload[method]), method)
    end
  end)

  it("tells version and health", function()
    assert.matches("%d+%.%d+", workload:get_system_info().version)
    assert.is_true(workload:is_healthy { names = { "nobody" } })
  end)

  it("reads and follows logs", function()
    workload:add_layer(name, { services = { [name] = {
      override = "replace",
      command = "sh -c 'echo first; while sleep 0.1; do echo more; done'",
    } } })
    workload:start(name)
    assert.equal("first",
      workload:get_logs { services = { name }, count = -1 }[1].message)
    local seen
    assert.is_true(workload:follow_logs({ services = { name } },
      function(entry)
        seen = entry.message
        return true
      end))
    assert.equal("more", seen)
    workload:stop(name)
    assert.is_false(workload:follow_logs(
      { services = { name }, timeout = 0.2 }, function() end))
  end)

  it("waits for notices", function()
    local key = "example.com/" .. name
    assert.same({}, workload:wait_notices({ keys = { key } }, 0.1))
    workload:notify(key)
    assert.equal(key, workload:wait_notices { keys = { key } }[1].key)
  end)

  it("runs a check now", function()
    workload:add_layer(name, { checks = { [name] = { override = "replace",
      startup = "disabled", exec = { command = "false" } } } })
    local info, failure = workload:refresh_check(name)
    assert.equal(name, info.name)
    assert.matches("exit status 1", failure)
    local ok, err = pcall(workload.refresh_check, workload, "nobody")
    assert.is_false(ok)
    assert.is_true(errors.is(err, "pebble-api"))
  end)

  it("sets identities", function()
    local bob = { access = "read", ["local"] = { ["user-id"] = 765432 } }
    workload:add_identities { [name] = bob }
    assert.same(bob, workload:get_identities()[name])
    bob.access = "metrics"
    workload:update_identities { [name] = bob }
    workload:replace_identities { [name] = bob, [name .. "2"] = null }
    assert.equal("metrics", workload:get_identities()[name].access)
    workload:remove_identities(name)
    assert.is_nil(workload:get_identities()[name])
  end)

  it("takes several files and folders at once", function()
    local dir = server.dir .. "/" .. name
    workload:make_dirs { dir, dir .. "/a" }
    workload:push_files {
      { path = dir .. "/a/1", source = "one" },
      { path = dir .. "/a/2", source = "", permissions = "600" },
    }
    assert.same({ [dir .. "/a/1"] = "one", [dir .. "/a/2"] = "" },
      workload:pull_files { dir .. "/a/2", dir .. "/a/1" })
    workload:remove_paths { { path = dir, recursive = true } }
    assert.is_nil(fs.stat(dir))
  end)

  it("is not there in a spec's container, which says so", function()
    local made = fake_container.new { history = {},
      state = { name = "wl", can_connect = true } }
    local ok, err = pcall(made.get_logs, made)
    assert.is_false(ok)
    assert.matches("has no get_logs", err)
    made.get_logs = function() return {} end
    assert.same({}, made:get_logs())
    fake_container.close(made)
  end)
end)
