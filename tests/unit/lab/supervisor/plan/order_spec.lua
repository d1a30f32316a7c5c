-- SPDX-License-Identifier: Apache-2.0
local order = require "lab.supervisor.plan.order"

describe("the order of services", function()
  local plan = {
    db = {},
    api = { requires = { "db" }, after = { "db" } },
    web = { requires = { "api" }, after = { "api" } },
    cron = { after = { "web" } },
    first = { before = { "db", "unknown" } },
  }

  it("starts what is required too, in one lane", function()
    assert.same({ { "db", "api", "web" } },
      order.start_lanes(plan, { "web" }))
  end)

  it("gives services that are not joined lanes of their own", function()
    assert.same({ { "first" }, { "db", "api", "web" }, { "cron" } },
      order.start_lanes(plan, { "cron", "web", "first" }))
  end)

  it("stops what depends on it first, and nothing above it", function()
    assert.same({ { "web", "api" } }, order.stop_lanes(plan, { "api" }))
    assert.same({ { "api" } }, order.stop_lanes(plan, { "api" }, true))
  end)

  it("does not take `requires` for an order", function()
    assert.same({ { "a", "b" } }, order.start_lanes(
      { a = { requires = { "b" } }, b = {} }, { "a" }))
  end)

  it("finds circles", function()
    local sorted, message = order.sort { a = { after = { "b" } },
      b = { after = { "a" } } }
    assert.is_nil(sorted)
    assert.matches("loop", message)
  end)
end)
