-- SPDX-License-Identifier: Apache-2.0
local support = require "tests.support.charm"

local calls <const>, run <const>, refused <const> =
  support.calls, support.run, support.refused

describe("Juju's events", function()
  for _, name in ipairs { "install", "start", "stop", "remove",
    "config_changed", "update_status", "upgrade_charm", "leader_elected",
    "leader_settings_changed", "pre_series_upgrade", "post_series_upgrade" } do
    it("reach their observer: " .. name, function()
      local seen = 0
      local ctx = run(name, function() seen = seen + 1 end)
      assert.equal(1, seen)
      assert.equal(("Emitting Juju event %s."):format(name),
        ctx.juju_log[1].message)
    end)
  end

  for _, name in ipairs { "relation_created", "relation_joined",
    "relation_changed", "relation_departed", "relation_broken" } do
    it("reach their observer: db_" .. name, function()
      run("db_" .. name, function(_, event)
        assert.equal("db:1", event.relation:label())
        assert.equal("remote", event.app.name)
      end, { relations = { { endpoint = "db" } } })
    end)
  end
end)

describe("a restricted event", function()
  for _, name in ipairs { "collect_metrics", "meter_status_changed" } do
    it("neither repeats what waits nor collects a status: " .. name, function()
      local seen = {}
      local ctx = support.context(name, function(_, event)
        seen[#seen + 1] = tostring(event)
      end)
      local out = ctx:run(name, {
        deferred = { ctx:deferred("start", "on_it") },
      })
      assert.equal(1, #seen)
      assert.equal(1, #out.deferred)
      assert.same({}, ctx:tool_lines "^juju%-log")
      refused("defer", name, function(_, event) event:defer() end)
    end)
  end

  it("adds metrics", function()
    local ctx = support.context("collect_metrics", function(_, event)
      event:add_metrics({ users = 3 }, { db = "a" })
    end)
    ctx:try("collect_metrics")
    assert.same({ "add-metric --labels db=a users=3" },
      ctx:tool_lines "^juju%-log")
  end)
end)

describe("a custom notice", function()
  local STATE <const> = { containers = { {
    name = "temporal", can_connect = true,
    notices = {
      { id = "7", key = "example.com/a", last_data = { k = "v" },
        occurrences = 2 },
      { id = "8", key = "example.com/b" },
    },
  } } }

  it("is told by name, the rest asked of Pebble once", function()
    local ctx = run("temporal_pebble_custom_notice", function(_, event)
      local notice = event.notice
      assert.equal("temporal", event.workload.name)
      assert.same({ "7", "custom", "example.com/a" },
        { notice.id, notice.type, notice.key })
      assert.same({ k = "v" }, notice.last_data)
      assert.equal(2, notice.occurrences)
    end, STATE, { notice = "7" })
    assert.same({}, calls(ctx))
    assert.same({ { "get_notice", "7" } }, ctx.container_calls.temporal)
  end)

  it("is deferred by name", function()
    local seen
    local ctx = support.context("temporal_pebble_custom_notice",
      function(_, event)
        seen = event
        event:defer()
      end)
    local out = ctx:run("temporal_pebble_custom_notice", STATE,
      { notice = "8" })
    local again = { containers = STATE.containers, deferred = out.deferred }
    ctx:run("update_status", again)
    assert.equal("example.com/b", seen.notice.key)
    assert.equal("temporal", seen.workload.name)
  end)
end)

describe("a check's event", function()
  local STATE <const> = { containers = { {
    name = "temporal", can_connect = true,
    layers = { { label = "l", layer = { checks = {
      up = { override = "replace", level = "ready",
        exec = { command = "true" } },
    } } } },
    checks = { up = { status = "down", failures = 4, threshold = 3 } },
  } } }

  for _, name in ipairs { "failed", "recovered" } do
    it("is told by name, the rest asked of Pebble once: " .. name, function()
      local ctx = run("temporal_pebble_check_" .. name, function(_, event)
        assert.equal("up", event.info.name)
        assert.equal("temporal", event.workload.name)
        assert.equal("down", event.info.status)
        assert.equal(4, event.info.failures)
        assert.equal("ready", event.info.level)
      end, STATE)
      assert.same({ { "get_checks" } }, ctx.container_calls.temporal)
    end)
  end

  it("is deferred by name", function()
    local seen
    local ctx = support.context("temporal_pebble_check_failed",
      function(_, event)
        seen = event.info
        event:defer()
      end)
    local out = ctx:run("temporal_pebble_check_failed", STATE)
    ctx:run("update_status", { deferred = out.deferred,
      containers = STATE.containers })
    assert.equal("up", seen.name)
    assert.equal("down", seen.status)
  end)
end)
