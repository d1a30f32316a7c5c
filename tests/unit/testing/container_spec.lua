-- SPDX-License-Identifier: Apache-2.0
local errors = require "std.error"
local ops = require "ops"
local testing = require "testing"

local LAYER <const> = {
  summary = "s",
  services = {
    temporal = { override = "replace", command = "run", startup = "enabled" },
  },
}

-- Runs `handler(container)` on a container in this state.
local function run(handler, container)
  local class = ops.charm "try"
  function class:init()
    self:observe(self.on.start, self.on_start)
  end
  function class:on_start()
    handler(self.unit:get_container "temporal")
  end
  local ctx = testing.context {
    charm = class,
    metadata = { name = "try", containers = { temporal = {} } },
  }
  container = container or {}
  container.name = "temporal"
  if container.can_connect == nil then
    container.can_connect = true
  end
  local out = ctx:run("start", { containers = { container } })
  return out:get_container "temporal", ctx.container_calls.temporal
end

local function kind_of(call, ...)
  local ok, err = pcall(call, ...)
  return not ok and errors.is(err) and err.kind or ok
end

describe("a container of a spec", function()
  it("can't be reached unless the state says so", function()
    run(function(container)
      assert.is_false(container:can_connect())
      assert.equal("pebble-connection",
        kind_of(container.replan, container))
    end, { can_connect = false })
  end)

  it("starts what is enabled at replan, and anew what differs", function()
    local out, calls = run(function(container)
      container:add_layer("temporal", LAYER, { combine = true })
      assert.equal("run", container:get_plan().services.temporal.command)
      assert.is_false(container:get_service("temporal"):is_running())
      container:replan()
      container:replan()
      assert.is_true(container:get_service("temporal"):is_running())
      container:stop "temporal"
    end)
    assert.equal("inactive", out.services.temporal)
    local started = 0
    for _, call in ipairs(calls) do
      started = started + (call[1] == "started" and 1 or 0)
    end
    assert.equal(1, started)
  end)

  it("ensures a layer with nothing done when it is so already", function()
    local out = run(function(container)
      assert.is_false(container:is_ensured("temporal", LAYER))
      assert.is_true(container:ensure("temporal", LAYER))
      assert.is_false(container:ensure("temporal", LAYER))
      assert.is_true(container:is_ensured("temporal", LAYER))
      container:stop "temporal"
      assert.is_false(container:is_ensured("temporal", LAYER))
      assert.is_true(container:ensure("temporal", LAYER))
    end)
    assert.equal("active", out.services.temporal)
    assert.equal("temporal", out.layers[1].label)
  end)

  it("refuses layers and services as Pebble does", function()
    run(function(container)
      assert.equal("pebble-api", kind_of(container.add_layer, container, "x",
        { services = { a = { command = "x" } } }))
      container:add_layer("x", LAYER)
      assert.equal("pebble-api",
        kind_of(container.add_layer, container, "x", LAYER))
      assert.equal("pebble-api", kind_of(container.restart, container, "no"))
      assert.equal("pebble-unknown",
        kind_of(container.get_service, container, "no"))
    end)
  end)

  it("has real files, in and out", function()
    local out = run(function(container)
      assert.equal("old", container:pull "/etc/old")
      assert.is_true(container:exists "/etc/old")
      assert.is_false(container:exists "/etc/new")
      assert.equal("pebble-path",
        kind_of(container.push, container, "/no/where", "x"))
      container:push("/data/new", "text",
        { make_dirs = true, permissions = "600" })
      container:make_dir "/data/more"
      assert.is_true(container:isdir "/data/more")
      local names = {}
      for i, info in ipairs(container:list_files "/data") do
        names[i] = info.name .. " " .. info.type
      end
      assert.same({ "more directory", "new file" }, names)
      assert.equal("600", container:list_files("/data/new")[1].permissions)
      assert.equal(1, #container:list_files("/data", { pattern = "n*" }))
      container:remove_path "/etc/old"
      assert.equal("pebble-path",
        kind_of(container.remove_path, container, "/etc/old"))
      container:remove_path("/data/more", { recursive = true })
      assert.equal("pebble-path", kind_of(container.pull, container, "/x"))
    end, { files = { ["/etc/old"] = "old" } })
    assert.same({ ["/data/new"] = "text" }, out.files)
    assert.equal("600", out.permissions["/data/new"])
  end)

  it("answers commands as the state says", function()
    local _, calls = run(function(container)
      local stdout, stderr = container:exec({ "sql", "--version" })
        :wait_output()
      assert.equal("1.17.4\n", stdout)
      assert.equal("", stderr)
      local ok, err = pcall(function()
        container:exec({ "sql", "setup" }, { stdin = "secret" }):wait_output()
      end)
      assert.is_false(ok)
      assert.equal("pebble-exec", err.kind)
      assert.equal(3, err.data.exit_code)
      assert.equal("no such table", err.data.stderr)
      assert.equal("pebble-api",
        kind_of(container.exec, container, { "other" }))
    end, { execs = {
      { command_prefix = { "sql", "--version" }, stdout = "1.17.4\n" },
      {
        command_prefix = { "sql" },
        handler = function(argv, _, stdin)
          assert.equal("setup", argv[2])
          assert.equal("secret", stdin)
          return 3, "", "no such table"
        end,
      },
    } })
    assert.equal("exec", calls[1][1])
    assert.same({ "sql", "--version" }, calls[1][2])
  end)

  it("has the checks of its plan, as the state says they are", function()
    local function check(level)
      return { override = "replace", level = level, threshold = 5,
        exec = { command = "true" } }
    end
    local out = run(function(container)
      local checks = container:get_checks()
      assert.same({ "up", 0, 5 }, { checks.a.status, checks.a.failures,
        checks.a.threshold })
      assert.same({ "down", 5 }, { checks.b.status, checks.b.failures })
      assert.equal("down", container:get_check("b").status)
      assert.is_nil(container:get_checks({ level = "alive" }).b)
      assert.same({ "a" }, container:stop_checks("a"))
      assert.same({}, container:stop_checks("a"))
      assert.equal("inactive", container:get_check("a").status)
      assert.same({ "a" }, container:start_checks("a", "b"))
      assert.equal("pebble-unknown", kind_of(container.get_check, container,
        "c"))
      assert.equal("pebble-api", kind_of(container.stop_checks, container,
        "c"))
    end, { checks = { b = "down" }, layers = { { label = "l", layer = {
      checks = { a = check "alive", b = check "ready" } } } } })
    assert.equal("up", out.checks.a.status)
  end)

  it("has notices, and records new ones", function()
    local out = run(function(container)
      assert.equal("v", container:get_notice("7")["last-data"].k)
      assert.equal("8", container:notify("example.com/b",
        { data = { a = "b" } }))
      assert.equal("8", container:notify "example.com/b")
      assert.equal(2, #container:get_notices())
      assert.equal("pebble-api", kind_of(container.get_notice, container,
        "9"))
    end, { notices = { { id = "7", key = "example.com/a",
      last_data = { k = "v" } } } })
    assert.equal(2, out.notices[2].occurrences)
  end)

  it("may be told to fail", function()
    run(function(container)
      assert.equal("pebble-change", kind_of(container.replan, container))
    end, { fails = { replan = "cannot start service" } })
  end)
end)
