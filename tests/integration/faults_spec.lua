-- SPDX-License-Identifier: Apache-2.0
-- Charms and workloads that misbehave, in a real lab: one that prints without
-- end, one whose hook never ends, a workload that dies at once ten times. The
-- lab stays answerable, says what it sees, and goes on when the cause is gone.
local fs = require "host.fs"
local labs = require "tests.support.lab"
local sys = require "host.sys"

local MIB <const> = 1 << 20

local LOUD <const> = [[
local ops = require "ops"
local Loud = ops.charm "loud"

function Loud:init()
  self:observe(self.on.config_changed, self.on_config_changed)
end

local function print_much(file, line)
  for _ = 1, 100 * 1024 do
    file:write((line .. "\n"):rep(1024 // (#line + 1)))
  end
end

function Loud:on_config_changed()
  if self.config.loud then
    print_much(io.stdout, ("x"):rep(31))
    print_much(io.stderr, "e")
  end
  self.unit.status = ops.ActiveStatus(self.config.loud and "said" or "quiet")
end

return Loud
]]

local STUCK <const> = [[
local ops = require "ops"
local Stuck = ops.charm "stuck"

function Stuck:init()
  self:observe(self.on.config_changed, self.on_config_changed)
end

function Stuck:on_config_changed()
  while self.config.stuck do
    ops.sleep(3600)
  end
  self.unit.status = ops.ActiveStatus "free"
end

return Stuck
]]

-- The workload ends at once as long as it has not been started ten times.
local FRAIL <const> = [[
local ops = require "ops"
local Frail = ops.charm "frail"

function Frail:init()
  self:observe(self.on.work_pebble_ready, self.update)
  self:observe(self.on.update_status, self.update)
end

local SCRIPT = "echo started >>/tmp/count; "
  .. "test $(wc -l </tmp/count) -gt 10 && exec sleep infinity; exit 3"

function Frail:update()
  local container = self.unit:get_container "work"
  if not container:can_connect() then
    return
  end
  local ok, err = pcall(container.ensure, container, "work", { services = {
    work = { override = "replace", startup = "enabled",
      command = ("sh -c '%s'"):format(SCRIPT), ["backoff-delay"] = "300ms",
      ["backoff-factor"] = 1 },
  } })
  if not ok then
    ops.log.error("%s", err)
  end
  local service = container:get_service "work"
  self.unit.status = service:is_running() and ops.ActiveStatus()
    or ops.BlockedStatus("the workload does not start: it is in "
      .. service.current)
end

return Frail
]]

describe("a lab stays answerable", function()
  local lab

  setup(function()
    lab = labs.start { name = "faults",
      config = { ["logging-config"] = "<root>=INFO;unit=DEBUG" } }
  end)

  teardown(function()
    lab:stop()
  end)

  local function controller_pid()
    return assert(fs.read(lab.data .. "/controller.pid")):match("%d+")
  end

  -- The most memory that the controller ever had.
  local function peak()
    local text <const> = fs.read(("/proc/%s/status"):format(controller_pid()))
    return tonumber(text:match("VmHWM:%s*(%d+) kB")) * 1024
  end

  local function answers_within(seconds)
    local before <const> = sys.monotonic()
    lab:status()
    assert.is_true(sys.monotonic() - before < seconds)
  end

  it("beside a charm that prints 200 MB", function()
    lab:run("deploy", lab:make_charm("loud", {
      ["config.yaml"] = "options: {loud: {type: boolean, default: false}}\n",
      ["charm.lua"] = LOUD,
    }))
    lab:wait_app("loud", "active", "quiet")
    lab:run("config", "loud", "loud=true")
    answers_within(5)
    lab:wait_app("loud", "active", "said")
    lab:wait_log("more bytes of its stdout were left out")
    lab:wait_log("more bytes of its stderr were left out")
    assert.is_true(peak() < 100 * MIB)
    local log <const> =
      assert(fs.stat(lab.data .. "/models/temporal/debug.log")).size
    assert.is_true(log < 10 * MIB)
    assert.is_true(log > MIB)
  end)

  it("beside a hook that never ends, which can be taken away", function()
    lab:run("deploy", lab:make_charm("stuck", {
      ["config.yaml"] = "options: {stuck: {type: boolean, default: true}}\n",
      ["charm.lua"] = STUCK,
    }))
    lab:wait("the hook runs", function(status)
      local agent <const> = lab:unit("stuck/0", status).agent
      return agent and agent.current == "executing"
        and agent.message == "running config-changed hook"
    end)
    answers_within(5)
    lab:run("remove-application", "stuck", "--force", "--no-wait",
      "--no-prompt")
    lab:wait("it is gone", function(status)
      return not status.applications.stuck
    end)
  end)

  it("beside a workload that dies at once, and sees it come up", function()
    lab:run("model-config", "update-status-hook-interval=1s")
    lab:run("deploy", lab:make_charm("frail", {
      ["metadata.yaml"] = "name: frail\nsummary: x\ndescription: x\n"
        .. "containers: {work: {resource: image}}\n"
        .. "resources: {image: {type: oci-image}}\n",
      ["charm.lua"] = FRAIL,
    }), "--resource", "image=scratch")
    lab:wait_app("frail", "blocked",
      "the workload does not start: it is in backoff")
    lab:wait_log("exited quickly with code 3, will restart")
    lab:wait_app("frail", "active", nil, 60)
    local root <const> = lab:show_unit("frail/0")["container-file-systems"]
    assert.equal(11 * #"started\n",
      #assert(fs.read(root .. "/work/root/tmp/count")))
  end)
end)
