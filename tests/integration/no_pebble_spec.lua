-- SPDX-License-Identifier: Apache-2.0
-- Workload containers without a Pebble socket: they end as soon as they are
-- started. The charms wait and fail no hook; with Pebble back all goes on.
local labs = require "tests.support.lab"

-- Asks too early, and takes the event up again later.
local EAGER <const> = {
  ["metadata.yaml"] = "name: eager\ncontainers: {work: {}}\n",
  ["config.yaml"] = "options: {note: {type: string, default: a}}\n",
  ["charm.lua"] = [[
local ops = require "ops"
local Eager = ops.charm "eager"

function Eager:init()
  self:observe(self.on.config_changed, self.on_config_changed)
end

function Eager:on_config_changed(event)
  local container = self.unit:get_container "work"
  if not container:can_connect() then
    self.unit.status = ops.WaitingStatus "no pebble yet"
    return event:defer()
  end
  container:push("/note", self.config.note)
  self.unit.status = ops.ActiveStatus(container:pull "/note")
end

return Eager
]],
}

describe("a container without Pebble", function()
  local lab

  setup(function()
    lab = labs.start { name = "no-pebble",
      env = { CHARMLAB_PEBBLE = "/bin/false" } }
    lab:run("deploy", "postgresql-k8s")
    lab:run("deploy", "temporal-k8s")
    lab:run("deploy", lab:make_charm("eager", EAGER))
  end)

  teardown(function()
    lab:stop()
  end)

  it("makes the charms wait, and fails no hook", function()
    lab:wait_app("postgresql-k8s", "waiting",
      "waiting for pebble in the container postgresql")
    lab:wait_app("eager", "waiting", "no pebble yet")
    for _, app in ipairs { "postgresql-k8s", "temporal-k8s", "eager" } do
      lab:wait_ran(app .. "/0", "start")
      lab:wait_idle(app .. "/0")
    end
    local log <const> = lab:log()
    assert.is_nil(log:find("Uncaught error", 1, true))
    assert.is_nil(log:find(" failed: exit status", 1, true))
  end)

  it("is told by the log", function()
    lab:wait_log("WARNING juju.worker.uniter.container container postgresql "
      .. "ended (exit code 1) and will start again", 10)
  end)

  it("fails an action that needs it, with the reason", function()
    local result <const> = lab:try("run", "temporal-k8s/0", "restart")
    assert.equal(1, result.code)
    assert.matches("failed: cannot connect to the container temporal",
      result.stdout, 1, true)
  end)

  it("serves as soon as Pebble is there, and the deferred event runs",
    function()
      lab:halt()
      lab.env = {}
      lab:run("resume")
      lab:wait_app("eager", "active", "a")
      lab:wait_app("postgresql-k8s", "active")
      assert.is_nil(lab:log():find("Uncaught error", 1, true))
    end)
end)
