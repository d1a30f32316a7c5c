-- SPDX-License-Identifier: Apache-2.0
local queue_text = require "ops.queue_text"

local function notice(fields)
  local whole = { event = "try/on/start", number = 3, observer = "try/db[a]",
    method = "on_start", count = 10, since = 0 }
  for name, value in pairs(fields or {}) do
    whole[name] = value
  end
  return whole
end

describe("the queue in words", function()
  it("tells an age in two units at most", function()
    for text, seconds in pairs {
      ["0s"] = 0, ["59s"] = 59.9, ["1m"] = 60, ["1m1s"] = 61, ["5m"] = 300,
      ["1h"] = 3600, ["2h3m"] = 7389, ["1d"] = 86400, ["2d3h"] = 183600,
      ["100d"] = 8640000,
    } do
      assert.equal(text, queue_text.age(seconds))
    end
    assert.equal("0s", queue_text.age(-5))
  end)

  it("warns of five, and counts the others", function()
    local many = {}
    for i = 1, 7 do
      many[i] = notice { reason = i == 1 and "no database" or nil }
    end
    local text = queue_text.warning(many)
    assert.truthy(text:find("try/on/start[3] for try/db[a]:on_start, deferred "
      .. "10 times since 1970-01-01T00:00:00Z: no database; ", 1, true))
    assert.truthy(text:find("; and 2 more; `./dispatch deferred`", 1, true))
    local _, count = text:gsub("deferred 10 times", "")
    assert.equal(5, count)
  end)

  it("makes a table of it", function()
    local rows = queue_text.rows({ notice { reason = "no database" },
      { event = "try/on/a", number = 1, observer = "try", method = "on_a",
        count = 1 } }, 7389)
    assert.equal([[
AGE   COUNT  EVENT            HANDLER             REASON
2h3m  10     try/on/start[3]  try/db[a]:on_start  no database
-     1      try/on/a[1]      try:on_a            -
]], queue_text.table(rows))
  end)

  it("makes columns of characters, not of bytes", function()
    assert.equal("é    a\nabc  b\n",
      queue_text.table { { "é", "a" }, { "abc", "b" } })
  end)
end)
