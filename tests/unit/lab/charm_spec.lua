-- SPDX-License-Identifier: Apache-2.0
local charms = require "lab.charm"
local fs = require "host.fs"

describe("charm", function()
  local folder

  before_each(function()
    folder = assert(fs.mkdtemp("/tmp/charm-spec-"))
  end)

  after_each(function()
    assert(fs.remove_all(folder))
  end)

  local function read(texts)
    for file, text in pairs(texts) do
      assert(fs.write(("%s/%s.yaml"):format(folder, file), text))
    end
    return charms.read(folder)
  end

  it("reads endpoints, containers, storage, options and actions", function()
    local charm = assert(read {
      metadata = [[
name: app
provides: {web: http}
requires: {db: {interface: sql, limit: 1}}
peers: {peer: {interface: peers}}
containers:
  bare:
  c: {resource: image, mounts: [{storage: data}, {storage: data,
    location: /other}]}
resources: {image: {type: oci-image}}
storage: {data: {type: filesystem, location: /data}}
]],
      config = "options: {a: {type: int, default: 1}, b: {}}",
      actions = "look: {params: {depth: {}}, required: [depth]}\nrest:\n",
    })
    assert.same({
      web = { interface = "http", role = "provider" },
      db = { interface = "sql", role = "requirer", limit = 1 },
      peer = { interface = "peers", role = "peer" },
    }, charm.endpoints)
    assert.same({
      bare = { mounts = {} },
      c = { resource = "image", mounts = {
        { storage = "data", location = "/data" },
        { storage = "data", location = "/other" },
      } },
    }, charm.containers)
    assert.same({ a = { type = "int", default = 1 }, b = { type = "string" } },
      charm.options)
    assert.same({ "depth" }, charm.actions.look.required)
    assert.is_true(charm.actions.rest.additional)
  end)

  for message, texts in pairs {
    ["it has no metadata.yaml"] = {},
    ["metadata.yaml: it has no name"] = { metadata = "name: " },
    ['metadata.yaml: endpoint "db" has no interface'] =
      { metadata = "name: a\nrequires: {db: }" },
    ['metadata.yaml: container "c" mounts the unknown storage "s"'] =
      { metadata = "name: a\ncontainers: {c: {mounts: [{storage: s}]}}" },
    ['metadata.yaml: container "c": the mount of "s" has no location'] =
      { metadata = "name: a\nstorage: {s: {}}\n"
        .. "containers: {c: {mounts: [{storage: s}]}}" },
    ['metadata.yaml: container "c" wants the unknown resource "r"'] =
      { metadata = "name: a\ncontainers: {c: {resource: r}}" },
    ['config.yaml.options.x.type: "blob" is none of string, int, float, '
      .. "boolean, secret"] =
      { metadata = "name: a", config = "options: {x: {type: blob}}" },
    ['config.yaml: the default of option "x" is no int'] =
      { metadata = "name: a", config = "options: {x: {type: int, default: a}}" },
  } do
    it("says: " .. message, function()
      local charm, why = read(texts)
      assert.is_nil(charm)
      assert.equal(message, why)
    end)
  end
end)
