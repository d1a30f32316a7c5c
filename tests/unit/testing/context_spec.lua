-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local ops = require "ops"
local testing = require "testing"

local METADATA <const> = {
  name = "try",
  peers = { peer = { interface = "try" } },
  requires = { db = { interface = "pgsql" } },
  containers = { temporal = {} },
  storage = { data = { type = "filesystem", multiple = { range = "0+" } } },
}
local CONFIG <const> = { options = {
  level = { type = "string", default = "info" },
  count = { type = "int", default = 1 },
} }
local ACTIONS <const> = {
  restart = { params = { force = { type = "boolean" } }, required = {} },
}

local function context(handlers)
  local class = ops.charm "try"
  for name, handler in pairs(handlers or {}) do
    class["on_" .. name] = handler
  end
  function class:init()
    for name in pairs(handlers or {}) do
      self:observe(self.on[name], self["on_" .. name])
    end
  end
  return testing.context {
    charm = class,
    metadata = METADATA,
    config = CONFIG,
    actions = ACTIONS,
  }
end

describe("a context", function()
  it("leaves the state in as it was", function()
    local ctx = context {
      start = function(self)
        self.model:get_relation("db").data[self.unit].a = "1"
      end,
    }
    local state = { relations = { { endpoint = "db" } } }
    local out = ctx:run("start", state)
    assert.equal("1", out:get_relation("db").local_unit_data.a)
    assert.same({ relations = { { endpoint = "db" } } }, state)
  end)

  it("takes a state out as the next state in", function()
    local ctx = context {
      start = function(self, event)
        local relation = self.model:get_relation "db"
        local bag = relation.data[self.unit]
        bag.count = tostring((tonumber(bag.count) or 0) + 1)
        event:defer()
      end,
    }
    local out = ctx:run("start", { relations = { { endpoint = "db" } } })
    out = ctx:run("start", out)
    assert.equal("3", out:get_relation("db").local_unit_data.count)
    assert.equal(1, #out.deferred)
  end)

  it("raises what the charm raises, with its traceback", function()
    local ctx = context { start = function() error "boom" end }
    local ok, err = pcall(ctx.run, ctx, "start")
    assert.is_false(ok)
    assert.equal("uncaught-charm-error", err.kind)
    assert.truthy(tostring(err):find("context_spec.lua:%d+: boom"))
  end)

  it("keeps what Juju does at once though the hook fails", function()
    local ctx = context {
      start = function(self)
        self.unit.status = ops.BlockedStatus "x"
        self.unit:set_workload_version "1"
        self.unit:open_port("tcp", 80)
        error "no"
      end,
    }
    local code, out = ctx:try "start"
    assert.equal(1, code)
    assert.equal("blocked", out.unit_status.name)
    assert.equal("1", out.workload_version)
    assert.same({}, out.opened_ports)
  end)

  it("reads a charm's folder, and its modules anew each time", function()
    local dir = assert(fs.mkdtemp "/tmp/context-spec-")
    assert(fs.write(dir .. "/metadata.yaml", "name: folder\n"))
    assert(fs.write(dir .. "/charm.lua", [[
      local ops = require "ops"
      local word = require "word"
      local Folder = ops.charm "folder"
      function Folder:init() self:observe(self.on.start, self.on_start) end
      function Folder:on_start() self.unit.status = ops.BlockedStatus(word) end
      return Folder
    ]])) -- luacheck: ignore
    local path = package.path
    for _, word in ipairs { "one", "two" } do
      assert(fs.write(dir .. "/word.lua", ('return "%s"'):format(word)))
      local out = testing.context { charm_root = dir }:run "start"
      assert.equal(word, out.unit_status.message)
    end
    assert.equal(path, package.path)
    assert(fs.remove_all(dir))
  end)

  it("leaves no file behind", function()
    local made = {}
    local mkdtemp = fs.mkdtemp
    stub(fs, "mkdtemp", function(prefix)
      made[#made + 1] = assert(mkdtemp(prefix))
      return made[#made]
    end)
    local ctx = context {
      start = function(self)
        self.unit:get_container("temporal"):push("/a/b", "x",
          { make_dirs = true })
        error "no"
      end,
    }
    ctx:try("start", { containers = { { name = "temporal",
      can_connect = true } } })
    fs.mkdtemp:revert()
    assert.is_true(#made > 0)
    for _, folder in ipairs(made) do
      assert.is_nil(fs.stat(folder))
    end
  end)
end)

describe("a state", function()
  it("gives its secrets, storage and relations by name", function()
    local out = context().run(context(), "start", {
      secrets = { { label = "a", tracked_content = { abc = "1" } } },
      storages = { { name = "data" }, { name = "data" } },
    })
    assert.same({ abc = "1" }, out:get_secret("a").latest_content)
    assert.equal(out.secrets[1], out:get_secret(out.secrets[1].id))
    assert.equal(1, out:get_storage("data", 1).index)
    assert.equal("/storage/data/0", out:get_storage("data").location)
    assert.is_nil(out:get_secret "none")
  end)
end)

describe("a state that can't be", function()
  local function refusal(event, state, options)
    local ok, err = pcall(context().run, context(), event, state, options)
    assert.is_false(ok)
    assert.equal("inconsistent-scenario", err.kind)
    return tostring(err)
  end

  local CASES <const> = {
    { "an unknown option", "start", { config = { x = 1 } }, nil, "'x'" },
    { "an option of another type", "start", { config = { count = "1" } }, nil,
      "must be a int" },
    { "an unknown endpoint", "start", { relations = { { endpoint = "x" } } },
      nil, "endpoint 'x'" },
    { "databag values that are no strings", "start",
      { relations = { { endpoint = "db", remote_app_data = { a = 1 } } } },
      nil, "relation data are strings" },
    { "remote units of peers", "start",
      { relations = { { endpoint = "peer", remote_units_data = {} } } }, nil,
      "is a peer relation" },
    { "this unit as its own peer", "start",
      { relations = { { endpoint = "peer", peers_data = { [0] = {} } } } },
      nil, "this unit itself" },
    { "two relations of one id", "start", { relations = {
      { endpoint = "db", id = 1 }, { endpoint = "peer", id = 1 } } }, nil,
      "have the id 1" },
    { "an event of a relation that isn't there", "db_relation_changed", {},
      nil, "no such relation" },
    { "an event of one of two relations", "db_relation_changed",
      { relations = { { endpoint = "db" }, { endpoint = "db" } } }, nil,
      "several relations" },
    { "a joined unit that is not named", "db_relation_joined",
      { relations = { { endpoint = "db",
        remote_units_data = { [0] = {}, [1] = {} } } } }, nil,
      "which remote unit" },
    { "a workload event without container", "temporal_pebble_ready", {}, nil,
      "no container 'temporal'" },
    { "an unknown container", "start", { containers = { { name = "x" } } },
      nil, "container 'x'" },
    { "an unknown action", "x_action", {}, nil, "not in actions.yaml" },
    { "an unknown parameter", "restart_action", {}, { params = { x = 1 } },
      "parameter 'x'" },
    { "a parameter of another type", "restart_action", {},
      { params = { force = "yes" } }, "must be a boolean" },
    { "parameters of no action", "start", {}, { params = {} },
      "only an action" },
    { "an unknown resource", "start", { resources = { x = "/x" } }, nil,
      "resource 'x'" },
    { "an option that is null", "start",
      { config = { level = ops.null } }, nil, "is null" },
    { "an unknown storage", "start", { storages = { { name = "x" } } }, nil,
      "storage 'x'" },
    { "one storage twice", "start", { storages = {
      { name = "data", index = 1 }, { name = "data", index = 1 } } }, nil,
      "'data/1' is there twice" },
    { "an event of a storage that isn't there", "data_storage_attached", {},
      nil, "no such storage" },
    { "an event of one of two storages", "data_storage_attached",
      { storages = { { name = "data" }, { name = "data" } } }, nil,
      "several storage" },
    { "a secret without content", "start", { secrets = { { label = "a" } } },
      nil, "the secret a has no content" },
    { "a secret with a key Juju refuses", "start",
      { secrets = { { label = "a", tracked_content = { x = "1" } } } }, nil,
      "the key 'x'" },
    { "a secret of an odd owner", "start", { secrets = { { label = "a",
      owner = "me", tracked_content = { abc = "1" } } } }, nil,
      "the owner 'me'" },
    { "another's secret with grants", "start", { secrets = { { label = "a",
      tracked_content = { abc = "1" }, remote_grants = { [1] = { "x" } } } } },
      nil, "only its owner grants" },
    { "two secrets of one label", "start", { secrets = {
      { label = "a", tracked_content = { abc = "1" } },
      { label = "a", tracked_content = { abc = "1" } } } }, nil,
      "have the label 'a'" },
    { "an event of a secret that isn't there", "secret_changed", {}, nil,
      "no such secret" },
    { "an unknown network", "start", { networks = { x = {} } }, nil,
      "binding 'x'" },
    { "a check that the plan has not", "start", { containers = { {
      name = "temporal", checks = { up = "down" } } } }, nil,
      "has no check 'up'" },
    { "a check unlike its plan", "start", { containers = { {
      name = "temporal", layers = { { label = "l", layer = { checks = {
        up = { override = "replace", level = "alive", threshold = 3,
          exec = { command = "true" } } } } } },
      checks = { up = { level = "ready" } } } } }, nil,
      "the level ready, its plan alive" },
    { "an event of a check that isn't there",
      "temporal_pebble_check_failed", { containers = { {
        name = "temporal" } } }, nil, "no such check" },
    { "an event of a notice that isn't there",
      "temporal_pebble_custom_notice", { containers = { {
        name = "temporal" } } }, nil, "no such notice" },
    { "two notices of one key", "start", { containers = { {
      name = "temporal", notices = { { id = "1", key = "a" },
        { id = "2", key = "a" } } } } }, nil, "have the key 'a'" },
    { "two commands that begin alike", "start", { containers = { {
      name = "temporal", execs = { { command_prefix = { "a", "b" } },
        { command_prefix = { "a", "b" } } } } } }, nil,
      "the command prefix 'a b'" },
  }
  it("is refused by the charm's own metadata", function()
    local odd = testing.context { charm = ops.charm "try", metadata = {
      name = "try",
      requires = { db = { interface = "a" }, web = { interface = "b" } },
      provides = { db = { interface = "a" } },
      ["extra-bindings"] = { web = {} },
    } }
    local ok, err = pcall(odd.run, odd, "start")
    assert.is_false(ok)
    assert.truthy(tostring(err):find(
      "the endpoint 'db' twice, in requires and provides", 1, true))
    assert.truthy(tostring(err):find(
      "'web' is an endpoint and an extra binding", 1, true))
  end)

  it("is refused by Juju's version", function()
    local old = testing.context { charm = ops.charm "try",
      metadata = METADATA, juju_version = "2.9.52" }
    local ok, err = pcall(old.run, old, "start",
      { secrets = { { label = "a", tracked_content = { abc = "1" } } } })
    assert.is_false(ok)
    assert.truthy(tostring(err):find("Juju 2.9.52 has no secrets", 1, true))
    ok, err = pcall(old.run, old, "start", { cloud_spec = { type = "x" },
      model = { name = "m", uuid = "u", type = "kubernetes" } })
    assert.is_false(ok)
    assert.truthy(tostring(err):find("no cloud's specification", 1, true))
  end)

  for _, case in ipairs(CASES) do
    it("is refused: " .. case[1], function()
      local message = refusal(case[2], case[3], case[4])
      assert.truthy(message:find(case[5], 1, true), message)
    end)
  end
end)
