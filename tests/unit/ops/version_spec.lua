-- SPDX-License-Identifier: Apache-2.0
local version = require "ops.version"

describe("a Juju version", function()
  it("is read in its forms", function()
    for text, want in pairs {
      ["3.6.26"] = { 3, 6, 26, "", 0 },
      ["4.0-beta2"] = { 4, 0, 2, "beta", 0 },
      ["2.9.52.1"] = { 2, 9, 52, "", 1 },
      ["4.1-beta2.3"] = { 4, 1, 2, "beta", 3 },
      ["3.6"] = { 3, 6, 0, "", 0 },
    } do
      local v = version.parse(text)
      assert.same(want, { v.major, v.minor, v.patch, v.tag, v.build }, text)
      assert.equal(text, tostring(v))
    end
    for _, text in ipairs { "", "3", "x.y", "3.6.x", "36x" } do
      assert.has_error(function() version.parse(text) end)
    end
  end)

  it("is before or after another", function()
    local order <const> = { "2.9.52", "3.0.2", "3.0.3", "3.6-beta2",
      "3.6-rc1", "3.6", "3.6.1", "3.6.1.2", "4.0" }
    for i, a in ipairs(order) do
      for j, b in ipairs(order) do
        local first, second = version.parse(a), version.parse(b)
        assert.equal(i < j, first < second, a .. " " .. b)
        assert.equal(i <= j, first <= second, a .. " " .. b)
        assert.equal(i == j, first == second, a .. " " .. b)
      end
    end
  end)

  it("says what that Juju can do", function()
    assert.is_false(version.parse("3.0.2").has_secrets)
    assert.is_true(version.parse("3.0.3").has_secrets)
    assert.is_false(version.parse("3.1.5").supports_exec_service_context)
    assert.is_true(version.parse("3.1.6").supports_exec_service_context)
    assert.is_false(version.parse("3.2.0").supports_exec_service_context)
    assert.is_true(version.parse("3.6.4").supports_pebble_identities)
    assert.is_true(version.parse("2.8.0").is_dispatch_aware)
    assert.is_nil(version.parse("2.8.0").supports_wishes)
  end)
end)
