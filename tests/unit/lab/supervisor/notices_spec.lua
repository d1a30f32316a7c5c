-- SPDX-License-Identifier: Apache-2.0
local loops = require "lab.loop"
local notices = require "lab.supervisor.notices"

describe("notices", function()
  local all

  before_each(function() all = notices.new(loops.new()) end)

  local function keys()
    local set, count = {}, 0
    for _, notice in pairs(all.by_name) do
      set[notice.key], count = true, count + 1
    end
    return set, count
  end

  local function add(key)
    return all:add { type = "custom", key = key }
  end

  it("are kept up to a thousand, those that occurred last", function()
    for i = 1, 1000 do
      add("k" .. i)
    end
    add "k1"
    assert.equal(1000, (select(2, keys())))
    add "new"
    add "newer"
    local set, count = keys()
    assert.equal(1000, count)
    assert.is_true(set.k1 and set.new and set.newer and set.k4)
    assert.is_nil(set.k2 or set.k3)
  end)

  it("expire seven days after they occurred last", function()
    add("old").last_occurred = add("young").last_occurred - 7 * 86400 * 10^9
    add "now"
    assert.same({ young = true, now = true }, (keys()))
  end)
end)
