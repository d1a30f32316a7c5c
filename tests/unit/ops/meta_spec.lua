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
    assert.same({ name = "temporal", mounts = {} },
      found.containers.temporal)
    assert.same({}, found.config)
    assert.same({}, found.actions)
  end)

  it("has every field, typed", function()
    assert(fs.write(dir .. "/metadata.yaml", [[
name: try
maintainers: [A <a@example.com>]
website: https://example.com
tags: [db]
terms: t/1
subordinate: true
min-juju-version: 3.6.0
charm-user: non-root
containers:
  temporal:
    resource: image
    mounts:
      - { storage: data, location: /a }
      - { storage: data, location: /b }
storage:
  data: { type: filesystem, multiple: { range: 1-3 }, minimum-size: 1G }
  logs: { type: filesystem, multiple: { range: 2+ }, read-only: true }
  one: { type: block, location: /srv }
extra-bindings: { admin: }
payloads: { web: { type: docker } }
]]))
    local found = meta.read(dir)
    assert.same({ "A <a@example.com>" }, { found.maintainers[1] })
    assert.same({ "https://example.com" }, found.links.websites)
    assert.same({ "t/1" }, found.terms)
    assert.is_true(found.subordinate)
    assert.equal("non-root", found.charm_user)
    assert.equal("3.6.0", found.min_juju_version)
    assert.same({ data = { "/a", "/b" } }, found.containers.temporal.mounts)
    assert.equal("image", found.containers.temporal.resource)
    assert.same({ 1, 3 }, found.storages.data.multiple_range)
    assert.same({ 2 }, found.storages.logs.multiple_range)
    assert.is_nil(found.storages.one.multiple_range)
    assert.equal("1G", found.storages.data.minimum_size)
    assert.is_true(found.storages.logs.read_only)
    assert.equal("/srv", found.storages.one.location)
    assert.equal("docker", found.payloads.web.type)
    assert.same({}, found.extra_bindings.admin)
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
      storage = { ["big-disk"] = { type = "filesystem" } },
    }, {}, { ["do-it"] = {} }))
    for _, name in ipairs {
      "install", "start", "stop", "remove", "config_changed",
      "update_status", "upgrade_charm", "leader_elected",
      "peer_relation_created", "peer_relation_joined",
      "peer_relation_changed", "peer_relation_departed",
      "my_db_relation_broken", "temporal_pebble_ready", "do_it_action",
      "temporal_pebble_custom_notice", "temporal_pebble_check_failed",
      "temporal_pebble_check_recovered", "big_disk_storage_attached",
      "big_disk_storage_detaching", "secret_changed", "secret_rotate",
      "secret_expired", "secret_remove", "leader_settings_changed",
      "collect_unit_status", "collect_app_status",
    } do
      assert.is_table(classes[name], name)
    end
    assert.is_nil(classes.db_relation_created)
    assert.same({ peer = true, my_db = true, temporal = true, do_it = true,
      big_disk = true }, prefixes)
  end)

  it("have their names from the environment", function()
    assert.equal("db_relation_changed",
      events.name { dispatch_path = "hooks/db-relation-changed" })
    assert.equal("do_it_action",
      events.name { dispatch_path = "actions/do-it" })
    assert.equal("config_changed", events.name { hook_name = "config-changed" })
  end)
end)
