-- SPDX-License-Identifier: Apache-2.0
local fake_juju = require "testing.juju"
local json = require "std.json"
local metas = require "ops.meta"

local META <const> = metas.new({
  name = "try",
  peers = { peer = { interface = "try" } },
  requires = { db = { interface = "pgsql" } },
  storage = { data = { type = "filesystem" } },
}, {}, {})

local function juju(options)
  options = options or {}
  return fake_juju.new {
    environ = options.environ or { JUJU_MODEL_UUID = "uuid" },
    planned_units = 2,
    storages = { { name = "data", index = 0, kind = "filesystem",
      location = "/srv" } },
    meta = META,
    unit = "try/0",
    app = "try",
    leader = options.leader or false,
    config = { level = "info" },
    networks = {},
    resources = { file = "/r/file" },
    params = options.params,
    now = {
      unit_status = { name = "unknown", message = "" },
      app_status = { name = "unknown", message = "" },
      unit_status_history = {},
      app_status_history = {},
      juju_log = {},
      action_logs = {},
    },
    buffered = {
      stored = { k = "v" },
      opened_ports = { ["80/tcp"] = { db = true, a = true }, icmp = true },
      requested_storages = {},
      removed_secret_revisions = {},
      secrets = {
        { id = "secret:own", owner = "unit", label = "mine", revision = 2,
          tracked_content = { key = "old" },
          latest_content = { key = "new" }, remote_grants = {} },
        { id = "secret:other", granted = false,
          tracked_content = { key = "x" }, latest_content = { key = "x" },
          revision = 1 },
      },
      relations = {
        {
          endpoint = "db",
          id = 3,
          remote_app_name = "pg",
          remote_app_data = { host = "h" },
          remote_units_data = { [0] = { port = "1" }, [1] = {} },
          local_app_data = { own = "1" },
          local_unit_data = { mine = "1" },
        },
      },
    },
  }
end

-- "relation-get -r db:3 - pg/0" -> the tool's answer
local function run(model, line, stdin)
  local words = {}
  for word in line:gmatch("%S+") do
    words[#words + 1] = word
  end
  local name = table.remove(words, 1)
  return model:run(name, words, stdin)
end

describe("Juju in specs", function()
  local READS <const> = {
    { "config-get --format=json", '{"level":"info"}\n' },
    { "config-get --format=json none", "null\n" },
    { "is-leader --format=json", "false\n" },
    { "relation-ids --format=json db", '["db:3"]\n' },
    { "relation-ids none --format=json", "[]\n" },
    { "relation-list -r db:3", '["pg/0","pg/1"]\n' },
    { "relation-list -r 3 --app", '"pg"\n' },
    { "relation-get -r db:3 host pg --app", '"h"\n' },
    { "relation-get -r db:3 none pg --app", "null\n" },
    { "relation-get --relation=db:3 - pg/0", '{"port":"1"}\n' },
    { "relation-get -r db:3 - try/0", '{"mine":"1"}\n' },
    { "state-get --format=json", '{"k":"v"}\n' },
    { "state-get k", '"v"\n' },
    { "state-get none", '""\n' },
    { "resource-get file", "/r/file" },
    { "opened-ports --format=json", '["80/tcp","icmp"]\n' },
    { "opened-ports --endpoints", '["80/tcp (a, db)","icmp (*)"]\n' },
    { "goal-state", '{"relations":{},"units":{"try/0":{"since":"","status":'
      .. '"active"},"try/1":{"since":"","status":"active"}}}\n' },
    { "relation-model-get -r 3", '{"uuid":"uuid"}\n' },
    { "secret-get own", '{"key":"old"}\n' },
    { "secret-get secret://uuid/own --peek", '{"key":"new"}\n' },
    { "secret-get --label mine --refresh", '{"key":"new"}\n' },
    { "secret-get own key", '"old"\n' },
    { "secret-get own key#base64", '"b2xk"\n' },
    { "secret-info-get own", '{"own":{"label":"mine","owner":"unit",'
      .. '"revision":2,"rotation":"never"}}\n' },
    { "secret-ids", '["own"]\n' },
    { "storage-list", '["data/0"]\n' },
    { "storage-list other", "[]\n" },
    { "storage-get -s data/0", '{"kind":"filesystem","location":"/srv"}\n' },
    { "storage-get -s data/0 location", '"/srv"\n' },
  }
  for _, case in ipairs(READS) do
    it("answers " .. case[1], function()
      assert.same({ code = 0, stdout = case[2], stderr = "" },
        run(juju(), case[1]))
    end)
  end

  local REFUSALS <const> = {
    { "no-such-tool", 1, "unknown command" },
    { "is-leader --loud", 2, "option provided but not defined: --loud" },
    { "relation-list -r", 2, "option needs an argument: -r" },
    { "relation-list", 2, "no relation id specified" },
    { "relation-list -r 9", 2, "relation not found" },
    { "relation-get -r 3 -", 2, "no unit or application specified" },
    { "relation-get -r 3 - other/0", 1, "permission denied" },
    { "relation-get -r 3 --app - try", 1, "permission denied" },
    { "relation-set -r 3 --app a=1", 1, "cannot write relation settings" },
    { "relation-set -r 3 a", 2, 'expected "key=value"' },
    { "status-set great", 2, "invalid status" },
    { "status-set --application=True active", 1, "not the leader" },
    { "status-get --application=true", 1, "not the leader" },
    { "state-get --strict none", 1, "not found" },
    { "network-get none", 1, "no network config found" },
    { "action-get", 1, "not running an action" },
    { "resource-get none", 1, "could not download resource" },
    { "open-port xx", 2, "invalid port" },
    { "application-version-set", 2, "no version specified" },
    { "credential-get", 1, "cannot access cloud credentials" },
    { "secret-add", 2, "missing secret value or filename" },
    { "secret-add --owner unit key", 2, 'key value "key" not valid' },
    { "secret-add --owner unit key=", 2, 'key value "key=" not valid' },
    { "secret-add abc=1", 1, "not the leader" },
    { "secret-add --owner unit --label mine abc=1", 1, "already exists" },
    { "secret-get", 2, "require either a secret URI or label" },
    { "secret-get own --peek --refresh", 2, "but not both" },
    { "secret-get none", 1, 'secret "none" not found' },
    { "secret-get --label none", 1, 'consumer label "none" not found' },
    { "secret-get other", 1, "permission denied" },
    { "secret-get own none", 1, 'secret key value "none" not found' },
    { "secret-info-get other", 1, 'secret "other" not found' },
    { "secret-grant own", 2, "no relation id specified" },
    { "secret-remove", 2, "missing secret URI" },
    { "storage-get", 2, "no storage instance specified" },
    { "storage-get -s data/9", 2, "storage not found" },
    { "storage-get -s data/0 colour", 1, "invalid storage attribute" },
    { "storage-add", 2, "requires a storage directive" },
    { "storage-add none=1", 1, "not found" },
    { "juju-log", 2, "no message specified" },
  }
  for _, case in ipairs(REFUSALS) do
    it("refuses " .. case[1], function()
      local result = run(juju(), case[1])
      assert.equal(case[2], result.code)
      assert.truthy(result.stderr:find("^ERROR "))
      assert.truthy(result.stderr:find(case[3], 1, true), result.stderr)
    end)
  end

  it("takes a map on standard input, \"\" deletes", function()
    local model = juju { leader = true }
    assert.equal(0, run(model, "relation-set -r 3 --file -",
      '? "a"\n: "yes"\n? "mine"\n: ""\n').code)
    assert.same({ a = "yes" }, model.buffered.relations[1].local_unit_data)
    assert.equal(0, run(model, "relation-set -r 3 --app x=1=2").code)
    assert.equal("1=2", model.buffered.relations[1].local_app_data.x)
    assert.equal(2, run(model, "relation-set -r 3 --file -", "a: [1]").code)
  end)

  it("bounds the state's keys and values", function()
    local model = juju()
    local big = json.encode { a = ("x"):rep(65537) }
    assert.equal(1, run(model, "state-set --file -", big).code)
    assert.equal(0, run(model, "state-set --file -",
      json.encode { a = ("x"):rep(65536) }).code)
  end)

  it("leaves out what departs and what is breaking", function()
    local departing = juju { environ = {
      JUJU_RELATION_ID = "db:3",
      JUJU_HOOK_NAME = "db-relation-departed",
      JUJU_DEPARTING_UNIT = "pg/1",
    } }
    assert.equal('["pg/0"]\n', run(departing, "relation-list").stdout)
    assert.equal(0, run(departing, "relation-get - pg/1").code)
    local breaking = juju { environ = {
      JUJU_RELATION_ID = "db:3",
      JUJU_HOOK_NAME = "db-relation-broken",
    } }
    assert.equal("[]\n", run(breaking, "relation-ids db").stdout)
    assert.equal("[]\n", run(breaking, "relation-list -r 3").stdout)
    assert.equal(0, run(breaking, "relation-get -r 3 --app - pg").code)
  end)

  it("keeps action results nested, reserved keys refused", function()
    local model = juju { params = { a = { b = 1 } } }
    assert.equal("1\n", run(model, "action-get a.b").stdout)
    assert.equal(0, run(model, "action-set x.y=1 z=2").code)
    assert.same({ x = { y = "1" }, z = "2" }, model.now.action_results)
    assert.equal(1, run(model, "action-set stdout=1").code)
    assert.equal(2, run(model, "action-set Bad=1").code)
  end)

  it("makes a revision only of what differs", function()
    local model = juju()
    assert.equal(0, run(model, "secret-set own key=new").code)
    assert.equal(2, model.buffered.secrets[1].revision)
    assert.equal(0, run(model, "secret-set own key#base64=eA==").code)
    assert.equal(3, model.buffered.secrets[1].revision)
    assert.same({ key = "x" }, model.buffered.secrets[1].latest_content)
    assert.is_nil(model.commit_error)
  end)

  it("finds at the end that a secret is not ours", function()
    local model = juju()
    assert.equal(0, run(model, "secret-set other key=new").code)
    assert.equal('secret "other" not found', model.commit_error)
  end)

  it("does not reboot for an action", function()
    local model = juju()
    assert.equal(0, run(model, "juju-reboot --now").code)
    assert.equal("now", model.now.reboot)
    assert.equal(1, run(juju { params = {} }, "juju-reboot").code)
  end)

  it("keeps the calls", function()
    local model = juju()
    run(model, "is-leader --format=json")
    assert.same({ { tool = "is-leader", args = { "--format=json" } } },
      model.calls)
  end)
end)
