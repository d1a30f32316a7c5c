-- SPDX-License-Identifier: Apache-2.0
-- No hook tool of Juju 2.9, 3.6 or 4 is left without a function here.
local fs = require "host.fs"

-- pod-spec-get and pod-spec-set are old names of k8s-spec-get and -set.
local TOOLS <const> = [[
  action-fail action-get action-log action-set add-metric
  application-version-set close-port config-get credential-get goal-state
  is-leader juju-log juju-reboot k8s-raw-get k8s-raw-set k8s-spec-get
  k8s-spec-set leader-get leader-set network-get open-port opened-ports
  payload-register payload-status-set payload-unregister relation-get
  relation-ids relation-list relation-model-get relation-set resource-get
  secret-add secret-get secret-grant secret-ids secret-info-get secret-remove
  secret-revoke secret-set state-delete state-get state-set status-get
  status-set storage-add storage-get storage-list unit-get]]

-- podspec.lua makes its names from two words.
local MADE <const> = {
  ["k8s-raw-get"] = true, ["k8s-raw-set"] = true,
  ["k8s-spec-get"] = true, ["k8s-spec-set"] = true,
}

describe("lua/juju", function()
  it("has every hook tool, each in one family", function()
    local where = {}
    for _, name in ipairs(assert(fs.list "lua/juju")) do
      if name:find "%.lua$" and name ~= "tool.lua" and name ~= "failure.lua"
      then
        local text = assert(fs.read("lua/juju/" .. name)):gsub("%-%-[^\n]*", "")
        for quoted in text:gmatch '"([a-z0-9]+%-[a-z-]+)"' do
          where[quoted] = where[quoted] or {}
          where[quoted][name] = true
        end
      end
    end
    local wrong = {}
    for tool in TOOLS:gmatch "%S+" do
      local first = next(where[tool] or {})
      if not MADE[tool] and (not first or next(where[tool], first)) then
        wrong[#wrong + 1] = tool
      end
    end
    assert.same({}, wrong)
  end)

  it("has a spec for each family, over both doors", function()
    local wrong = {}
    for _, name in ipairs(assert(fs.list "lua/juju")) do
      local family = name:match "^(.*)%.lua$"
      local calls = family and family ~= "tool"
        and assert(fs.read("lua/juju/" .. name)):find("tool.call", 1, true)
      if calls then
        local text = fs.read(("tests/unit/juju/%s_spec.lua"):format(family))
        if not text or not text:find("hooktools.DOORS", 1, true) then
          wrong[#wrong + 1] = family
        end
      end
    end
    assert.same({}, wrong)
  end)
end)
