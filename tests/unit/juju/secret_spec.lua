-- SPDX-License-Identifier: Apache-2.0
local base64 = require "std.base64"
local fs = require "host.fs"
local hooktools = require "tests.support.hooktools"
local proc = require "host.proc"
local secret = require "juju.secret"

local ID <const> = "secret:cvq5pg2s6f2pvmv8v8v0"

-- The files that calls were given and that are still there.
local function leftovers(agent)
  local found, given = {}, 0
  for _, request in ipairs(agent:requests()) do
    for _, file in pairs(request.files or {}) do
      given = given + 1
      if fs.lstat(file.path) or fs.lstat(file.path:match "^(.*)/") then
        found[#found + 1] = file.path
      end
    end
  end
  return found, given
end

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.secret by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    -- The last call's words; a value's as "key=VALUE", however it came.
    local function last_call()
      local requests = agent:requests()
      local request = requests[#requests]
      local words = { request.tool }
      for i, word in ipairs(request.args) do
        local key = word:match "^(.*)#file=" or word:match "^(.*)#base64="
        local file = key and request.files and request.files[key]
        if file then
          assert.equal("600", file.mode)
          word = ("%s=%s"):format(key, base64.decode(file.base64))
        elseif key then
          word = ("%s=%s"):format(key, assert(base64.decode(
            word:match "#base64=(.*)$")))
        end
        words[i + 1] = word
      end
      return words, request
    end

    it("adds one, with all that is said of it", function()
      agent:answer("secret-add", ID .. "\n")
      assert.equal(ID, secret.add {
        content = { ["pass-word"] = "a=b\n", username = "app" },
        label = "lb", description = "ds", expire = 1798761600,
        rotate = "daily", owner = "unit",
      })
      assert.same({ "secret-add", "--label", "lb", "--description", "ds",
        "--expire", "2027-01-01T00:00:00Z", "--rotate", "daily", "--owner",
        "unit", "pass-word=a=b\n", "username=app" }, (last_call()))
    end)

    it("shows no value in the arguments of a process", function()
      agent:answer("secret-add", ID .. "\n")
      assert.equal(ID, secret.add { content = { password = "abcdef" } })
      local _, request = last_call()
      assert.same({ "--owner", "application", door == "socket"
        and "password#base64=YWJjZGVm"
        or "password#file=" .. request.files.password.path }, request.args)
      assert.same({}, leftovers(agent))
    end)

    it("takes an empty value, and bytes that are no text", function()
      agent:answer("secret-add", ID)
      assert.equal(ID, secret.add { content = { empty = "", raw = "\xFF\0" } })
      assert.same({ "secret-add", "--owner", "application", "empty=",
        "raw=\xFF\0" }, (last_call()))
      assert.same({}, leftovers(agent))
    end)

    it("leaves no file behind when Juju refuses", function()
      agent:answer("secret-add", { code = 1,
        stderr = "ERROR this unit is not the leader\n" })
      local id, err = secret.add { content = { empty = "", password = "x" } }
      assert.is_nil(id)
      assert.equal("not-leader", err.data.reason)
      local left, given = leftovers(agent)
      assert.same({}, left)
      assert.is_true(given > 0)
    end)

    it("clears up after one that was killed long ago", function()
      agent:answer("secret-add", ID)
      local old = assert(fs.mkdtemp "/tmp/charmhost-secret-")
      local new = assert(fs.mkdtemp "/tmp/charmhost-secret-")
      assert(fs.write(old .. "/password", "x"))
      assert.equal(0, assert(proc.run { argv = { "touch", "-d", "@0",
        old } }).code)
      secret.add { content = { empty = "" } }
      assert.is_nil(fs.lstat(old))
      assert.is_table(fs.lstat(new))
      assert(fs.remove(new))
    end)

    it("changes content, or what is said of it", function()
      agent:answer("secret-set", "")
      assert.is_true(secret.set(ID, { content = { password = "zzzzzz" } }))
      assert.same({ "secret-set", "--", ID, "password=zzzzzz" },
        (last_call()))
      assert.is_true(secret.set(ID, { label = "l2", owner = "application" }))
      assert.same({ "secret-set", "--label", "l2", "--owner", "application",
        "--", ID }, (last_call()))
    end)

    it("reads what is tracked, the newest, or looks at it", function()
      agent:answer("secret-get", '{"password":"abcdef"}\n')
      assert.same({ password = "abcdef" }, secret.get { id = ID })
      secret.get { label = "lb" }
      secret.get({ id = ID, label = "lb" }, { refresh = true })
      secret.get({ id = ID }, { peek = true })
      assert.same({
        { "secret-get", "--format=json", "--", ID },
        { "secret-get", "--format=json", "--label", "lb" },
        { "secret-get", "--format=json", "--refresh", "--label", "lb", "--",
          ID },
        { "secret-get", "--format=json", "--peek", "--", ID },
      }, agent:calls())
    end)

    it("reads bytes that are no text", function()
      agent:answer("secret-get", '"/wA="\n')
      agent:answer("secret-get", '"?"\n')
      assert.equal("\xFF\0", secret.get_bytes(ID, "raw", { peek = true }))
      assert.same({ "secret-get", "--format=json", "--peek", "--", ID,
        "raw#base64" }, agent:calls()[1])
      local _, err = secret.get_bytes(ID, "raw")
      assert.equal(("cannot read 'raw' of the secret %s: it is no base64 text")
        :format(ID), tostring(err))
    end)

    it("looks at one of our own", function()
      agent:answer("secret-info-get", '{"cvq5pg2s6f2pvmv8v8v0":{"revision":2,'
        .. '"label":"lb","owner":"application","description":"ds",'
        .. '"rotation":"daily","expiry":"2027-01-01T00:00:00Z",'
        .. '"rotates":"2026-01-01T00:00:00Z","access":[{"target":'
        .. '"application-pg","scope":"relation-x","role":"view"}]}}\n')
      local want <const> = {
        id = "cvq5pg2s6f2pvmv8v8v0", revision = 2, label = "lb",
        owner = "application", description = "ds", rotation = "daily",
        expires = 1798761600, rotates = 1767225600,
        access = { { target = "application-pg", scope = "relation-x",
          role = "view" } },
      }
      assert.same(want, secret.info { id = ID, label = "lb" })
      assert.same(want, secret.info { label = "lb" })
      assert.same({
        { "secret-info-get", "--format=json", "--", ID },
        { "secret-info-get", "--format=json", "--label", "lb" },
      }, agent:calls())
    end)

    it("lists them, also when Juju says null", function()
      agent:answer("secret-ids", '["b","a"]\n')
      agent:answer("secret-ids", "null\n")
      assert.same({ "a", "b" }, secret.ids())
      assert.same({}, secret.ids())
      assert.same({ "secret-ids", "--format=json" }, agent:calls()[1])
    end)

    it("grants, revokes and removes", function()
      agent:answer("secret-grant", "")
      agent:answer("secret-revoke", "")
      agent:answer("secret-remove", "")
      assert.is_true(secret.grant(ID, { relation = 1 }))
      assert.is_true(secret.grant(ID, { relation = 1, unit = "pg/0" }))
      assert.is_true(secret.revoke(ID, { relation = 1 }))
      assert.is_true(secret.revoke(ID, { app = "pg" }))
      assert.is_true(secret.remove(ID, 1))
      assert.is_true(secret.remove(ID))
      assert.same({
        { "secret-grant", "--relation", "1", "--", ID },
        { "secret-grant", "--relation", "1", "--unit", "pg/0", "--", ID },
        { "secret-revoke", "--relation", "1", "--", ID },
        { "secret-revoke", "--app", "pg", "--", ID },
        { "secret-remove", "--revision", "1", "--", ID },
        { "secret-remove", "--", ID },
      }, agent:calls())
    end)

    it("tells one that is not there, and one that may not be read", function()
      agent:answer("secret-get",
        { code = 1, stderr = 'ERROR secret "x" not found\n' })
      agent:answer("secret-get",
        { code = 1, stderr = "ERROR permission denied\n" })
      agent:answer("secret-get",
        { code = 2, stderr = 'ERROR secret URI "x y" not valid\n' })
      local _, err = secret.get { id = "x" }
      assert.equal("not-found", err.data.reason)
      _, err = secret.get { id = "x" }
      assert.equal("permission", err.data.reason)
      assert.equal("cannot read the secret x: permission denied",
        tostring(err))
      _, err = secret.get { id = "x y" }
      assert.equal("usage", err.data.reason)
    end)

    it("keeps Juju's limits before it calls, and tells no value", function()
      local function refused(content)
        local id, err = secret.add { content = content, label = "lb" }
        assert.is_nil(id)
        assert.equal("usage", err.data.reason)
        return (tostring(err):gsub("^cannot add the secret 'lb': ", ""))
      end
      assert.equal("the value of 'big' has 750001 bytes, Juju allows 750000",
        refused { big = ("x"):rep(750001) })
      assert.equal("the content has 1000004 bytes as base64, Juju allows "
        .. "1000000", refused { one = ("x"):rep(750000), two = "x" })
      for _, key in ipairs { "ab", "Abc", "1bc", "a--b", "abc-", "a_bc" } do
        assert.matches("^the key '.*' is not three or more",
          refused { [key] = "x" })
      end
      assert.equal("the value of 'abc' is a number, not a string",
        refused { abc = 1 })
      assert.equal("the content is empty", refused {})
      assert.equal("the content is a string, not a table", refused "text")
      assert.same({}, agent:calls())
    end)

    it("carries the largest content that Juju takes", function()
      agent:answer("secret-add", ID)
      local large <const> = ("x"):rep(750000)
      assert.equal(ID, secret.add { content = { large = large } })
      assert.is_true(last_call()[4] == "large=" .. large)
    end)
  end)
end
