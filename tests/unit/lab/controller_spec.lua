-- SPDX-License-Identifier: Apache-2.0
-- The lab as a whole, with charms that are shell scripts.
local fs = require "host.fs"
local labs = require "tests.support.own_lab"
local sys = require "host.sys"

local CLIENT <const> = {
  ["metadata.yaml"] = [[
name: client
peers:
  peer: {interface: peers}
requires:
  db: {interface: sql, limit: 1}
containers:
  work: {resource: work-image}
resources:
  work-image: {type: oci-image}
]],
  ["config.yaml"] = [[
options:
  fail: {type: boolean, default: false}
  count: {type: int, default: 3}
]],
  ["actions.yaml"] = [[
greet:
  params:
    who: {type: string, default: world}
  additionalProperties: false
refuse: {}
]],
  ["dispatch"] = [[
#!/bin/sh
set -e
case $JUJU_DISPATCH_PATH in
  hooks/start) status-set active ready; open-port 80; echo said;;
  hooks/config-changed)
    state-set tried=1
    if [ "$(config-get fail)" = True ]; then echo why >&2; exit 3; fi
    state-set done=1;;
  hooks/db-relation-changed)
    juju-log "remote: $(relation-get greeting "$JUJU_REMOTE_UNIT")";;
  hooks/update-status)
    if [ -e "$CHARM_DIR/loop" ]; then rm loop; kill -TERM $$; fi;;
  actions/greet)
    action-log "greeting"
    action-set greeting="hello $(action-get who)" a.b=c;;
  actions/refuse) action-fail "not today";;
esac
]],
}

local SERVER <const> = {
  ["metadata.yaml"] = [[
name: server
provides:
  db: {interface: sql}
  other: {interface: sql}
storage:
  data: {type: filesystem, location: /data}
]],
  ["dispatch"] = [[
#!/bin/sh
set -e
case $JUJU_DISPATCH_PATH in
  hooks/db-relation-joined) relation-set greeting=hello;;
esac
]],
}

local function names_of(text)
  local found = {}
  for line in text:gmatch("[^\n]+") do
    found[#found + 1] = line
  end
  return found
end

describe("a local model", function()
  local lab, unable

  setup(function()
    unable = labs.unable()
    lab = labs.new()
    if unable then
      return
    end
    lab:must("bootstrap", "here", "spec")
    lab:must("add-model", "m")
    lab:must("model-config", "logging-config=<root>=INFO;unit=DEBUG")
    lab:must("deploy", lab:charm("client", CLIENT), "--resource",
      "work-image=scratch")
    lab:must("deploy", lab:charm("server", SERVER))
    lab:must("relate", "client", "server:db")
    lab:wait_idle()
    lab:wait("pebble is ready", function()
      return lab:log():find('ran "work-pebble-ready" hook', 1, true)
    end)
    lab:wait_idle()
  end)

  teardown(function()
    lab:close()
  end)

  before_each(function()
    if unable then
      pending(unable)
    end
  end)

  it("runs the hooks in Juju's order", function()
    local order = {}
    for i, name in ipairs(lab:hooks("client/0")) do
      order[name] = order[name] or i
    end
    local expected <const> = {
      "install", "peer-relation-created", "leader-elected", "config-changed",
      "start", "db-relation-joined", "db-relation-changed",
    }
    for i = 2, #expected do
      assert.is_true(order[expected[i - 1]] < order[expected[i]], expected[i])
    end
    assert.equal(order["config-changed"] + 1, order.start)
    assert.is_true(order["work-pebble-ready"] > order.install)
    -- `relate` follows at once: its hooks come before or after the storage's.
    local server <const> = table.concat(lab:hooks("server/0"), " ")
      :gsub("db%-relation%-%S+ ", "")
    assert.matches("start data%-storage%-attached", server)
  end)

  it("delivers databags, and hook output by level", function()
    lab:wait("the greeting has come", function()
      return lab:log():find("INFO unit.client/0.juju-log db:1: remote: hello",
        1, true)
    end)
    assert.matches("DEBUG unit.client/0.start said\n", lab:log(), 1, true)
  end)

  it("shows Juju's tables", function()
    local lines = names_of(lab:must("status", "--relations"))
    assert.matches("^Model  Controller  Cloud/Region  Version  SLA ", lines[1])
    assert.matches("^m      spec        here          3.6.26 ", lines[2])
    local text = table.concat(lines, "\n")
    assert.matches("\nclient/0%*  active    idle   127%.%d+%.%d+%.1  80/tcp  "
      .. "ready\n", text)
    assert.matches("\nserver:db%s+client:db%s+sql%s+regular", text)
    assert.matches("\nclient:peer%s+client:peer%s+peers%s+peer", text)
  end)

  it("runs actions with Juju's output", function()
    local result = lab:run("run", "client/0", "greet", "who=you")
    assert.equal(0, result.code)
    local task = result.stdout:match("task (%d+) on unit%-client%-0")
    assert.equal(("Running operation %d with 1 task\n  - task %s on "
      .. "unit-client-0\n\nWaiting for task %s...\n")
      :format(tonumber(task) - 1, task, task),
      result.stdout:match("^.-%.%.%.\n"))
    assert.matches("%d%d:%d%d:%d%d greeting\na:\n  b: c\n"
      .. "greeting: hello you\n$", result.stdout)
    result = lab:run("run", "client/0", "refuse")
    assert.equal(1, result.code)
    assert.matches("failed: not today", result.stdout, 1, true)
    assert.matches("^ERROR the following task failed", result.stderr)
  end)

  it("keeps a failed hook, drops its writes, lets actions run, retries",
    function()
      lab:must("config", "client", "fail=true")
      local unit = lab:wait("the hook has failed", function()
        local unit = lab:status().applications.client.units["client/0"]
        return unit["workload-status"].current == "error" and unit
      end)
      assert.equal('hook failed: "config-changed"',
        unit["workload-status"].message)
      assert.equal("idle", unit["juju-status"].current)
      assert.matches("failed: exit status 3", lab:log(), 1, true)
      assert.matches("WARNING unit.client/0.config-changed why", lab:log(), 1,
        true)
      assert.equal(0, lab:run("run", "client/0", "greet").code)
      lab:must("config", "client", "fail=false")
      lab:wait("it runs again", function()
        unit = lab:status().applications.client.units["client/0"]
        return unit["workload-status"].current == "active"
      end)
    end)

  it("runs a hook that was killed again", function()
    local loop <const> = lab.data .. "/models/m/units/client-0/charm/loop"
    assert(fs.write(loop, ""))
    lab:must("model-config", "update-status-hook-interval=300ms")
    lab:wait("it was killed", function()
      return lab:log():find('"update-status" hook was killed', 1, true)
    end)
    lab:wait("it ran again", function()
      local _, at = lab:log():find('"update-status" hook was killed', 1, true)
      return lab:log():find('ran "update-status" hook', at, true)
    end)
    lab:must("model-config", "--reset", "update-status-hook-interval")
    assert.equal("active", lab:status().applications.client.units["client/0"]
      ["workload-status"].current)
  end)

  it("uses an edited charm in the next hook, and says where it is", function()
    local folder = lab:must("show-unit", "client/0")
      :match("charm%-folder: (%S+)")
    local text = assert(fs.read(folder .. "/dispatch"))
    assert(fs.write(folder .. "/dispatch",
      (text:gsub('action%-fail "not today"', 'action-set edited=now')),
      { mode = tonumber("755", 8) }))
    assert.matches("edited: now", lab:must("run", "client/0", "refuse"))
  end)

  it("starts a container that was killed again, pebble-ready included",
    function()
      local before <const> = #lab:hooks("client/0")
      local pid
      for _, name in ipairs(assert(fs.list("/proc"))) do
        local line = name:find("^%d+$") and fs.read("/proc/" .. name
          .. "/cmdline")
        if line and line:find(lab.data .. "/models/m/units/client-0/rootfs",
          1, true) then
          pid = math.tointeger(tonumber(name))
          break
        end
      end
      assert(sys.kill(pid, "KILL"))
      lab:wait("pebble is ready again", function()
        local hooks = lab:hooks("client/0")
        return #hooks > before and hooks[#hooks] == "work-pebble-ready"
      end)
    end)

  it("ends a relation on both sides", function()
    lab:must("remove-relation", "client", "server")
    lab:wait("it is gone", function()
      return not lab:must("status", "--relations"):find("client:db", 1, true)
    end)
    local hooks = lab:hooks("client/0")
    assert.same({ "db-relation-departed", "db-relation-broken" },
      { hooks[#hooks - 1], hooks[#hooks] })
  end)

  it("removes an application by its own hooks, or at once", function()
    lab:must("remove-application", "server")
    lab:wait("it is gone", function()
      return not lab:status().applications.server
    end)
    local hooks = lab:hooks("server/0")
    assert.same({ "data-storage-detaching", "stop", "remove" },
      { table.unpack(hooks, #hooks - 2) })
    assert.is_nil((fs.stat(lab.data .. "/models/m/units/server-0")))
    assert.is_not_nil(fs.stat(lab.data .. "/models/m/storage/data-0"))
  end)

  it("says how to go on after a crash, and goes on", function()
    local pid = math.tointeger(tonumber(fs.read(lab.data .. "/controller.pid")))
    assert(sys.kill(pid, "KILL"))
    -- A request that was under way says that the controller does not answer.
    local hint <const> = "not running; start it again, with its models, with: "
      .. "charmlab resume"
    lab:wait("it is noticed", function()
      local status = lab:run("status")
      return status.code == 1 and status.stderr:find(hint, 1, true)
    end)
    local result = lab:run("bootstrap", "here", "spec")
    assert.equal(1, result.code)
    lab:must("resume")
    lab:wait("the unit has started again", function()
      local hooks = lab:hooks("client/0")
      return hooks[#hooks] == "work-pebble-ready"
    end)
    assert.equal("client/0",
      (next(lab:status().applications.client.units)))
  end)

  it("removes an application by force without asking it", function()
    lab:must("remove-application", "client", "--force", "--no-wait")
    lab:wait("it is gone", function()
      return not lab:status().applications.client
    end)
    assert.matches('Model "m" is empty', lab:must("status"), 1, true)
  end)

  it("leaves no process and no file behind", function()
    lab:must("destroy-controller", "spec", "--no-prompt",
      "--destroy-all-models")
    assert.is_nil((fs.stat(lab.data)))
    for _, name in ipairs(assert(fs.list("/proc"))) do
      local line = name:find("^%d+$") and fs.read("/proc/" .. name
        .. "/cmdline")
      assert.is_nil(line and line:find(lab.data, 1, true), line)
    end
    assert.is_nil(fs.read("/proc/self/mounts"):find(lab.data, 1, true))
  end)
end)
