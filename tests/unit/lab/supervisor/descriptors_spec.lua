-- SPDX-License-Identifier: Apache-2.0
-- What a process needed is closed when it is over, not when the collector
-- comes by: an idle supervisor has no garbage to collect.
local fs = require "host.fs"
local json = require "std.json"
local supervisors = require "tests.support.supervisor"

describe("the supervisor's descriptors", function()
  local pebble

  before_each(function() pebble = supervisors.start() end)
  after_each(function() pebble:stop() end)

  local function count()
    return #assert(fs.list(("/proc/%d/fd"):format(pebble.process:pid())))
  end

  local function come_back(before)
    local last
    local ok = pcall(supervisors.eventually, function()
      last = count()
      return last == before
    end)
    assert(ok, ("%d, not %d"):format(last, before))
  end

  it("are as before after commands", function()
    local before = count()
    for _ = 1, 5 do
      pebble:exec({ "cat" }, { stdin = "x",
        request = { ["split-stderr"] = true } })
    end
    local change = pebble:exec({ "sh", "-c", "sleep 60 & sleep 60" },
      { request = { timeout = "100ms" } })
    assert.equal("Error", change.status)
    come_back(before)
  end)

  it("are as before after commands on terminals", function()
    local before = count()
    for _, interactive in ipairs { true, false } do
      local request = { terminal = true, interactive = interactive }
      local _, out = pebble:exec({ "cat" }, { stdin = "x\n",
        request = request })
      assert.matches("x\r\n", out)
      request.timeout = "100ms"
      pebble:exec({ "sh", "-c", "sleep 60 & sleep 60" }, { hold = true,
        request = request })
    end
    come_back(before)
  end)

  it("are as before after services", function()
    local before = count()
    pebble:layer [[
services:
  stays: {override: replace, command: sleep 60}
  dies: {override: replace, command: "false", on-failure: ignore}
]]
    for _ = 1, 2 do
      pebble:act("start", "stays", "dies")
      pebble:act("stop", "stays")
    end
    come_back(before)
  end)

  it("are as before after checks", function()
    local before = count()
    pebble:layer [[
checks:
  good: {override: replace, period: 20ms, exec: {command: "true"}}
  slow: {override: replace, period: 60ms, exec: {command: sleep 60}}
  none: {override: replace, period: 20ms, tcp: {port: 1}}
]]
    local names = json.array { "good", "none", "slow" }
    supervisors.eventually(function()
      local list = pebble:get "/v1/checks?names=good,slow"
      return list[1].successes > 5 and (list[2].failures or 0) > 2
    end)
    pebble:post("/v1/checks", { action = "stop", checks = names })
    come_back(before)
  end)

  it("are as before after polls whose clients left", function()
    local before = count()
    for _ = 1, 3 do
      local answer, _, code = pebble.client:request {
        path = "/v1/notices?timeout=1h&keys=example.com/never",
        timeout = 0.1,
      }
      assert(not answer and code == "timeout")
    end
    pebble:get "/v1/system-info" -- the client's own connection is back
    come_back(before)
  end)
end)
