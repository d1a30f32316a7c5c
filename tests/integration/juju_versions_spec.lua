-- SPDX-License-Identifier: Apache-2.0
-- The same charm in models of several Juju versions: what each serves, by the
-- agent's socket (a path or an abstract name) and by the tools as programs.
local labs = require "tests.support.lab"
local names = require "lab.names"

local PROBE <const> = {
  ["metadata.yaml"] = "name: probe\npeers: {peer: {interface: peers}}\n",
  ["charm.lua"] = [[
local leader = require "juju.leader"
local ops = require "ops"
local sys = require "host.sys"
local Probe = ops.charm "probe"

function Probe:init()
  self:observe(self.on.start, self.on_start)
end

function Probe:on_start()
  local bag = self.model:get_relation("peer").data[self.unit]
  local secret = pcall(self.app.add_secret, self.app, { token = "abc" },
    { label = "own" })
  local address = sys.getenv "JUJU_AGENT_SOCKET_ADDRESS"
  self.unit.status = ops.ActiveStatus(table.concat({
    tostring(self.model.juju_version),
    address:sub(1, 1) == "@" and "abstract" or "path",
    secret and "secrets" or "no secrets",
    bag["private-address"] and "private" or "no private",
    leader.set { k = "v" } and "leader-set" or "no leader-set",
    sys.getenv "JUJU_SLA" and "sla" or "no sla",
  }, ", "))
end

return Probe
]],
}

local EXPECTED <const> = {
  ["2.9.52"] = "2.9.52, path, no secrets, private, leader-set, sla",
  ["3.1.8"] = "3.1.8, abstract, secrets, private, leader-set, sla",
  ["3.6.26"] = "3.6.26, path, secrets, private, leader-set, sla",
  ["4.0.14"] = "4.0.14, path, secrets, no private, no leader-set, no sla",
}

describe("models of several Juju versions", function()
  local lab, charm

  setup(function()
    lab = labs.start { name = "juju-versions" }
    charm = lab:make_charm("probe", PROBE)
  end)

  teardown(function()
    lab:stop()
  end)

  for version, expected in names.each(EXPECTED) do
    it("serve what Juju " .. version .. " serves", function()
      lab:run("add-model", "v" .. version:gsub("%.", "-"))
      lab:run("model-config", "agent-version=" .. version)
      lab:run("deploy", charm)
      lab:wait_app("probe", "active", expected)
      local words <const> = version < "3" and "is-leader; state-get"
        or "is-leader; secret-get --label own"
      assert.equal(version < "3" and "True\n{}" or "True\ntoken: abc",
        lab:run("exec", "--unit", "probe/0", words)
          :match("probe%-0%s+(.-)%s*$"))
    end)
  end
end)
