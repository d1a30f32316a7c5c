-- SPDX-License-Identifier: Apache-2.0
local accounts = require "lab.supervisor.accounts"
local fs = require "host.fs"
local proc = require "host.proc"
local sys = require "host.sys"

describe("accounts", function()
  it("are found by name or number, with their home", function()
    local root = assert(accounts.resolve { user = "root" })
    assert.same({ uid = 0, gid = 0, name = "root", home = root.home }, root)
    assert.same(root, accounts.resolve { ["user-id"] = 0 })
    assert.same(root, accounts.resolve { user = "root", ["user-id"] = 0,
      group = "root", ["group-id"] = 0 })
    assert.same({}, accounts.resolve {})
  end)

  it("are refused when half given, unknown or contradictory", function()
    for message, want in pairs {
      ["unknown user"] = { user = "nobody-at-all" },
      ["unknown group"] = { user = "root", group = "no-group-at-all" },
      ["not just group"] = { group = "root" },
      ["does not match user%-id"] = { user = "root", ["user-id"] = 7 },
      ["does not match group%-id"] = { user = "root", group = "root",
        ["group-id"] = 7 },
      ["must specify group"] = { ["user-id"] = 3999999 },
    } do
      local account, why = accounts.resolve(want)
      assert.is_nil(account)
      assert.matches(message, why)
    end
  end)

  it("need nothing before the command when they are the own one", function()
    assert.same({}, accounts.prefix {})
    assert.same({}, accounts.prefix { uid = sys.getuid(),
      gid = sys.getgid() })
  end)

  it("are taken by setpriv when root may, and refused otherwise", function()
    local prefix, message = accounts.prefix { uid = 3999999, gid = 3999999 }
    if prefix then
      assert.same({ "setpriv", "--reuid", "3999999", "--regid", "3999999",
        "--clear-groups", "--" }, prefix)
    else
      assert.matches("cannot act as user 3999999: this container has user",
        message)
    end
  end)

  it("are refused, and named, where there is no other user", function()
    local dir = assert(fs.mkdtemp "/tmp/accounts-spec-")
    local script = dir .. "/script.lua"
    assert(fs.write(script, [[
      local accounts = require "lab.supervisor.accounts"
      print(select(2, accounts.prefix { uid = 1, gid = 1, name = "daemon" }))
    ]]))
    -- root over itself alone, as in a container of the lab
    local result = assert(proc.run {
      argv = { "bwrap", "--unshare-user", "--uid", "0", "--gid", "0",
        "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev",
        sys.executable(), "script", script },
      timeout = 10,
    })
    fs.remove_all(dir)
    assert.equal("cannot act as user daemon: this container has user 0 alone\n",
      result.stdout)
  end)
end)
