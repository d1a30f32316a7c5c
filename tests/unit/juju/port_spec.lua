-- SPDX-License-Identifier: Apache-2.0
local hooktools = require "tests.support.hooktools"
local port = require "juju.port"

for _, door in ipairs(hooktools.DOORS) do
  describe("juju.port by " .. door, function()
    local agent
    setup(function() agent = hooktools.start(door) end)
    teardown(function() agent:stop() end)
    before_each(function() agent:reset() end)

    it("opens and closes", function()
      agent:answer("open-port", "")
      agent:answer("close-port", "")
      assert.is_true(port.open("tcp", 80))
      assert.is_true(port.open "icmp")
      assert.is_true(port.close("tcp", 80))
      assert.same({ { "open-port", "80/tcp" }, { "open-port", "icmp" },
        { "close-port", "80/tcp" } }, agent:calls())
    end)

    it("opens and closes ranges, for some endpoints", function()
      agent:answer("open-port", "")
      agent:answer("close-port", "")
      assert.is_true(port.open("udp", 5000, { to_port = 5010 }))
      assert.is_true(port.open("tcp", 80, { endpoints = { "db", "foo" } }))
      assert.is_true(port.close("udp", 5000,
        { to_port = 5010, endpoints = { "db" } }))
      assert.is_true(port.close("tcp", 80, { to_port = 80 }))
      assert.same({
        { "open-port", "5000-5010/udp" },
        { "open-port", "--endpoints", "db,foo", "80/tcp" },
        { "close-port", "--endpoints", "db", "5000-5010/udp" },
        { "close-port", "80/tcp" },
      }, agent:calls())
    end)

    it("lists what is open for which endpoints", function()
      agent:answer("opened-ports",
        '["80/tcp (db, foo)","5000-5010/udp (*)","icmp (*)"]\n')
      assert.same({
        { protocol = "tcp", port = 80, endpoints = { "db", "foo" } },
        { protocol = "udp", port = 5000, to_port = 5010,
          endpoints = { "*" } },
        { protocol = "icmp", endpoints = { "*" } },
      }, port.opened { endpoints = true })
      assert.same({ { "opened-ports", "--endpoints", "--format=json" } },
        agent:calls())
    end)

    it("lists what is open", function()
      agent:answer("opened-ports", '["80/tcp","5000-5010/udp","icmp"]\n')
      assert.same({
        { protocol = "tcp", port = 80 },
        { protocol = "udp", port = 5000, to_port = 5010 },
        { protocol = "icmp" },
      }, port.opened())
      assert.same({ { "opened-ports", "--format=json" } }, agent:calls())
    end)

    it("tells a conflict in Juju's words", function()
      agent:answer("open-port", { code = 1, stderr = "ERROR cannot open "
        .. '80-90/tcp (unit "a/0"): port range conflicts with 80/tcp\n' })
      local _, err = port.open("tcp", 80)
      assert.matches("^cannot open the port 80/tcp: cannot open 80%-90/tcp",
        tostring(err))
    end)
  end)
end
