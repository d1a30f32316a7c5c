-- SPDX-License-Identifier: Apache-2.0
-- charmlab's controller killed again and again, at moments that a seed
-- chooses, while applications are deployed, related and taken apart: with
-- `charmlab resume` the model comes to the same end as without. The seeds are
-- printed; KILL_SEEDS="7 8" tries those.
local fs = require "host.fs"
local json = require "std.json"
local labs = require "tests.support.own_lab"
local leftovers = require "lab.leftovers"
local proc = require "host.proc"
local store = require "lab.store"
local sys = require "host.sys"

local SEEDS <const> = sys.getenv("KILL_SEEDS") or "1 2 3"
local VERB_TIMEOUT <const> = 60
local LAST_MOMENT <const> = 0.4 -- of a kill after a verb's start
local MORE_KILLS <const> = 3 -- while hooks run and no verb does

-- Counts its hooks, those that Juju runs once for each thing that happens.
local COUNT <const> = [[
#!/bin/sh
set -e
name=$(basename "$JUJU_DISPATCH_PATH")
case $name in
  *-pebble-ready|*-changed|start|update-status) ;;
  *)
    key=$name/$JUJU_REMOTE_UNIT
    state-set "$key=$(( $(state-get "$key") + 1 ))";;
esac
case $name in
  start) open-port 80;;
  *db-relation-joined|*db-relation-changed)
    relation-set "from=$JUJU_UNIT_NAME"
    if [ "$(is-leader)" = True ]; then relation-set --app "by=app"; fi;;
esac
case $name in
  *db-relation-changed)
    state-set "heard-$JUJU_REMOTE_UNIT=$(relation-get from "$JUJU_REMOTE_UNIT")";;
esac
status-set active "$(config-get note)"
]]
local CONFIG <const> = "options: {note: {type: string, default: fresh}}\n"
local CLIENT <const> = {
  ["metadata.yaml"] = "name: client\npeers: {peer: {interface: peers}}\n"
    .. "requires: {db: {interface: sql}}\n"
    .. "containers: {work: {resource: work-image, mounts: "
    .. "[{storage: data, location: /data}]}}\n"
    .. "resources: {work-image: {type: oci-image}}\n"
    .. "storage: {data: {type: filesystem}}\n",
  ["config.yaml"] = CONFIG,
  ["dispatch"] = COUNT,
}
local SERVER <const> = {
  ["metadata.yaml"] = "name: server\nprovides: {db: {interface: sql}}\n",
  ["config.yaml"] = CONFIG,
  ["dispatch"] = COUNT,
}

---@return integer?
local function controller_pid(lab)
  return math.tointeger(tonumber(fs.read(lab.data .. "/controller.pid")))
end

local function kill_and_resume(lab)
  sys.kill(controller_pid(lab), "KILL")
  lab:wait("it is gone", function()
    return not sys.kill(controller_pid(lab), 0)
  end)
  lab:must("resume")
end

-- A verb with, maybe, a kill in the middle of it; said again if it failed.
local function say(lab, random, ...)
  local output <close> = assert(fs.open(lab.folder .. "/output", "w"))
  local process <close> = assert(proc.spawn {
    argv = { sys.executable(), ... }, env = lab.env, cwd = lab.folder,
    stdin = "null", stdout = output, stderr = output,
  })
  if random then
    sys.sleep(random() * LAST_MOMENT)
    kill_and_resume(lab)
  end
  local how <const> = assert(process:wait(VERB_TIMEOUT))
  local text <const> = fs.read(lab.folder .. "/output")
  if how.code == 0 or text:find("already exists", 1, true)
    or text:find("not found", 1, true) then
    return
  end
  local words <const> = table.concat({ ... }, " ")
  assert(random, words .. ": " .. text)
  assert(text:find("controller", 1, true), words .. ": " .. text)
  say(lab, nil, ...)
end

local function disturb(lab, random)
  for _ = 1, random and MORE_KILLS or 0 do
    sys.sleep(random() * LAST_MOMENT)
    kill_and_resume(lab)
  end
end

local function unit_of(unit)
  return {
    life = unit.life, state = unit.state, ports = unit.ports,
    storage = unit.storage, address = unit.address, agent = unit.agent.status,
    workload = unit.workload.status .. " " .. unit.workload.message,
    started = unit.uniter.started, relations = unit.uniter.relations,
    queue = #unit.uniter.queue, pending = unit.uniter.pending,
  }
end

-- What the disk holds, without times and without this lab's network.
local function end_of(lab)
  local model <const> = assert(store.model(lab.data .. "/models/m"))
  for _, relation in pairs(model.relations) do
    relation.since = nil
  end
  local found <const> = { units = {}, applications = {},
    relations = model.relations, next_relation = model.next_relation,
    next_storage = model.next_storage }
  for name, unit in pairs(model.units) do
    found.units[name] = unit_of(unit)
  end
  for name, application in pairs(model.applications) do
    found.applications[name] = { life = application.life,
      leader = application.leader, config = application.config,
      next_unit = application.next_unit }
  end
  return (json.encode(found):gsub("127%.%d+%.", "127.N."))
end

-- Each unit has the marker file in its storage, if it has storage.
local function write_storage(lab)
  local path <const> = lab.data .. "/models/m/storage/data-0/marker"
  assert(fs.write(path, "kept"))
  return path
end

-- The same story for all; returns where it came to rest, twice.
local function story(random)
  local lab <const> = labs.new()
  local client <const>, server <const> =
    lab:charm("client", CLIENT), lab:charm("server", SERVER)
  lab:must("bootstrap", "here", "spec")
  say(lab, random, "add-model", "m")
  say(lab, random, "deploy", client, "--resource", "work-image=scratch")
  say(lab, random, "deploy", server, "-n", "2")
  say(lab, random, "relate", "client", "server")
  say(lab, random, "config", "client", "note=set")
  disturb(lab, random)
  lab:wait("both sides have heard", function()
    local text <const> = fs.read(lab.data .. "/models/m/model.json")
    return text:find('"heard-server/1":"server/1"', 1, true)
      and select(2, text:gsub('"heard%-client/0":"client/0"', "")) == 2
      and text:find('"message":"set"', 1, true)
  end)
  lab:wait_idle()
  local marker <const> = write_storage(lab)
  local first <const> = end_of(lab)
  say(lab, random, "remove-relation", "client", "server")
  disturb(lab, random)
  lab:wait("the relation is gone", function()
    return not lab:must("status", "--relations"):find("client:db", 1, true)
  end)
  lab:wait_idle()
  assert(fs.read(marker) == "kept")
  local second <const> = end_of(lab)
  lab:close()
  assert.same({}, leftovers.find(lab.data))
  return first, second
end

-- Numbers in [0, 1) that depend on the seed alone.
local function numbers(seed)
  local state = seed * 2654435761 % 4294967296
  return function()
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  end
end

describe("a controller that is killed", function()
  local unable <const> = labs.unable()
  local first, second

  setup(function()
    if not unable then
      first, second = story()
    end
  end)

  for seed in SEEDS:gmatch("%d+") do
    it("at moments of seed " .. seed .. " comes to the same end", function()
      if unable then
        pending(unable)
      end
      local one <const>, two <const> = story(numbers(tonumber(seed)))
      assert.equal(first, one)
      assert.equal(second, two)
    end)
  end
end)
