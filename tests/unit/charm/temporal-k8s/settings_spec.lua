-- SPDX-License-Identifier: Apache-2.0
package.path = "charm/temporal-k8s/?.lua;" .. package.path
local settings = require "temporal.settings"

local function config(changes)
  local options = {
    services = "frontend,history,matching,worker",
    ["log-level"] = "info",
    ["num-history-shards"] = 4,
    ["persistence-max-conns"] = 20,
    ["persistence-max-idle-conns"] = 20,
    ["persistence-max-conn-time"] = "1h",
    ["visibility-max-conns"] = 10,
    ["visibility-max-idle-conns"] = 10,
    ["visibility-max-conn-time"] = "1h",
  }
  for name, value in pairs(changes or {}) do
    options[name] = value
  end
  return options
end

local function refusal(changes)
  local got, why = settings.read(config(changes))
  assert.is_nil(got)
  return why
end

describe("the config", function()
  it("is taken as it stands by default", function()
    assert.same({
      services = { "frontend", "history", "matching", "worker" },
      log_level = "info",
      shards = 4,
      default = { max_conns = 20, max_idle_conns = 20, max_conn_time = "1h" },
      visibility = { max_conns = 10, max_idle_conns = 10, max_conn_time = "1h" },
    }, settings.read(config()))
  end)

  it("takes blanks around service names, and each service once", function()
    local got = settings.read(config { services = " worker , frontend,worker" })
    assert.same({ "worker", "frontend" }, got.services)
  end)

  it("names the invalid service, in Python's quotes", function()
    assert.equal("error in services config: invalid service 'front'",
      refusal { services = "front,history" })
    assert.equal("error in services config: invalid service ''",
      refusal { services = "" })
    assert.equal([[error in services config: invalid service "it's"]],
      refusal { services = "it's" })
  end)

  it("takes whole names of services only", function()
    assert.equal("error in services config: invalid service 'end'",
      refusal { services = "end" })
  end)

  it("spells log levels as the server does", function()
    assert.equal("warn", settings.read(config { ["log-level"] = "warning" }).log_level)
    assert.equal("fatal", settings.read(config { ["log-level"] = "critical" }).log_level)
  end)

  it("refuses a log level the server would take for info", function()
    assert.equal("config: invalid log level 'loud'", refusal { ["log-level"] = "loud" })
  end)

  it("wants a power of two of history shards", function()
    for _, shards in ipairs { 0, -4, 3, 6 } do
      assert.equal("value of 'num-history-shards' config must be set to a "
        .. "positive power of 2 (e.g. 1, 2, 4)",
        refusal { ["num-history-shards"] = shards })
    end
    assert.equal(512, settings.read(config { ["num-history-shards"] = 512 }).shards)
  end)

  it("wants connections in each pool", function()
    assert.equal("value of 'persistence-max-conns' config must be >= 1",
      refusal { ["persistence-max-conns"] = 0 })
    assert.equal("value of 'visibility-max-idle-conns' config must be >= 1",
      refusal { ["visibility-max-idle-conns"] = -1 })
  end)

  it("wants durations that Go can read", function()
    for _, text in ipairs { "", "1", "h", "1d", "1h ", "0s", "-1h" } do
      assert.equal("value of 'visibility-max-conn-time' config must be a valid "
        .. "time duration e.g. 1h", refusal { ["visibility-max-conn-time"] = text })
    end
    for _, text in ipairs { "1h", "1h30m", "1.5s", "500ms" } do
      assert.is_true(settings.is_duration(text))
    end
  end)
end)
