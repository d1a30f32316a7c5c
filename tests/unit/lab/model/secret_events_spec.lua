-- SPDX-License-Identifier: Apache-2.0
-- Which secret hooks come, to whom, in which order, on the model's clock.
local environment = require "lab.env"
local lab = require "tests.support.lab_model"
local models = require "lab.model"
local order = require "lab.order"
local progress = require "lab.progress"
local rotation = require "lab.model.rotation"
local secret_events = require "lab.model.secret_events"
local secrets = require "lab.model.secrets"
local times = require "std.time"

local ID <const> = "cvq5pg2s6f2pvmv8v8v0"
local OWNER <const> = { kind = "application", id = "server" }

local function next_hook(model, unit, now)
  return order.next(model, model.units[unit],
    { now = now or 0, boots = {}, update_status = false })
end

local function finish(model, unit, hook, now)
  progress.begin(model, model.units[unit], hook, now or 0)
  progress.done(model, model.units[unit], hook, now or 0)
end

-- A secret of the server that the client reads.
local function shared(fields)
  local model <const> = lab.related()
  fields.content = { key = "YWJj" }
  local secret <const> =
    secrets.add(model, { id = ID, owner = OWNER, fields = fields }, 0)
  secrets.grant(secret, "client", "1")
  secrets.consume(secret, model.units["client/0"], { label = "mine" })
  return model, secret
end

describe("secret-changed", function()
  it("comes once to who tracks an older revision", function()
    local model <const>, secret <const> = shared { label = "owners" }
    assert.is_nil(next_hook(model, "client/0"))
    secrets.update(secret, { content = { key = "bmV3" } }, 0)
    local hook <const> = next_hook(model, "client/0")
    assert.same({ "secret-changed", ID, "mine", nil },
      { hook.name, hook.secret, hook.label, hook.revision })
    finish(model, "client/0", hook)
    assert.is_nil(next_hook(model, "client/0"))
    secrets.update(secret, { content = { key = "bmV4dA==" } }, 0)
    assert.equal("secret-changed", next_hook(model, "client/0").name)
    secrets.consume(secret, model.units["client/0"], { refresh = true })
    assert.is_nil(next_hook(model, "client/0"))
  end)

  it("tells the hook id and label, and a revision only where Juju does",
    function()
      local model <const>, secret <const> = shared {}
      secrets.update(secret, { content = { key = "bmV3" } }, 0)
      local function env(hook)
        local found <const> = environment.of(model, model.units["client/0"],
          hook, { paths = { inside = "/i", tools_inside = "/t" },
            context_id = "c" })
        return { found.JUJU_SECRET_ID, found.JUJU_SECRET_LABEL,
          found.JUJU_SECRET_REVISION or "" }
      end
      assert.same({ "secret:" .. ID, "mine", "" },
        env(next_hook(model, "client/0")))
      assert.same({ "secret:" .. ID, "", "3" }, env {
        kind = "secret-remove", name = "secret-remove", secret = ID,
        revision = 3,
      })
    end)
end)

describe("secret-remove", function()
  it("tells the owner of a revision that nobody tracks any more", function()
    local model <const>, secret <const> = shared { label = "owners" }
    secrets.update(secret, { content = { key = "bmV3" } }, 0)
    assert.is_nil(next_hook(model, "server/0"))
    secrets.consume(secret, model.units["client/0"], { refresh = true })
    local hook <const> = next_hook(model, "server/0")
    assert.same({ "secret-remove", 1, "owners" },
      { hook.name, hook.revision, hook.label })
    finish(model, "server/0", hook)
    assert.is_nil(next_hook(model, "server/0"))
  end)

  it("is for the leader alone", function()
    local model <const>, secret <const> = shared {}
    models.add_unit(model, "server", 0)
    lab.settle(model, "server/1")
    lab.settle(model, "server/0")
    lab.settle(model, "client/0")
    secrets.update(secret, { content = { key = "bmV3" } }, 0)
    secrets.consume(secret, model.units["client/0"], { refresh = true })
    assert.is_nil(next_hook(model, "server/1"))
    assert.equal("secret-remove", next_hook(model, "server/0").name)
  end)
end)

describe("secret-rotate", function()
  it("comes when it is time, and again soon when nothing was done", function()
    local model <const>, secret <const> = shared { rotate = "hourly" }
    assert.is_nil(next_hook(model, "server/0", 3599))
    local hook = next_hook(model, "server/0", 3600)
    assert.equal("secret-rotate", hook.name)
    assert.is_nil(hook.revision)
    finish(model, "server/0", hook, 3600)
    assert.is_nil(next_hook(model, "server/0", 3899))
    hook = next_hook(model, "server/0", 3900)
    secrets.update(secret, { content = { key = "bmV3" } }, 3900)
    finish(model, "server/0", hook, 3900)
    assert.equal(3900 + 3600, secret.next_rotate)
  end)

  it("comes with a moved clock", function()
    local model <const> = shared { rotate = "daily" }
    assert.is_nil(next_hook(model, "server/0"))
    assert.equal(86400, secret_events.due(model, model.units["server/0"]))
    assert.is_nil(secret_events.due(model, model.units["client/0"]))
    model.config["clock-offset"] = "25h"
    assert.equal(-3600, secret_events.due(model, model.units["server/0"]))
    assert.equal("secret-rotate", next_hook(model, "server/0").name)
  end)

  it("knows the calendar", function()
    local function at(policy, text)
      return times.rfc3339(rotation.next(policy, times.parse_rfc3339(text)))
    end
    assert.equal("2024-02-01T10:00:00Z", at("weekly", "2024-01-25T10:00:00Z"))
    assert.equal("2024-03-02T10:00:00Z", at("monthly", "2024-01-31T10:00:00Z"))
    assert.equal("2025-02-15T01:02:03Z",
      at("quarterly", "2024-11-15T01:02:03Z"))
    assert.equal("2025-12-15T00:00:00Z", at("yearly", "2024-12-15T00:00:00Z"))
    assert.is_nil(rotation.next("never", 0))
  end)
end)

describe("secret-expired", function()
  it("goes first, with its revision, until that is gone", function()
    local model <const>, secret <const> =
      shared { rotate = "hourly", expire = 100 }
    local hook <const> = next_hook(model, "server/0", 4000)
    assert.same({ "secret-expired", 1 }, { hook.name, hook.revision })
    finish(model, "server/0", hook, 4000)
    assert.equal(100, secret.revisions["1"].expire)
    assert.equal("secret-rotate", next_hook(model, "server/0", 4000).name)
    assert.equal("secret-expired", next_hook(model, "server/0", 4300).name)
    secrets.remove(model, secret, { 1 })
    assert.is_nil(next_hook(model, "server/0", 4300))
  end)
end)

describe("what is gone", function()
  it("takes its secrets, consumers and grants along", function()
    local model <const>, secret <const> = shared {}
    model.relations["1"] = nil
    model.units["client/0"] = nil
    secrets.sweep(model)
    assert.same({}, secret.access)
    assert.same({}, secret.consumers)
    model.applications.server = nil
    secrets.sweep(model)
    assert.same({}, secrets.all(model))
  end)
end)
