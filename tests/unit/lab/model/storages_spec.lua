-- SPDX-License-Identifier: Apache-2.0
-- How many storages a unit has and may have, by metadata.yaml.
local lab = require "tests.support.lab_model"
local names = require "lab.names"
local storages = require "lab.model.storages"

local function read(range)
  return storages.read {
    s = { type = "filesystem", multiple = range and { range = range } or nil },
  }
end

describe("storages", function()
  it("know a range in each of its forms", function()
    for range, counts in pairs {
      [2] = { 2, 2 }, ["0-1"] = { 0, 1 }, ["1-"] = { 1 }, ["3+"] = { 3 },
    } do
      local meta <const> = assert(read(range)).s
      assert.same(counts, { meta.least, meta.most })
      assert.is_true(meta.multiple)
    end
    assert.same({ 1, 1, nil },
      { read().s.least, read().s.most, read().s.multiple })
    assert.same({ nil, 'metadata.yaml: storage "s" has the invalid range "x"' },
      { read("x") })
  end)

  it("start with the least and end at the most", function()
    local model <const>, charm <const> =
      lab.model(), lab.charm { storage = read("2-3") }
    local found <const> = {}
    storages.fill(model, found, charm)
    assert.same({ "s/0", "s/1" }, names.sorted(found))
    storages.fill(model, found, charm)
    assert.same({ "s/0", "s/1" }, names.sorted(found))
    assert.is_nil(storages.refusal(found, charm, { "s" }))
    assert.equal('charm "app" store "s": at most 3 instances supported, 4 '
      .. "specified", storages.refusal(found, charm, { "s", "s" }))
    assert.equal('charm storage "x" not found',
      storages.refusal(found, charm, { "x" }))
  end)
end)
