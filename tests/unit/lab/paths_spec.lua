-- SPDX-License-Identifier: Apache-2.0
local paths = require "lab.paths"

local UNIT <const> = paths.unit("/data", "m", "app/0")

describe("paths", function()
  it("keep a unit's things together, storages beside", function()
    assert.equal("/data/models/m/units/app-0/charm", UNIT.charm)
    assert.equal("/var/lib/juju/agents/unit-app-0", UNIT.inside)
    assert.equal("/data/models/m/storage/pgdata-0",
      paths.storage(UNIT, "pgdata/0"))
  end)

  it("translate what a hook names to the host", function()
    local charm <const> = "/var/lib/juju/agents/unit-app-0/charm"
    local function host(path)
      return paths.on_host(UNIT, path, charm)
    end
    assert.equal(UNIT.charm .. "/out.txt", host("out.txt"))
    assert.equal(UNIT.charm .. "/out.txt", host("./sub/../out.txt"))
    assert.equal(UNIT.agent .. "/file",
      host("/var/lib/juju/agents/unit-app-0/file"))
    assert.equal(UNIT.temp .. "/f", host("/tmp/f"))
    assert.equal(UNIT.containers .. "/work/x", host("/charm/containers/work/x"))
  end)

  it("translate nothing outside the unit's view", function()
    for _, path in ipairs {
      "/etc/passwd", "../../../../../../etc/passwd", "/tmp/../etc/passwd",
      "/var/lib/juju/agents/unit-other-0/charm/x", "/tmp",
    } do
      assert.is_nil(paths.on_host(UNIT, path, "/tmp"), path)
    end
  end)
end)
