-- SPDX-License-Identifier: Apache-2.0
-- What a wrong word on the command line gets: Juju's message and exit code.
local fs = require "host.fs"
local labs = require "tests.support.own_lab"
local verbs = require "lab.cli.verbs"
local zip = require "std.zip"

local CHARM <const> = {
  ["metadata.yaml"] = [[
name: app
requires:
  db: {interface: sql}
containers:
  work: {resource: work-image}
resources:
  work-image: {type: oci-image}
]],
  ["config.yaml"] = "options: {count: {type: int, default: 1}}\n",
  ["actions.yaml"] = "go: {params: {n: {type: integer}}, "
    .. "additionalProperties: false}\n",
}
local MODE <const> = tonumber("644", 8)

describe("charmlab", function()
  local lab, unable, charm

  setup(function()
    unable = labs.unable()
    lab = labs.new()
    charm = lab:charm("app", CHARM)
  end)

  teardown(function()
    lab:close()
  end)

  before_each(function()
    if unable then
      pending(unable)
    end
  end)

  local function fails(code, message, ...)
    local result = lab:run(...)
    assert.equal("ERROR " .. message .. "\n", result.stderr)
    assert.equal(code, result.code)
    assert.equal("", result.stdout)
  end

  it("names an unknown verb, flag and argument", function()
    fails(2, "unrecognized command: charmlab nope", "nope")
    fails(2, "option provided but not defined: --nope", "status", "--nope")
    fails(2, 'unrecognized args: ["x"]', "status", "x")
    fails(2, "missing argument; usage: charmlab add-model NAME", "add-model")
    fails(2, 'expected "key=value", got "x"', "deploy", charm, "--config",
      "x")
  end)

  it("says that there is no controller, then no model", function()
    local none <const> =
      "no controller; make one with: charmlab bootstrap CLOUD NAME"
    fails(1, none, "status")
    fails(1, none, "debug-log")
    fails(1, 'controller "spec" not found', "destroy-controller", "spec")
    fails(2, 'invalid seed "x": it is a number from 0 to 2147483647',
      "bootstrap", "here", "spec", "--seed", "x")
    assert.matches("chosen by the seed 7; for the same again: %-%-seed 7\n$",
      lab:must("bootstrap", "here", "spec", "--seed", "7"))
    fails(1, 'controller "spec" already exists', "bootstrap", "here", "spec")
    fails(1, "no model in focus; add one with: charmlab add-model NAME",
      "status")
    lab:must("add-model", "m")
    fails(1, 'model "m" already exists', "add-model", "m")
    fails(1, '"A b" is not a valid name: model names may only contain '
      .. "lowercase letters, digits and hyphens", "add-model", "A b")
    fails(1, 'model "x" not found', "status", "-m", "x")
  end)

  it("refuses a model setting it cannot use", function()
    fails(1, 'invalid value for "logging-config": unknown severity level '
      .. '"LOUD"', "model-config", "logging-config=<root>=LOUD")
    fails(1, 'invalid value for "update-status-hook-interval": time: missing '
      .. 'unit in duration "5"', "model-config",
      "update-status-hook-interval=5")
    local result = lab:run("model-config", "nope=1")
    assert.equal(1, result.code)
    assert.matches('^ERROR key "nope" is not a model setting', result.stderr)
  end)

  it("refuses what is no charm", function()
    fails(1, ('cannot deploy "%s/none.charm": file not found')
      :format(lab.folder), "deploy", lab.folder .. "/none.charm")
    local path = lab.folder .. "/text.charm"
    assert(fs.write(path, "not a zip file"))
    local result = lab:run("deploy", path)
    assert.equal(1, result.code)
    assert.matches(('ERROR "%s" is not a charm: it is not a zip file')
      :format(path), result.stderr, 1, true)
    fails(1, ('"%s" is not a charm: it is a folder; pack it with: charmhost '
      .. "pack"):format(lab.folder), "deploy", lab.folder .. "/")
    path = lab:charm("empty", { ["x"] = "y" })
    result = lab:run("deploy", path)
    assert.equal(1, result.code)
    assert.matches("is not a charm: it has no metadata.yaml", result.stderr,
      1, true)
    result = lab:run("deploy", "nope")
    assert.equal(1, result.code)
    assert.matches('^ERROR charm or bundle "nope" not found', result.stderr)
  end)

  it("refuses an archive that leads out of its folder", function()
    local path <const> = lab.folder .. "/evil.charm"
    assert(fs.write(path, zip.write {
      { name = "../evil", data = "x", mode = MODE },
      { name = "metadata.yaml", data = "name: evil\n", mode = MODE },
    }))
    fails(1, ('"%s" is not a charm: the entry "../evil" leads out of it')
      :format(path), "deploy", path)
    assert.is_nil((fs.stat(lab.data .. "/models/m/charms/evil")))
  end)

  it("refuses unknown resources, images, options and values", function()
    fails(1, "local charm missing OCI images for: work-image", "deploy", charm)
    fails(1, 'unrecognized resource "nope"', "deploy", charm, "--resource",
      "nope=scratch")
    local result = lab:run("deploy", charm, "--resource", "work-image=nope")
    assert.equal(1, result.code)
    assert.matches('^ERROR image "nope" is unknown here; the lab knows '
      .. "postgresql", result.stderr)
    fails(1, 'unknown option "nope"', "deploy", charm, "--resource",
      "work-image=scratch", "--config", "nope=1")
    assert.same({}, lab:status().applications)
  end)

  it("refuses names that the model has not", function()
    lab:must("deploy", charm, "--resource", "work-image=scratch")
    fails(1, 'cannot add application "app": application already exists',
      "deploy", charm, "--resource", "work-image=scratch")
    local missing <const> = 'application "nope" not found'
    fails(1, missing, "config", "nope")
    fails(1, missing, "remove-application", "nope")
    fails(1, missing, "relate", "app", "nope")
    fails(1, missing, "actions", "nope")
    fails(1, 'application "app" has no "nope" relation', "relate", "app:nope",
      "app")
    fails(1, "no relations found", "relate", "app", "app")
    fails(1, 'relation "app app" not found', "remove-relation", "app", "app")
    fails(1, 'unknown option "nope"', "config", "app", "nope=1")
    fails(1, 'key "nope" not found in "app" application config or charm '
      .. "settings", "config", "app", "nope")
    fails(1, 'option "count" expected int, got "x"', "config", "app",
      "count=x")
    fails(1, 'unit "app/9" not found', "run", "app/9", "go")
    fails(1, 'unit "app/9" not found', "show-unit", "app/9")
    fails(1, 'action "nope" not defined on unit "app/0"', "run", "app/0",
      "nope")
    fails(1, "validation failed: (root).n : must be of type integer, given x",
      "run", "app/0", "go", "n=x")
    fails(2, 'level value "LOUD" is not one of "TRACE", "DEBUG", "INFO", '
      .. '"WARNING", "ERROR"', "debug-log", "--level", "LOUD")
    fails(2, 'cannot wait for "model": it is application or unit',
      "wait-for", "model", "m")
  end)

  it("prints a value, a table, or help", function()
    assert.equal("1\n", lab:must("config", "app", "count"))
    assert.equal("3.6.26\n", lab:must("model-config", "agent-version"))
    assert.equal("spec  here  running\n", lab:must("controllers"))
    assert.matches("\nm%*     1 ", lab:must("models"))
    assert.matches("^usage: charmlab deploy CHARM",
      lab:must("deploy", "--help"))
    for name, verb in pairs(verbs.table) do
      assert.is_string(verb.about, name)
      assert.is_string(verb.args, name)
    end
  end)
end)
