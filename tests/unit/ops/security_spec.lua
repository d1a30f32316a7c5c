-- SPDX-License-Identifier: Apache-2.0
local container = require "ops.container"
local json = require "std.json"
local pebble = require "tests.support.pebble"
local support = require "tests.support.charm"
local time = require "std.time"
local tool = require "juju.tool"

-- The security events in the log.
local function events(log)
  local found = {}
  for _, line in ipairs(log) do
    if line.level == "TRACE" then
      found[#found + 1] = json.decode(line.message)
    end
  end
  return found
end

describe("a security event", function()
  it("is one line of JSON, with who, when and what", function()
    local _, ctx = support.refused("relation-data-access", "start",
      function(self)
        self.model:get_relation("db").data[self.app].a = "hidden"
      end, { relations = { { endpoint = "db" } },
        model = { name = "m", uuid = "the-uuid" } })
    local event = events(ctx.juju_log)[1]
    assert.is_number(time.parse_rfc3339(event.datetime))
    event.datetime = nil
    assert.same({
      type = "security",
      level = "CRITICAL",
      appid = "the-uuid-try/0",
      event = "authz_fail:relation-set",
      description = "cannot set a in the databag of try in db:1: this unit "
        .. "is not the leader",
    }, event)
  end)

  it("is told of each refusal", function()
    for what, try in pairs {
      ["authz_fail:relation-get"] = function(self)
        return self.model:get_relation("db").data[self.app].a
      end,
      ["authz_fail:status-set"] = function(self)
        self.app.status = self.unit.status
      end,
      ["authz_fail:credential-get"] = function(self)
        self.model:get_cloud_spec()
      end,
      ["authz_fail:secret-add"] = function(self)
        self.app:add_secret { password = "hidden" }
      end,
    } do
      local ctx = support.context("start", function(self)
        self.unit.status = require("ops").ActiveStatus()
        try(self)
      end)
      assert.equal(1, (ctx:try("start",
        { relations = { { endpoint = "db" } } })))
      local found = events(ctx.juju_log)
      assert.equal(what, found[1].event)
      assert.is_nil(found[1].description:find("hidden", 1, true))
    end
  end)

  it("is told of a charm that breaks down, and of a reboot", function()
    local ctx = support.context("start", function() error "boom" end)
    ctx:try "start"
    local event = events(ctx.juju_log)[1]
    assert.same({ "WARN", "sys_crash:error" }, { event.level, event.event })
    assert.truthy(event.description:find("boom", 1, true))
    ctx = support.context("start", function(self) self.unit:reboot() end)
    ctx:run "start"
    event = events(ctx.juju_log)[1]
    assert.matches("^sys_restart:%d+$", event.event)
    assert.equal("rebooting the unit try/0", event.description)
  end)

  it("is told of a check that is stopped", function()
    local server = pebble.start()
    local logged = {}
    local previous = tool.use {
      name = "spec",
      call = function(_, _, args)
        logged[#logged + 1] = { level = args[2], message = args[4] }
        return { code = 0, stdout = "", stderr = "" }
      end,
      close = function() end,
    }
    local workload = container.new { name = "wl", socket = server.socket }
    local name = server:name "chk"
    workload:add_layer(name, { checks = { [name] = {
      override = "replace", period = "60s", exec = { command = "true" },
    } } })
    workload:stop_checks(name)
    tool.use(previous)
    server:stop()
    assert.matches("^sys_monitor_disabled:%d+," .. name:gsub("%-", "%%-")
      .. "$", events(logged)[1].event)
  end)
end)
