-- SPDX-License-Identifier: Apache-2.0
local events = require "ops.events"
local fs = require "host.fs"
local meta = require "ops.meta"

describe("a charm's metadata", function()
  local dir

  before_each(function()
    dir = assert(fs.mkdtemp "/tmp/meta-spec-")
  end)

  after_each(function()
    assert(fs.remove_all(dir))
  end)

  it("is read from three files, two of which may be absent", function()
    assert(fs.write(dir .. "/metadata.yaml", [[
name: try
peers: { peer: { interface: try } }
requires: { db: { interface: pgsql, limit: 1 } }
provides: { web: http }
containers: { temporal: }
]]))
    local found = meta.read(dir)
    assert.equal("try", found.name)
    assert.same({ "peer", "requires", "provides" }, {
      found.relations.peer.role, found.relations.db.role,
      found.relations.web.role,
    })
    assert.equal(1, found.requires.db.limit)
    assert.equal("http", found.provides.web.interface)
    assert.same({}, found.containers.temporal)
    assert.same({}, found.config)
    assert.same({}, found.actions)
  end)

  it("takes an empty file for an absent one", function()
    assert(fs.write(dir .. "/metadata.yaml", "name: try\n"))
    assert(fs.write(dir .. "/actions.yaml", ""))
    assert(fs.write(dir .. "/config.yaml", "# none yet\n"))
    assert.same({}, meta.read(dir).actions)
    assert.same({}, meta.read(dir).config)
  end)

  it("names the file that can't be read", function()
    local function message()
      local ok, err = pcall(meta.read, dir)
      assert.is_false(ok)
      assert.equal("charm-metadata", err.kind)
      return tostring(err)
    end
    assert.truthy(message():find("metadata.yaml", 1, true))
    assert(fs.write(dir .. "/metadata.yaml", "- a\n- b: ["))
    assert.truthy(message():find("metadata.yaml", 1, true))
    assert(fs.write(dir .. "/metadata.yaml", "summary: x\n"))
    assert.truthy(message():find("it has no name", 1, true))
    assert(fs.write(dir .. "/metadata.yaml", "name: x\n"))
    assert(fs.write(dir .. "/config.yaml", "text"))
    assert.truthy(message():find("config.yaml", 1, true))
  end)
end)

describe("the events of a charm", function()
  it("come from its metadata", function()
    local classes, prefixes = events.from_metadata(meta.new({
      name = "try",
      peers = { peer = { interface = "x" } },
      requires = { ["my-db"] = { interface = "pgsql" } },
      containers = { temporal = {} },
    }, {}, { ["do-it"] = {} }))
    for _, name in ipairs {
      "install", "start", "stop", "remove", "config_changed",
      "update_status", "upgrade_charm", "leader_elected",
      "peer_relation_created", "peer_relation_joined",
      "peer_relation_changed", "peer_relation_departed",
      "my_db_relation_broken", "temporal_pebble_ready", "do_it_action",
      "collect_unit_status", "collect_app_status",
    } do
      assert.is_table(classes[name], name)
    end
    assert.is_nil(classes.db_relation_created)
    assert.same({ peer = true, my_db = true, temporal = true, do_it = true },
      prefixes)
  end)

  it("have their names from the environment", function()
    assert.equal("db_relation_changed",
      events.name { dispatch_path = "hooks/db-relation-changed" })
    assert.equal("do_it_action",
      events.name { dispatch_path = "actions/do-it" })
    assert.equal("config_changed", events.name { hook_name = "config-changed" })
  end)
end)
