-- SPDX-License-Identifier: Apache-2.0
local names = require "lab.names"

describe("names", function()
  it("knows what an application may be called", function()
    for _, name in ipairs { "a", "temporal-k8s", "pg14", "a-b1-c" } do
      assert.is_true(names.is_application(name), name)
    end
    for _, name in ipairs { "", "A", "1a", "a-", "a--b", "a-1", "a_b", "a-1-b" }
    do
      assert.is_false(names.is_application(name), name)
    end
  end)

  it("splits unit names and makes tags", function()
    local app, number = names.split_unit("temporal-k8s/12")
    assert.equal("temporal-k8s", app)
    assert.equal(12, number)
    assert.is_nil((names.split_unit("temporal-k8s")))
    assert.is_nil((names.split_unit("a/b")))
    assert.equal("unit-temporal-k8s-0", names.unit_tag("temporal-k8s/0"))
  end)

  it("sorts units and ids by number", function()
    assert.same({ "a/2", "a/10", "b/0" },
      names.sorted { ["a/10"] = 1, ["b/0"] = 1, ["a/2"] = 1 })
    assert.same({ "2", "10" }, names.sorted { ["10"] = 1, ["2"] = 1 })
  end)
end)
