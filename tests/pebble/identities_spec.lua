-- SPDX-License-Identifier: Apache-2.0
-- Identities: their list, and what is taken.
local contract = require "tests.support.contract"
local null = require "std.null"

describe("identities:", function()
  local pebble, name, uid

  setup(function()
    pebble = contract.start()
    uid = 700000
  end)
  teardown(function() pebble:stop() end)
  before_each(function()
    name = pebble:name "id"
    uid = uid + 1
  end)
  after_each(function()
    pebble:post("/v1/identities",
      { action = "replace", identities = { [name] = null } })
  end)

  local function person(access, id)
    return { access = access or "read", ["local"] = { ["user-id"] = id or uid } }
  end

  local function post(action, value)
    local envelope = pebble:ask("POST", "/v1/identities",
      { action = action, identities = { [name] = value } })
    assert.equal("sync", envelope.type)
    assert.is_nil(envelope.result)
  end

  local function refused(pattern, action, value, other)
    pebble:refused(400, pattern, "POST", "/v1/identities",
      { action = action, identities = { [other or name] = value } })
  end

  local function get()
    return pebble:get "/v1/identities" [name]
  end

  it("one that is added is in the list, by its name", function()
    post("add", person "admin")
    assert.same(person "admin", get())
  end)

  it("one that is there can't be added", function()
    post("add", person())
    refused("already exist: " .. name, "add", person "admin")
    assert.equal("read", get().access)
  end)

  it("update changes one that is there, alone", function()
    refused("do not exist: " .. name, "update", person())
    post("add", person())
    post("update", person "admin")
    assert.equal("admin", get().access)
  end)

  it("replace adds, changes, and removes with null", function()
    post("replace", person())
    post("replace", person "admin")
    assert.equal("admin", get().access)
    post("replace", null)
    assert.is_nil(get())
    post("replace", null)
  end)

  it("remove removes one that is there, named with null", function()
    refused("do not exist: " .. name, "remove", null)
    post("add", person())
    refused("must be null", "remove", person())
    post("remove", null)
    assert.is_nil(get())
  end)

  it("null can't be added", function()
    refused("must not be null", "add", null)
    refused("must not be null", "update", null)
  end)

  it("access is one of four words", function()
    for _, access in ipairs { "admin", "read", "metrics", "untrusted" } do
      post("replace", person(access))
      assert.equal(access, get().access)
    end
    refused('"root"', "replace", person "root")
    refused("access", "add", { ["local"] = { ["user-id"] = uid } })
  end)

  it("one has a type, and its user-id", function()
    refused("at least one type", "add", { access = "read" })
    refused("user%-id", "add", { access = "read", ["local"] = {
      [""] = 1 } })
  end)

  it("a password is never shown", function()
    post("add", { access = "metrics",
      basic = { password = "$6$salt$" .. ("x"):rep(86) } })
    assert.same({ access = "metrics", basic = { password = "*****" } }, get())
    refused("password", "replace", { access = "read",
      basic = { password = "" } })
  end)

  it("a user has one identity", function()
    post("add", person())
    refused("user", "add", person("admin", uid), name .. "2")
  end)

  it("a name is letters, digits, _ and -, a letter first", function()
    for _, wrong in ipairs { "1a", "a b", "-a", "a.b", "" } do
      refused("invalid", "add", person(), wrong)
    end
  end)

  it("another action is refused", function()
    refused("invalid action", "x", person())
  end)
end)
