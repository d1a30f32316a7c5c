-- SPDX-License-Identifier: Apache-2.0
local ops = require "ops"
local secrets = require "ops.secret"
local support = require "tests.support.charm"
local sys = require "host.sys"

local calls <const>, run <const>, refused <const> =
  support.calls, support.run, support.refused
local ID <const> = "secret:cvq5pg2s6f2pvmv8v8v0"

local function given(fields)
  local secret = { id = ID, owner = "app", label = "lb",
    tracked_content = { password = "old" },
    latest_content = { password = "new" }, revision = 2 }
  for name, value in pairs(fields or {}) do
    secret[name] = value
  end
  return { leader = true, secrets = { secret } }
end

local function without(field)
  local state = given()
  state.secrets[1][field] = nil
  return state
end

describe("a secret that is added", function()
  it("is the application's or the unit's, with all that is said", function()
    local ctx, out = run("start", function(self)
      local one = self.app:add_secret({ password = "abcdef" }, {
        label = "lb", description = "ds", expire = 1798761600,
        rotate = "daily",
      })
      assert.equal("secret:added000000000000001", one.id)
      assert.equal("lb", one.label)
      self.unit:add_secret { password = "abcdef" }
    end, { leader = true })
    assert.same({
      "secret-add --label lb --description ds --expire 2027-01-01T00:00:00Z "
        .. "--rotate daily --owner application password#base64=YWJjZGVm",
      "secret-add --owner unit password#base64=YWJjZGVm",
    }, calls(ctx))
    assert.equal("app", out.secrets[1].owner)
    assert.same({ password = "abcdef" }, out:get_secret("lb").latest_content)
    assert.equal("unit", out.secrets[2].owner)
  end)

  it("may expire some time from now", function()
    local ctx = run("start", function(self)
      self.unit:add_secret({ password = "x" }, { expire_after = 3600 })
    end)
    local text = calls(ctx)[1]:match "%-%-expire (%S+)"
    local seconds = require("std.time").parse_rfc3339(text)
    assert.is_true(math.abs(seconds - sys.time() - 3600) < 60)
  end)

  it("is not of another application, unit or kind of rotation", function()
    refused("not-own-unit", "start", function(self)
      self.model:get_unit("pg/0"):add_secret { password = "x" }
    end)
    local ctx = support.context("start", function(self)
      self.model:get_app("pg"):add_secret { password = "x" }
    end)
    assert.equal(1, (ctx:try "start"))
    assert.truthy(ctx.failure.text:find("it is another application", 1, true))
    local err = refused("secret-rotation", "start", function(self)
      self.unit:add_secret({ password = "x" }, { rotate = "sometimes" })
    end)
    assert.truthy(tostring(err):find("daily, weekly", 1, true))
  end)

  it("needs the leader for the application's, and a good content", function()
    local err, ctx = refused("hook-tool", "start", function(self)
      self.app:add_secret { password = "x" }
    end)
    assert.equal("not-leader", err.data.reason)
    local denied = ctx.juju_log[#ctx.juju_log - 2]
    assert.equal("TRACE", denied.level)
    assert.truthy(denied.message:find("authz_fail:secret-add", 1, true))
    err = refused("hook-tool", "start", function(self)
      self.unit:add_secret { pw = "hidden" }
    end)
    assert.equal("usage", err.data.reason)
    assert.is_nil(tostring(err):find("hidden", 1, true))
  end)
end)

describe("a secret that is got", function()
  it("is read at once, by id, by label, or labelled anew", function()
    local ctx, out = run("start", function(self)
      local one = self.model:get_secret { id = ID }
      assert.same({ password = "old" }, one:get_content())
      assert.same({ password = "old" }, one:get_content())
      self.model:get_secret { label = "lb" }
      self.model:get_secret { id = ID, label = "l2" }
      self.model:get_secret(ID)
    end, given())
    assert.same({
      "secret-get --format=json -- " .. ID,
      "secret-get --format=json --label lb",
      "secret-get --format=json --label l2 -- " .. ID,
      "secret-get --format=json -- " .. ID,
    }, calls(ctx))
    assert.equal("l2", out.secrets[1].label)
  end)

  it("gives a copy of its content, the newest when it refreshes", function()
    local ctx, out = run("start", function(self)
      local one = self.model:get_secret { id = ID }
      one:get_content().password = "mine"
      assert.same({ password = "old" }, one:get_content())
      assert.same({ password = "new" }, one:peek_content())
      assert.same({ password = "old" }, one:get_content())
      assert.same({ password = "new" }, one:get_content { refresh = true })
      assert.same({ password = "new" }, one:get_content())
    end, given())
    assert.same({
      "secret-get --format=json -- " .. ID,
      "secret-get --format=json --peek -- " .. ID,
      "secret-get --format=json --refresh -- " .. ID,
    }, calls(ctx))
    assert.same({ password = "new" }, out.secrets[1].tracked_content)
  end)

  it("raises when it is not there, or may not be read", function()
    local err = refused("secret-not-found", "start", function(self)
      self.model:get_secret { label = "none" }
    end)
    assert.equal("cannot read the secret with the label 'none': consumer "
      .. "label \"none\" not found", tostring(err))
    assert.is_true(ops.errors.is(err, "hook-tool"))
    local state = given { granted = false }
    state.secrets[1].owner, state.secrets[1].label = nil, nil
    local ctx
    err, ctx = refused("secret-access", "start", function(self)
      self.model:get_secret { id = ID }
    end, state)
    assert.equal(("cannot read the secret %s: permission denied; its owner "
      .. "lets this application read it: secret:grant(relation)"):format(ID),
      tostring(err))
    assert.truthy(ctx.juju_log[2].message
      :find("authz_fail:secret-get", 1, true))
    ctx = support.context("start", function(self)
      self.model:get_secret {}
    end)
    assert.equal(1, (ctx:try "start"))
    assert.truthy(ctx.failure.text:find("give an id, a label", 1, true))
  end)

  it("has one id in three forms", function()
    run("start", function(self)
      local forms = {}
      for i, id in ipairs { "abc", "secret:abc", " secret://uuid/abc " } do
        forms[i] = secrets.new(self.model, { id = id })
        assert.equal("abc", forms[i].unique_identifier)
        assert.is_true(forms[i] == forms[1])
      end
      assert.equal("secret:abc", forms[1].id)
      assert.equal("secret://uuid/abc", forms[3].id)
      assert.equal("<secret secret:abc>", tostring(forms[1]))
      local labelled = secrets.new(self.model, { label = "lb" })
      assert.is_nil(labelled.unique_identifier)
      assert.equal("<secret 'lb'>", tostring(labelled))
      assert.is_true(labelled == secrets.new(self.model, { label = "lb" }))
      assert.is_false(labelled == forms[1])
    end)
  end)
end)

describe("a secret of our own", function()
  it("gets a new content, and says what is known of it", function()
    local ctx, out = run("start", function(self)
      local one = self.model:get_secret { id = ID }
      one:set_content { password = "newest" }
      local info = one:get_info()
      assert.equal(ID, info.id)
      assert.equal(3, info.revision)
      assert.equal("lb", info.label)
      assert.equal("daily", info.rotation)
      assert.equal(1798761600, info.expires)
      assert.same({ password = "old" }, one:get_content())
      assert.same({ password = "newest" }, one:peek_content())
    end, given { rotate = "daily", expire = 1798761600 })
    assert.same({
      "secret-get --format=json -- " .. ID,
      "secret-set -- " .. ID .. " password#base64=bmV3ZXN0",
      "secret-info-get --format=json -- " .. ID,
      "secret-get --format=json --peek -- " .. ID,
    }, calls(ctx))
    assert.same({ password = "newest" }, out.secrets[1].latest_content)
  end)

  it("is asked for its id once when it is known by its label", function()
    local ctx, out = run("start", function(self)
      local one = self.model:get_secret { label = "lb" }
      one:set_info { label = "l2", rotate = "weekly" }
      one:set_info { description = "d" }
      assert.equal("l2", one.label)
    end, given())
    assert.same({
      "secret-get --format=json --label lb",
      "secret-info-get --format=json --label lb",
      "secret-set --label l2 --rotate weekly -- " .. ID,
      "secret-set --description d -- " .. ID,
    }, calls(ctx))
    assert.equal("weekly", out:get_secret("l2").rotate)
    local ctx2 = support.context("start", function(self)
      self.model:get_secret({ label = "lb" }):set_info {}
    end)
    assert.equal(1, (ctx2:try("start", given())))
  end)

  it("is said again whole to a Juju before 3.6", function()
    local ctx = support.context("start", function(self)
      self.model:get_secret({ id = ID }):set_info { description = "d" }
      self.model:get_secret({ id = ID }):set_content { password = "x" }
    end, { juju_version = "3.5.4" })
    ctx:run("start", given { rotate = "daily", expire = 1798761600 })
    local ends <const> = "--expire 2027-01-01T00:00:00Z --rotate daily -- "
      .. ID .. " password#base64="
    assert.same({
      "secret-get --format=json -- " .. ID,
      "secret-info-get --format=json -- " .. ID,
      "secret-get --format=json --peek -- " .. ID,
      "secret-set --label lb --description d " .. ends .. "bmV3",
      "secret-get --format=json -- " .. ID,
      "secret-info-get --format=json -- " .. ID,
      "secret-set --label lb --description d " .. ends .. "eA==",
    }, calls(ctx))
  end)

  it("is granted to the other side of a relation, and revoked", function()
    local state = given()
    state.relations = { { endpoint = "db", id = 1, remote_app_name = "pg" } }
    local ctx, out = run("start", function(self)
      local one = self.model:get_secret { id = ID }
      local relation = self.model:get_relation("db", 1)
      one:grant(relation)
      one:grant(relation, { unit = self.model:get_unit "pg/0" })
      one:revoke(relation)
    end, state)
    assert.same({
      "secret-grant --relation 1 -- " .. ID,
      "secret-grant --relation 1 --unit pg/0 -- " .. ID,
      "secret-revoke --relation 1 -- " .. ID,
    }, { select(2, table.unpack(calls(ctx))) })
    assert.same({ [1] = { "pg/0" } }, out.secrets[1].remote_grants)
  end)

  it("loses a revision, or all", function()
    local ctx, out = run("start", function(self)
      local one = self.model:get_secret { id = ID }
      one:remove_revision(1)
      one:remove_all_revisions()
    end, given())
    assert.same({ "secret-remove --revision 1 -- " .. ID,
      "secret-remove -- " .. ID }, { select(2, table.unpack(calls(ctx))) })
    assert.same({ 1 }, ctx.removed_secret_revisions)
    assert.same({}, out.secrets)
  end)

  it("is changed by its owner alone, which Juju finds at the end", function()
    local ctx = support.context("start", function(self)
      secrets.new(self.model, { id = ID }):set_content { password = "x" }
    end)
    local state = without "owner"
    assert.equal(1, (ctx:try("start", state)))
    assert.truthy(ctx.failure.text:find("cannot commit the hook", 1, true))
  end)
end)

describe("a secret's event", function()
  it("names the secret without asking Juju", function()
    for name, revision in pairs {
      secret_changed = false, secret_rotate = false, secret_expired = 2,
      secret_remove = 2,
    } do
      local ctx = run(name, function(_, event)
        assert.equal(ID, event.secret.id)
        assert.equal("lb", event.secret.label)
        assert.equal("lb", event.label)
        assert.equal(revision or nil, event.revision)
      end, given())
      assert.same({}, calls(ctx))
    end
  end)

  it("removes the revision that it is about", function()
    for _, name in ipairs { "secret_expired", "secret_remove" } do
      local ctx = run(name, function(_, event)
        event:remove_revision()
      end, given(), { revision = 1 })
      assert.same({ "secret-remove --revision 1 -- " .. ID }, calls(ctx))
    end
  end)

  it("is deferred and restored, but for rotate and expired", function()
    local seen
    for _, name in ipairs { "secret_changed", "secret_remove" } do
      local ctx = support.context(name, function(_, event)
        seen = event
        event:defer()
      end)
      local state = given()
      state.deferred = ctx:run(name, state).deferred
      assert.equal(1, #state.deferred)
      ctx:run("update_status", state)
      assert.equal(ID, seen.secret.id)
      assert.equal("lb", seen.secret.label)
      assert.is_nil(state.deferred[1].fields:find("old", 1, true))
    end
    for _, name in ipairs { "secret_rotate", "secret_expired" } do
      local err = refused("defer", name, function(_, event)
        event:defer()
      end, given())
      assert.truthy(tostring(err):find("until it is dealt with", 1, true))
    end
  end)
end)
