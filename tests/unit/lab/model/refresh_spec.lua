-- SPDX-License-Identifier: Apache-2.0
local lab = require "tests.support.lab_model"
local refresh = require "lab.model.refresh"

local function with(charm, fields)
  local new = {}
  for key, value in pairs(charm) do
    new[key] = value
  end
  for key, value in pairs(fields) do
    new[key] = value
  end
  return new
end

describe("refresh", function()
  it("refuses another charm, a broken relation, an unknown resource",
    function()
      local model = lab.related()
      local client = model.applications.client
      local function why(charm, resources)
        local ok, message = refresh.run(model, client, charm, resources or {})
        assert.is_nil(ok)
        return message
      end
      assert.equal('cannot upgrade "client" to "server"', why(lab.SERVER))
      assert.equal('cannot upgrade application "client" to charm "client": '
        .. 'would break relation "client:db server:db"',
        why(with(lab.CLIENT, { endpoints = {} })))
      assert.equal('unrecognized resource "x"', why(lab.CLIENT, { x = "y" }))
      assert.equal(0, client.charm_version)
    end)

  it("keeps options that still fit, adds peers and storage", function()
    local model = lab.model()
    local app = lab.deploy(model, "app", lab.charm {
      options = { a = { type = "string" }, b = { type = "int" } },
    })
    app.config = { a = "x", b = 3 }
    assert(refresh.run(model, app, lab.charm {
      options = { a = { type = "string" }, b = { type = "string" } },
      endpoints = { peer = { interface = "p", role = "peer" } },
      storage = { data = {} },
    }, {}))
    assert.same({ a = "x" }, app.config)
    assert.equal(1, app.charm_version)
    assert.same({ ["data/0"] = { name = "data" } },
      model.units["app/0"].storage)
    assert.equal("peer", model.relations["0"].endpoints[1].name)
    assert(refresh.run(model, app, app.charm, {}))
    assert.is_nil(model.relations["1"])
    assert.same({ "install", "peer-relation-created", "leader-elected",
      "upgrade-charm", "config-changed", "start", "data-storage-attached" },
      lab.settle(model, "app/0"))
  end)
end)
