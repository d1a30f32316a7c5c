-- SPDX-License-Identifier: Apache-2.0
-- Each hook tool as a charm meets it: output, errors and codes of Juju 3.6.
local hooktool_run = require "tests.support.hooktool_run"
local hooktools = require "lab.hooktools"
local lab = require "tests.support.lab_model"
local null = require "std.null"
local relations = require "lab.model.relations"
local server = require "lab.hooktools.server"

local CHANGED <const> = {
  kind = "relation-changed", name = "db-relation-changed", relation = "1",
  endpoint = "db", remote_app = "server", remote_unit = "server/0",
}
local CONFIG <const> = hooktool_run.CONFIG

local run <const> = hooktool_run.runner(CHANGED)
local out <const>, fails <const> = hooktool_run.out, hooktool_run.fails

describe("hook tools", function()
  it("are those of the Juju version", function()
    local call, context = run()
    local _, text = call("no-such-tool")
    assert.equal("bad request: unknown command: no-such-tool", text)
    assert.is_true(hooktools.knows("leader-get", "3.6.26"))
    context.version = "4.0.1"
    _, text = call("leader-get")
    assert.equal("bad request: unknown command: leader-get", text)
    for _, name in ipairs(hooktools.names("4.0.1")) do
      assert.is_true(hooktools.knows(name, "4.0.1"), name)
    end
  end)

  it("check flags, formats and arguments alike", function()
    local call = run()
    fails(2, "option provided but not defined: --nope",
      call("is-leader", "--nope"))
    fails(2, 'invalid value "xml" for option --format: unknown format "xml"',
      call("is-leader", "--format", "xml"))
    fails(2, 'unrecognized args: ["a" "b"]', call("is-leader", "a", "b"))
  end)

  it("print smart, yaml and json", function()
    local call = run()
    assert.equal("True\n", out(call("is-leader")))
    assert.equal("true\n", out(call("is-leader", "--format=json")))
    assert.equal("server/0\n", out(call("relation-list")))
    assert.equal('["server/0"]\n', out(call("relation-list", "--format=json")))
    assert.equal("- server/0\n", out(call("relation-list", "--format=yaml")))
    assert.equal("", out(call("relation-get", "nope")))
    assert.equal("null\n", out(call("relation-get", "--format=json", "nope")))
  end)

  it("escape what Go escapes in JSON", function()
    local call = run()
    call("state-set", "k=<&>")
    assert.equal('"\\u003c\\u0026\\u003e"\n',
      out(call("state-get", "--format=json", "k")))
  end)
end)

describe("config-get", function()
  local function model()
    local made = lab.related()
    local app = made.applications.client
    app.charm = lab.charm {
      options = {
        a = { type = "string", default = "x" }, f = { type = "float" },
        none = { type = "string" },
      },
      endpoints = app.charm.endpoints,
    }
    app.config.f = 2.0
    return made
  end

  it("gives all options that have a value, or one", function()
    local call = run(CONFIG, model())
    assert.equal('{"a":"x","f":2}\n', out(call("config-get", "--format=json")))
    assert.equal('{"a":"x","f":2,"none":null}\n',
      out(call("config-get", "--format=json", "--all")))
    assert.equal("x\n", out(call("config-get", "a")))
    assert.equal("null\n", out(call("config-get", "--format=json", "nope")))
    fails(2, 'cannot use argument --all together with key "a"',
      call("config-get", "-a", "a"))
  end)
end)

describe("relation tools", function()
  it("take the relation of the hook, or -r, with or without a name", function()
    local call = run()
    for _, args in ipairs { {}, { "-r", "1" }, { "-r", "db:1" }, { "-r1" } } do
      assert.equal("server\n",
        out(call("relation-list", "--app", table.unpack(args))))
    end
    fails(2, 'invalid value "9" for option -r: relation not found',
      call("relation-list", "-r", "9"))
    call = run(CONFIG)
    fails(2, "no relation id specified", call("relation-list"))
    fails(2, "no endpoint name specified", call("relation-ids"))
  end)

  it("list ids, without one that is breaking", function()
    local call = run()
    assert.equal('["db:1"]\n', out(call("relation-ids", "--format=json")))
    assert.equal("[]\n", out(call("relation-ids", "--format=json", "nope")))
    call = run {
      kind = "relation-broken", name = "db-relation-broken", relation = "1",
      endpoint = "db", remote_app = "server",
    }
    assert.equal("[]\n", out(call("relation-ids", "--format=json", "db")))
    assert.equal("{}\n", out(call("relation-get", "--format=json", "-r", "1",
      "-", "server", "--app")))
  end)

  it("get by unit, by application, by key", function()
    local model = lab.related()
    relations.write(model.relations["1"], "server/0", { k = "unit" })
    relations.write(model.relations["1"], "server", { k = "app" })
    local call = run(CHANGED, model)
    assert.equal("unit\n", out(call("relation-get", "k")))
    assert.equal("unit\n", out(call("relation-get", "k", "server/0")))
    assert.equal("app\n", out(call("relation-get", "--app", "k")))
    assert.equal('{"k":"app"}\n',
      out(call("relation-get", "--format=json", "--app", "-", "server")))
  end)

  it("refuse what is nobody's, or not for this unit", function()
    local call, _, model = run()
    fails(2, 'expected unit name, got application name "server"',
      call("relation-get", "-", "server"))
    fails(2, 'invalid unit name "Server!"', call("relation-get", "-", "Server!"))
    fails(1, "permission denied", call("relation-get", "-", "other/0"))
    model.applications.client.leader = "client/1"
    call = run(CHANGED, model)
    fails(1, "permission denied",
      call("relation-get", "--app", "-", "client"))
    fails(1, "cannot write relation settings",
      call("relation-set", "--app", "a=1"))
    call = run(CONFIG)
    fails(2, "no unit or application specified",
      call("relation-get", "-r", "1"))
  end)

  it("set: trimmed, deleted by an empty value, by argument and by file",
    function()
      local call, context, model = run()
      out(call("relation-set", " a = 1 ", "b=2", "c=x=y"))
      out(call("relation-set", "b="))
      out(call("relation-set", "--file", "-",
        { stdin = '? "d"\n: "yes"\n? "n"\n: 0777\n' }))
      assert.same({
        a = "1", c = "x=y", d = "yes", n = "0777",
      }, (function()
        local bag <const> = {}
        for key, value in pairs(context:bag(model.relations["1"], "client/0"))
        do
          bag[key] = #key == 1 and value or nil
        end
        return bag
      end)())
      fails(2, 'expected "key=value", got "x"', call("relation-set", "x"))
      fails(2, 'key "a" specified more than once',
        call("relation-set", "a=1", "a=2"))
    end)

  it("ask for standard input when there is none", function()
    local call = run()
    local result, text = call("relation-set", "--file", "-")
    assert.is_nil(result)
    assert.equal(server.STDIN_REQUIRED, text)
  end)

  it("refuse a document that is no map of texts", function()
    local call = run()
    local result = call("relation-set", "--file", "-", { stdin = "a: [1]\n" })
    assert.equal(1, result.code)
    result = call("relation-set", "--file", "-", { stdin = "a: {b: 1\n" })
    assert.equal(1, result.code)
    out(call("relation-set", "--file", "-", { stdin = "" }))
  end)

  it("tell the other side's model", function()
    local call = run()
    assert.equal('{"uuid":"u"}\n',
      out(call("relation-model-get", "--format=json")))
  end)
end)

describe("status tools", function()
  it("write at once", function()
    local call, context, model = run()
    out(call("status-set", "--application=False", "blocked", "--", "-x"))
    assert.same({ status = "blocked", message = "-x", since = 0 },
      model.units["client/0"].workload)
    assert.equal(1, context.saves)
    out(call("status-set", "--application=True", "active"))
    assert.equal("active", model.applications.client.status.status)
    out(call("application-version-set", "1.2"))
    assert.equal("1.2", model.applications.client.version)
  end)

  it("refuse other statuses, and non-leaders", function()
    local call, _, model = run()
    fails(2, 'invalid status "error", expected one of [maintenance blocked '
      .. "waiting active]", call("status-set", "error"))
    fails(2, "invalid args, require <status> [message]", call("status-set"))
    fails(2, "no version specified", call("application-version-set"))
    model.applications.client.leader = "client/1"
    call = run(CHANGED, model)
    fails(1, "this unit is not the leader",
      call("status-set", "--application", "active"))
    fails(1, "finding application status: this unit is not the leader",
      call("status-get", "--application"))
  end)

  it("read back", function()
    local call = run()
    out(call("status-set", "active", "fine"))
    assert.equal('{"status":"active"}\n',
      out(call("status-get", "--format=json")))
    assert.equal('{"message":"fine","status":"active","status-data":{}}\n',
      out(call("status-get", "--format=json", "--include-data",
        "--application=false")))
  end)
end)

describe("state tools", function()
  it("set, get and delete within the run", function()
    local call = run()
    out(call("state-set", "a=1", "b="))
    assert.equal('{"a":"1","b":""}\n', out(call("state-get", "--format=json")))
    assert.equal("1\n", out(call("state-get", "a")))
    out(call("state-delete", "a"))
    out(call("state-delete", "never"))
    assert.equal('""\n', out(call("state-get", "--format=json", "a")))
    fails(1, '"a" not found', call("state-get", "--strict", "a"))
    out(call("state-set"))
  end)

  it("limit keys and values, and take nothing then", function()
    local call, context = run()
    fails(1, "max allowed value length (65536) exceeded",
      call("state-set", "a=1", "b=" .. ("x"):rep(65537)))
    fails(1, "max allowed key length (256) exceeded",
      call("state-set", ("k"):rep(257) .. "=1"))
    assert.same({}, context:charm_state())
    context.version = "4.1.0"
    fails(1, "max allowed value length (65536): quota limit exceeded",
      call("state-set", "b=" .. ("x"):rep(65537)))
  end)
end)

describe("leader tools", function()
  it("share settings, written by the leader at once", function()
    local call, _, model = run()
    out(call("leader-set", "a=1"))
    assert.equal("1\n", out(call("leader-get", "a")))
    model.applications.client.leader = "client/1"
    call = run(CHANGED, model)
    assert.equal('{"a":"1"}\n', out(call("leader-get", "--format=json")))
    fails(1, "cannot write leadership settings: cannot write settings: not "
      .. "the leader", call("leader-set", "a=2"))
  end)
end)

describe("network tools", function()
  it("give the unit's one address", function()
    local call = run()
    assert.equal('{"bind-addresses":[{"addresses":[{"address":"127.100.0.1",'
      .. '"cidr":"127.100.0.1/32","hostname":"","value":"127.100.0.1"}],'
      .. '"interface-name":"lo","mac-address":""}],'
      .. '"egress-subnets":["127.100.0.1/32"],'
      .. '"ingress-addresses":["127.100.0.1"]}\n',
      out(call("network-get", "--format=json", "-r", "1", "db")))
    assert.equal("127.100.0.1\n",
      out(call("network-get", "db", "--bind-address")))
    assert.equal("127.100.0.1\n", out(call("unit-get", "private-address")))
  end)

  it("refuse unknown names", function()
    local call = run()
    fails(1, 'no network config found for binding "nope"',
      call("network-get", "nope"))
    fails(2, "no arguments specified", call("network-get"))
    fails(2, 'unknown setting "x"', call("unit-get", "x"))
  end)
end)

describe("storage and resource tools", function()
  local function model()
    local made = lab.model()
    lab.deploy(made, "client", lab.charm {
      storage = { data = { type = "filesystem" } },
      resources = { image = {} },
    })
    return made
  end

  it("list and get storages", function()
    local call = run(CONFIG, model())
    assert.equal('["data/0"]\n',
      out(call("storage-list", "--format=json", "data")))
    assert.equal("[]\n", out(call("storage-list", "--format=json", "nope")))
    assert.equal("/var/lib/juju/storage/data/0\n",
      out(call("storage-get", "-s", "data/0", "location")))
    fails(2, "no storage instance specified", call("storage-get"))
    fails(1, 'invalid storage attribute "x"',
      call("storage-get", "-s", "data/0", "x"))
  end)

  it("name the hook's storage in their help, where ops reads it", function()
    local call = run({
      kind = "storage-attached", name = "data-storage-attached",
      storage = "data/0",
    }, model())
    assert.matches("\n-s  (= data/0)\n", out(call("storage-get", "--help")), 1,
      true)
    assert.equal("/var/lib/juju/storage/data/0\n",
      out(call("storage-get", "location")))
  end)

  it("add storages at the commit", function()
    local made = model()
    local call, context = run(CONFIG, made)
    out(call("storage-add", "data=2"))
    fails(2, "storage add requires a storage directive", call("storage-add"))
    fails(2, 'only count can be specified for "data"',
      call("storage-add", "data=x"))
    assert(context:commit())
    assert.is_table(made.units["client/0"].storage["data/2"])
  end)

  it("give a resource's path without a newline", function()
    local call = run(CONFIG, model())
    assert.equal("/resources/image", out(call("resource-get", "image")))
    fails(1, 'could not download resource: resource "x" not found',
      call("resource-get", "x"))
  end)
end)

describe("action tools", function()
  local function acting()
    local model = lab.related()
    model.actions["2"] = {
      id = "2", unit = "client/0", params = { a = { b = 5 }, c = "x", n = null },
      log = {},
    }
    return run({ kind = "action", name = "go", action = "2" }, model)
  end

  it("read parameters by path", function()
    local call = acting()
    assert.equal("5\n", out(call("action-get", "a.b")))
    assert.equal("null\n", out(call("action-get", "--format=json", "a.x")))
    assert.equal("null\n", out(call("action-get", "--format=json", "c.x")))
    assert.equal('{"a":{"b":5},"c":"x","n":null}\n',
      out(call("action-get", "--format=json")))
  end)

  it("collect results, a failure and log lines", function()
    local call, context, model = acting()
    out(call("action-set", "a.b=1", "c=x=y"))
    assert.same({ a = { b = "1" }, c = "x=y" }, context.results)
    out(call("action-fail", "no"))
    assert.equal("no", context.failure)
    out(call("action-log", "one", "two"))
    assert.equal("one two", model.actions["2"].log[1].message)
    fails(2, 'cannot set reserved action key "stdout"',
      call("action-set", "stdout=x"))
    fails(2, 'argument "x" must be of the form key...=value',
      call("action-set", "x"))
    assert.equal(2, call("action-set", "A=x").code)
  end)

  it("belong to actions", function()
    local call = run(CONFIG)
    for _, name in ipairs {
      "action-get", "action-set", "action-fail", "action-log",
    } do
      fails(1, "not running an action", call(name))
    end
  end)
end)

describe("other tools", function()
  it("log by level, with the relation before the message", function()
    local call, context = run()
    out(call("juju-log", "--log-level", "debug", "--", "-m", "x"))
    out(call("juju-log", "plain"))
    out(call("juju-log", "-l", "LOUD", "text"))
    assert.same({
      "DEBUG db:1: -m x", "INFO db:1: plain",
      'WARNING Specified log level of "LOUD" is not valid',
      "INFO db:1: text",
    }, context.lines)
    fails(2, "no message specified", call("juju-log"))
  end)

  it("tell the goal state", function()
    local call = run()
    assert.equal('{"relations":{"db":{"server":{"since":'
      .. '"1970-01-01T00:00:00Z","status":"joined"},'
      .. '"server/0":{"since":"1970-01-01T00:00:00Z","status":"unknown"}}},'
      .. '"units":{"client/0":{"since":"1970-01-01T00:00:00Z",'
      .. '"status":"unknown"}}}\n', out(call("goal-state", "--format=json")))
  end)

  it("give credentials to a trusted application only", function()
    local call, context = run()
    fails(1, "cannot access cloud credentials: permission denied",
      call("credential-get"))
    context.application.trust = true
    assert.equal(0, call("credential-get").code)
  end)
end)
