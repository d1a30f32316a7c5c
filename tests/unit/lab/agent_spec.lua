-- SPDX-License-Identifier: Apache-2.0
-- Several units of one application in a real lab, with a charm that is a
-- shell script: more and fewer of them, leadership, pods, refresh, commands,
-- failed hooks.
local fs = require "host.fs"
local labs = require "tests.support.own_lab"
local yaml = require "std.yaml"

local METADATA <const> = [[
name: app
peers:
  peer: {interface: peers}
containers:
  work:
    resource: work-image
    mounts: [{storage: data, location: /data}]
storage:
  data: {type: filesystem, location: /data}
resources:
  work-image: {type: oci-image}
]]
local DISPATCH <const> = [[
#!/bin/sh
set -e
juju-log "$JUJU_DISPATCH_PATH $JUJU_REMOTE_UNIT $JUJU_DEPARTING_UNIT"
case $JUJU_DISPATCH_PATH in
  hooks/start) status-set active VERSION;;
  hooks/upgrade-charm) status-set active VERSION;;
  hooks/leader-elected) relation-set -r peer:0 --app leader=$JUJU_UNIT_NAME;;
  hooks/config-changed)
    if [ "$(config-get fail)" = True ]; then exit 3; fi;;
  hooks/stop) if [ "$(config-get fail)" = True ]; then exit 3; fi;;
  actions/where) action-set unit="$JUJU_UNIT_NAME";;
esac
]]
local CONFIG <const> = "options: {fail: {type: boolean, default: false}}\n"

local function files(version, metadata)
  return {
    ["metadata.yaml"] = metadata or METADATA,
    ["config.yaml"] = CONFIG,
    ["actions.yaml"] = "where: {}\n",
    dispatch = DISPATCH:gsub("VERSION", version),
  }
end

describe("units", function()
  local lab, unable

  setup(function()
    unable = labs.unable()
    lab = labs.new()
    if unable then
      return
    end
    lab:must("bootstrap", "here", "spec")
    lab:must("add-model", "m")
    lab:must("deploy", lab:charm("app", files "one"), "--resource",
      "work-image=scratch", "-n", "2")
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

  local function units()
    return lab:status().applications.app.units
  end

  local function leader()
    for name, unit in pairs(units()) do
      if unit.leader then
        return name
      end
    end
  end

  local function fails(code, message, ...)
    local result = lab:run(...)
    assert.equal("ERROR " .. message .. "\n", result.stderr)
    assert.equal(code, result.code)
  end

  local function said(unit, text)
    return lab:log():find(("unit.%s.juju-log %s"):format(unit, text), 1, true)
  end

  local function wait_said(unit, text)
    lab:wait(unit .. " says " .. text, function()
      return said(unit, text)
    end)
  end

  it("are added, and told to their peers", function()
    lab:must("add-unit", "app")
    lab:wait("there is a third", function()
      local third = units()["app/2"]
      return third and third["workload-status"].current == "active"
    end)
    wait_said("app/0", "peer:0: hooks/peer-relation-changed app/2")
    wait_said("app/2", "peer:0: hooks/peer-relation-joined app/0")
    assert.equal("app/0", leader())
  end)

  it("run commands with hook tools and without dispatch", function()
    local result = lab:run("exec", "--unit", "app/1", "--",
      "is-leader; echo [$JUJU_HOOK_NAME$JUJU_DISPATCH_PATH] >&2")
    assert.equal(0, result.code)
    assert.matches("^Running operation %d+ with 1 task\n  %- task %d+ on "
      .. "unit%-app%-1\n\nFalse\n$", result.stdout)
    assert.equal("[]\n", result.stderr)
    local all = yaml.decode(lab:must("exec", "--all", "--format", "yaml",
      "is-leader"))
    assert.equal("True\n", all["app/0"].results.stdout)
    assert.equal("False\n", all["app/2"].results.stdout)
    lab:must("exec", "--unit", "app/1", "state-set by=hand")
    assert.matches("hand", lab:must("exec", "--unit", "app/1",
      "state-get by"))
    result = lab:run("exec", "--unit", "app/1", "state-set by=foot; exit 4")
    assert.equal(1, result.code)
    assert.matches('^ERROR the following task failed:\n %- id "%d+" with '
      .. "return code 4\n$", result.stderr)
    assert.matches("hand", lab:must("exec", "--unit", "app/1",
      "state-get by"))
    fails(1, 'unit "app/9" not found', "exec", "--unit", "app/9", "true")
    fails(2, "You must specify a target, either through --all, "
      .. "--application or --unit", "exec", "true")
  end)

  it("elect another when the leader is removed, and say so", function()
    assert.equal("will remove unit app/0\n", lab:must("remove-unit", "app/0"))
    lab:wait("app/0 is gone", function() return not units()["app/0"] end)
    local new = leader()
    assert.is_truthy(new)
    wait_said(new, "hooks/leader-elected")
    wait_said(new, "peer:0: hooks/peer-relation-departed app/0 app/0")
    wait_said("app/0", "peer:0: hooks/peer-relation-departed app/1 app/0")
    local other = new == "app/1" and "app/2" or "app/1"
    wait_said(other, "peer:0: hooks/peer-relation-changed")
    assert.is_nil(said("app/0", "hooks/peer-relation-broken"))
    assert.matches("stop remove$", table.concat(lab:hooks("app/0"), " "))
    assert.matches("leader: " .. new,
      lab:must("exec", "--unit", other, "relation-get -r peer:0 --app - app"),
      1, true)
  end)

  it("lose the lead with their pod, start again, keep their storage",
    function()
      local before = leader()
      local other = before == "app/1" and "app/2" or "app/1"
      local storage = lab.data .. "/models/m/storage"
      for _, name in ipairs(fs.list(storage)) do
        assert(fs.write(storage .. "/" .. name .. "/kept", "yes"))
      end
      local count = #fs.list(storage)
      lab:must("delete-pod", before, "--away", "0.2s")
      lab:wait("the lead has moved", function() return leader() == other end)
      lab:wait("it has started again", function()
        return table.concat(lab:hooks(before), " ")
          :find("stop start.* work%-pebble%-ready$")
      end)
      lab:wait_idle()
      assert.equal(count, #fs.list(storage))
      assert.equal("yes",
        fs.read(("%s/%s/kept"):format(storage, fs.list(storage)[1])))
      assert.equal(other, leader())
      lab:must("delete-pod", other, "--grace-period", "0", "--away", "0.2s")
      lab:wait("the lead has come back", function()
        return leader() == before
      end)
      lab:wait_idle()
      assert.matches("leader%-elected start .*work%-pebble%-ready",
        table.concat(lab:hooks(other), " "))
      fails(1, 'unit "app/9" not found', "delete-pod", "app/9")
    end)

  it("run an action on the leader", function()
    assert.matches("unit: " .. leader(), lab:must("run", "app/leader",
      "where"), 1, true)
  end)

  it("upgrade their charm: upgrade-charm, then config-changed", function()
    fails(1, 'application "nope" not found', "refresh", "nope")
    fails(1, 'cannot upgrade "app" to "other"', "refresh", "app", "--path",
      lab:charm("other", { ["metadata.yaml"] = "name: other\n" }))
    lab:must("refresh", "app", "--path", lab:charm("app-2", files("two",
      METADATA:gsub("peer: {", "more: {interface: peers}\n  peer: {"))))
    lab:wait("both are upgraded", function()
      for _, unit in pairs(units()) do
        if unit["workload-status"].message ~= "two" then
          return false
        end
      end
      return true
    end)
    lab:wait_idle()
    for name in pairs(units()) do
      local hooks = table.concat(lab:hooks(name), " ")
      assert.matches("upgrade%-charm config%-changed", hooks)
      assert.matches("more%-relation%-created", hooks)
    end
    local shown = yaml.decode(lab:must("show-application", "app")).app
    assert.equal("alive", shown.life)
    assert.equal("alpha", shown["endpoint-bindings"].more)
  end)

  it("wait in error until resolved", function()
    local name = leader()
    fails(1, ('unit "%s" is not in an error state'):format(name), "resolved",
      name)
    fails(2, "no unit specified", "resolved")
    lab:must("model-config", "automatically-retry-hooks=false")
    lab:must("config", "app", "fail=true")
    local function agents(status)
      for _, unit in pairs(units()) do
        if unit["workload-status"].current ~= status then
          return false
        end
      end
      return true
    end
    lab:wait("both are in error", function() return agents "error" end)
    assert.matches("True", lab:must("exec", "--unit", name, "is-leader"))
    lab:must("resolved", name, "--no-retry")
    lab:wait("it counts as done", function()
      return units()[name]["workload-status"].current == "active"
    end)
    lab:must("config", "app", "--reset", "fail")
    lab:must("resolved", "--all")
    lab:wait("all is well", function() return agents "active" end)
    assert.equal("false\n", lab:must("config", "app", "fail"))
  end)

  it("scale by number: the last ones go", function()
    local result = lab:run("scale-application", "app", "4")
    assert.equal("app scaled to 4 units\n", result.stderr)
    lab:wait_idle()
    assert.is_truthy(units()["app/4"])
    fails(1, 'cannot remove 9 units of application "app": it has 4',
      "remove-unit", "app", "--num-units", "9")
    fails(2, 'say how many units of "app" are to go: --num-units N',
      "remove-unit", "app")
    fails(2, 'invalid scale "x": it must be a number', "scale-application",
      "app", "x")
    result = lab:run("remove-unit", "app", "--num-units", "1")
    assert.equal("scaling down to 3 units\n", result.stderr)
    local kept = #fs.list(lab.data .. "/models/m/storage")
    local last = units()["app/4"] and "app/4" or "app/3"
    lab:must("remove-unit", last, "--destroy-storage", "--force")
    lab:wait("it is gone with its storage", function()
      return not units()[last]
        and #fs.list(lab.data .. "/models/m/storage") == kept - 1
    end)
    lab:must("scale-application", "app", "1")
    lab:wait("one is left", function()
      local left = units()
      return left["app/1"] and not next(left, next(left))
    end)
    assert.equal("app/1", leader())
  end)

  it("stay in error when their end fails, go by force", function()
    lab:must("config", "app", "fail=true")
    lab:wait("the hook has failed", function()
      return units()["app/1"]["workload-status"].current == "error"
    end)
    lab:must("resolved", "--all", "--no-retry")
    assert.equal("will remove application app\n- will remove unit app/1\n",
      lab:must("remove-application", "app"))
    lab:wait("stop has failed", function()
      local unit = units()["app/1"]
      return unit["workload-status"].message == 'hook failed: "stop"'
    end)
    lab:must("remove-application", "app", "--force", "--no-wait")
    lab:wait("it is gone", function()
      return next(lab:status().applications) == nil
    end)
  end)
end)
