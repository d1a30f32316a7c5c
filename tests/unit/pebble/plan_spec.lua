-- SPDX-License-Identifier: Apache-2.0
-- pebble.plan: would a layer change the plan? As Pebble's merge would.
local null = require "std.null"
local plan = require "pebble.plan"

-- As Pebble writes it: strings, canonical durations.
local PLAN <const> = {
  services = {
    web = {
      override = "replace",
      command = "run web",
      startup = "enabled",
      after = { "db", "cache" },
      environment = { PORT = "7233", DEBUG = "true" },
      ["kill-delay"] = "1m30s",
      ["backoff-factor"] = 2,
      ["user-id"] = 0,
    },
  },
  checks = {
    up = {
      override = "replace",
      period = "1m0s",
      threshold = 3,
      http = { url = "http://localhost/" },
    },
  },
  ["log-targets"] = {},
}

-- The same in an author's spelling; null drops a field.
local function web(changes)
  local service = {
    override = "replace",
    command = "run web",
    startup = "enabled",
    after = { "db", "cache" },
    environment = { PORT = 7233, DEBUG = true },
    ["kill-delay"] = "90s",
    ["backoff-factor"] = 2.0,
    ["user-id"] = 0,
  }
  for name, value in pairs(changes or {}) do
    service[name] = value ~= null and value or nil
  end
  return { services = { web = service } }
end

local function differs(layer)
  return plan.differs(PLAN, layer)
end

describe("pebble.plan.differs", function()
  it("sees through other spellings of the same entry", function()
    assert.is_false(differs(web()))
    assert.is_false(differs(web { ["kill-delay"] = "1m30000ms" }))
    assert.is_false(differs(web { summary = "", requires = {} }))
  end)

  it("sees each changed or added field of a replace", function()
    for name, value in pairs {
      command = "run other", startup = "disabled", after = { "cache", "db" },
      environment = { PORT = 7233 }, ["kill-delay"] = "91s",
      ["backoff-factor"] = 3, ["user-id"] = 1, summary = "new",
      requires = { "db" },
    } do
      assert.is_true(differs(web { [name] = value }), name)
    end
  end)

  it("sees each dropped field of a replace", function()
    for name in pairs(PLAN.services.web) do
      local expected = name ~= "override"
      assert.equal(expected, differs(web { [name] = null }), name)
    end
  end)

  it("tells the strings 1.0 and 1 of an environment apart", function()
    local there = { services = { a = { environment = { V = "1" } } } }
    local function with(value)
      return { services = { a = { environment = { V = value } } } }
    end
    assert.is_false(plan.differs(there, with(1)))
    assert.is_true(plan.differs(there, with "1.0"))
    assert.is_true(plan.differs(there, with(1.0)))
  end)

  it("takes an author's key for no field of the schema", function()
    local there = { services = { a = { environment = { timeout = "60s" } } } }
    local layer = { services = { a = { environment = { timeout = "1m" } } } }
    assert.is_true(plan.differs(there, layer))
  end)

  it("counts only what a merge would add", function()
    assert.is_false(differs { services = {
      web = { override = "merge", environment = { PORT = "7233" } },
    } })
    assert.is_false(differs { services = {
      web = { override = "merge", after = { "db" }, command = "" },
    } })
    for _, addition in ipairs {
      { environment = { NEW = "x" } }, { after = { "other" } },
      { command = "run other" }, { summary = "x" },
    } do
      addition.override = "merge"
      assert.is_true(differs { services = { web = addition } })
    end
  end)

  it("sees a new entry, and what is no entry", function()
    assert.is_true(differs { services = { other = { override = "merge" } } })
    assert.is_true(differs { services = { web = null } })
  end)

  it("knows the defaults that Pebble writes out for checks", function()
    local function up(fields)
      fields.override = "replace"
      fields.http = { url = "http://localhost/" }
      return { checks = { up = fields } }
    end
    assert.is_false(differs(up { period = "60s" }))
    assert.is_false(differs(up { period = "60s", timeout = "3s" }))
    assert.is_true(differs(up { period = "60s", threshold = 2 }))
    assert.is_true(differs(up {}))
  end)

  it("ignores a layer's own summary and empty sections", function()
    assert.is_false(differs { summary = "x", services = {}, checks = null })
    assert.is_false(differs {})
  end)
end)
