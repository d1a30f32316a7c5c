-- SPDX-License-Identifier: Apache-2.0
local seed = require "lab.seed"

describe("seed", function()
  it("takes what comes first when there is none", function()
    assert.equal(0, seed.number({ seed = 0 }, 10, "a"))
    assert.equal(0, seed.number({}, 10, "a"))
    assert.same({ "c", "a", "b" },
      seed.arrange({ seed = 0 }, { "c", "a", "b" }, "x"))
    assert.is_false(seed.chooses { seed = 0 })
  end)

  it("answers the same question alike, and another differently", function()
    local model = { seed = 7 }
    local differ = 0
    for turn = 1, 50 do
      local number = seed.number(model, 100, "unit/0", turn)
      assert.equal(number, seed.number(model, 100, "unit/0", turn))
      assert.is_true(number >= 0 and number < 100)
      differ = differ + (number ~= seed.number(model, 100, "unit/1", turn)
        and 1 or 0)
    end
    assert.is_true(differ > 40)
  end)

  it("tells words apart that read the same together", function()
    local model, same = { seed = 3 }, 0
    for i = 1, 20 do
      if seed.number(model, 1000, "a" .. i, "b")
        == seed.number(model, 1000, "a", i .. "b") then
        same = same + 1
      end
    end
    assert.is_true(same < 3)
  end)

  it("finds every order of three", function()
    local found, count = {}, 0
    for number = 1, 200 do
      local order = table.concat(
        seed.arrange({ seed = number }, { "a", "b", "c" }, "x"))
      count = count + (found[order] and 0 or 1)
      found[order] = true
    end
    assert.equal(6, count)
  end)

  it("reads a number and nothing else", function()
    assert.equal(12, seed.read "12")
    for _, text in ipairs { "", "-1", "1.5", "x", "99999999999" } do
      local none, message = seed.read(text)
      assert.is_nil(none)
      assert.equal(('invalid seed "%s": it is a number from 0 to 2147483647')
        :format(text), message)
    end
  end)
end)
