-- SPDX-License-Identifier: Apache-2.0
-- What a person may mistype at the command line of a real lab: a clear line
-- on standard error, Juju's exit code, and a model as it was before.
local fs = require "host.fs"
local labs = require "tests.support.lab"
local names = require "lab.names"
local sys = require "host.sys"
local zip = require "std.zip"

local APP <const> = {
  ["metadata.yaml"] = [[
name: app
requires: {db: {interface: sql}}
provides: {web: {interface: http}}
containers: {c: {resource: image}}
resources: {image: {type: oci-image}}
]],
  ["config.yaml"] = "options: {size: {type: int, default: 1}}\n",
  ["actions.yaml"] = "look:\n  params: {depth: {type: integer}}\n"
    .. "  required: [depth]\n  additionalProperties: false\n",
  ["charm.lua"] = 'local ops = require "ops"\nreturn ops.charm "app"\n',
}

local USAGE <const> = 2

describe("the command line of a lab", function()
  local lab, charm, charms

  setup(function()
    lab = labs.start { name = "command-line" }
    charm = lab:make_charm("app", APP)
    charms = lab.folder .. "/charms"
    lab:run("deploy", charm, "--resource", "image=scratch")
    lab:wait_ran("app/0", "c-pebble-ready") -- the last one of its start
    lab:wait("app/0 has started", function(status)
      local unit <const> = lab:unit("app/0", status)
      return unit.current == "unknown" and unit.agent.current == "idle"
    end)
  end)

  teardown(function()
    lab:stop()
  end)

  local function model()
    local status <const> = lab:status()
    status.controller = nil -- the time
    return status
  end

  -- Fails with this code and one line, and changes nothing.
  local function refused(code, message, words)
    local before <const> = model()
    local result <const> = lab:try(table.unpack(words))
    assert.equal(("ERROR %s\n"):format(message), result.stderr)
    assert.equal(code, result.code)
    assert.equal("", result.stdout)
    assert.same(before, model())
  end

  for what, case in names.each {
    ["an unknown verb"] =
      { USAGE, "unrecognized command: charmlab nonsense", "nonsense" },
    ["an unknown flag"] =
      { USAGE, "option provided but not defined: --colour", "status",
        "--colour" },
    ["a missing argument"] =
      { USAGE, "missing argument; usage: charmlab relate APP[:ENDPOINT] "
        .. "APP[:ENDPOINT]", "relate", "app" },
    ["an unknown model"] =
      { 1, 'model "nope" not found', "status", "-m", "nope" },
    ["an unknown application, configured"] =
      { 1, 'application "nope" not found', "config", "nope", "size=2" },
    ["an unknown application, related"] =
      { 1, 'application "nope" not found', "relate", "app", "nope:db" },
    ["an unknown application, removed"] =
      { 1, 'application "nope" not found', "remove-application", "nope" },
    ["an unknown unit"] =
      { 1, 'unit "app/7" not found', "run", "app/7", "look", "depth=1" },
    ["an unknown endpoint"] =
      { 1, 'application "app" has no "nope" relation', "relate", "app:nope",
        "app:web" },
    ["an unknown endpoint, no longer related"] =
      { 1, 'application "app" has no "nope" relation', "remove-relation",
        "app:nope", "app:web" },
    ["endpoints that do not fit"] =
      { 1, "no relations found", "relate", "app:db", "app:web" },
    ["an unknown config option"] =
      { 1, 'unknown option "nope"', "config", "app", "size=2", "nope=1" },
    ["an unknown config option, read"] =
      { 1, 'key "nope" not found in "app" application config or charm '
        .. "settings", "config", "app", "nope" },
    ["a config value of another type"] =
      { 1, 'option "size" expected int, got "big"', "config", "app",
        "size=big" },
    ["an unknown action"] =
      { 1, 'action "nope" not defined on unit "app/0"', "run", "app/0",
        "nope" },
    ["an action without its parameter"] =
      { 1, 'validation failed: (root) : "depth" property is missing and '
        .. "required", "run", "app/0", "look" },
    ["an unknown parameter of an action"] =
      { 1, 'validation failed: (root) : additional property "size" is not '
        .. "allowed, given size", "run", "app/0", "look", "depth=1",
        "size=2" },
    ["an unknown setting of the model"] =
      { 1, 'key "nope" is not a model setting of the lab; it knows '
        .. "agent-version, automatically-retry-hooks, clock-offset, "
        .. "logging-config, update-status-hook-interval", "model-config",
        "nope=1" },
    ["a bad interval"] =
      { 1, 'invalid value for "update-status-hook-interval": time: invalid '
        .. 'duration "soon"', "model-config",
        "update-status-hook-interval=soon" },
    ["an unknown level"] =
      { USAGE, 'level value "LOUD" is not one of "TRACE", "DEBUG", "INFO", '
        .. '"WARNING", "ERROR"', "debug-log", "--level", "LOUD" },
    ["an unknown charm of the store"] =
      { 1, 'charm or bundle "nginx" not found; the lab knows postgresql-k8s, '
        .. "temporal-admin-k8s, temporal-k8s; another is one more row in "
        .. "lua/lab/charms.lua", "deploy", "nginx" },
    ["a second controller"] =
      { 1, 'controller "it" already exists', "bootstrap", "microk8s", "two" },
    ["an unknown controller"] =
      { 1, 'controller "nope" not found', "destroy-controller", "nope" },
  } do
    it(("tells %s (%s)"):format(what, table.concat(case, " ", 3)), function()
      refused(case[1], case[2], { table.unpack(case, 3) })
    end)
  end

  for what, case in names.each {
    ["an unknown resource"] =
      { 1, 'unrecognized resource "nope"', "--resource", "nope=scratch" },
    ["a resource without an image"] =
      { USAGE, 'expected "key=value", got "image"', "--resource", "image" },
    ["an unknown image"] =
      { 1, 'image "redis:7" is unknown here; the lab knows postgresql, '
        .. "scratch, temporalio/admin-tools:1.17.4, temporalio/server:1.17.4; "
        .. "another is one more row in lua/lab/images.lua", "--resource",
        "image=redis:7" },
    ["no image for a container"] =
      { 1, "local charm missing OCI images for: image" },
    ["an unknown config option"] =
      { 1, 'unknown option "nope"', "--resource", "image=scratch", "--config",
        "nope=1" },
    ["a bad number of units"] =
      { USAGE, 'invalid value "many" for option --num-units: not a number',
        "--num-units", "many" },
  } do
    it(("deploys nothing with %s"):format(what), function()
      refused(case[1], case[2],
        { "deploy", charm, "other", table.unpack(case, 3) })
    end)
  end

  it("deploys nothing under a name that is taken", function()
    refused(1, 'cannot add application "app": application already exists',
      { "deploy", charm, "--resource", "image=scratch" })
  end)

  local function deploys_not(name, bytes, why)
    local path <const> = ("%s/%s.charm"):format(charms, name)
    assert(fs.write(path, bytes))
    refused(1, ('"%s" is not a charm: %s'):format(path, why),
      { "deploy", path })
  end

  local function archive(files)
    local entries <const> = {}
    for path, text in pairs(files) do
      entries[#entries + 1] = { name = path, data = text, mode = 420 }
    end
    return zip.write(entries)
  end

  it("deploys no file that is not a charm", function()
    local no_zip <const> = "it is not a zip file, or not all of one"
    deploys_not("noise", sys.random(4096), no_zip)
    deploys_not("empty", "", no_zip)
    deploys_not("cut", assert(fs.read(charm)):sub(1, 100000), no_zip)
    deploys_not("bare", archive { ["charm.lua"] = "return {}" },
      "it has no metadata.yaml")
    deploys_not("mapless", archive { ["metadata.yaml"] = "- name: app" },
      "metadata.yaml: expected a map, got a list")
    deploys_not("nameless", archive { ["metadata.yaml"] = "summary: none" },
      "metadata.yaml: it has no name")
    deploys_not("open", archive { ["metadata.yaml"] = "name: [app\n" },
      "cannot read metadata.yaml: cannot decode yaml: line 2, column 1: did "
        .. "not find expected ',' or ']'")
    deploys_not("climbing", archive { ["metadata.yaml"] = "name: climbing",
      ["../../climbed"] = "x" }, 'the entry "../../climbed" leads out of it')
    refused(1, ('"%s" is not a charm: it is a folder; pack it with: charmhost '
      .. "pack"):format(charms .. "/app"), { "deploy", charms .. "/app" })
    refused(1, ('cannot deploy "%s/nowhere.charm": file not found')
      :format(charms), { "deploy", charms .. "/nowhere.charm" })
  end)

  it("has left the application untroubled", function()
    assert.equal("1\n", lab:run("config", "app", "size"))
    assert.is_nil(lab:log():find(" ERROR ", 1, true))
    local model_folder <const> = lab.data .. "/models/temporal"
    assert.same({ "app.charm" }, fs.list(model_folder .. "/charms"))
    assert.same({ "app-0" }, fs.list(model_folder .. "/units"))
  end)
end)

describe("the command line without a lab", function()
  it("says how to make one", function()
    local lab <const> = labs.start { name = "no-lab", bare = true }
    for _, words in ipairs { { "status" }, { "deploy", "postgresql-k8s" },
      { "debug-log" }, { "add-model", "temporal" } } do
      local result <const> = lab:try(table.unpack(words))
      assert.equal("ERROR no controller; make one with: charmlab bootstrap "
        .. "CLOUD NAME\n", result.stderr)
      assert.equal(1, result.code)
    end
    lab:run("bootstrap", "microk8s", "it")
    local result <const> = lab:try("deploy", "postgresql-k8s")
    assert.equal("ERROR no model in focus; add one with: charmlab add-model "
      .. "NAME\n", result.stderr)
    assert.equal(1, result.code)
    lab:stop()
  end)
end)
