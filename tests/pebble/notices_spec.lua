-- SPDX-License-Identifier: Apache-2.0
-- Notices: recording them, the list and its filters, waiting for one.
local contract = require "tests.support.contract"
local json = require "std.json"
local raw = require "tests.support.contract_raw"
local sys = require "host.sys"

describe("notices:", function()
  local pebble, key

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)
  before_each(function() key = "example.com/" .. pebble:name "key" end)

  local function add(fields)
    local body = { action = "add", type = "custom", key = key }
    for name, value in pairs(fields or {}) do
      body[name] = value
    end
    local id = pebble:post("/v1/notices", body).id
    assert.matches("^%w+$", id)
    return id
  end

  local function list(query)
    return pebble:get("/v1/notices" .. (query and "?" .. query or ""))
  end

  local function refused(pattern, fields)
    local body = { action = "add", type = "custom", key = key }
    for name, value in pairs(fields) do
      body[name] = value
    end
    pebble:refused(400, pattern, "POST", "/v1/notices", body)
  end

  local function encoded(text)
    return (text:gsub("[^%w.-]", function(char)
      return ("%%%02X"):format(char:byte())
    end))
  end

  it("one has its id, user, type, key, times and count", function()
    local id = add { data = { a = "b" } }
    local notice = pebble:get("/v1/notices/" .. id)
    for _, field in ipairs { "first-occurred", "last-occurred",
      "last-repeated" } do
      assert.matches("^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%d[%d.]*Z$", notice[field])
      notice[field] = nil
    end
    assert.same({ id = id, ["user-id"] = sys.getuid(), type = "custom",
      key = key, occurrences = 1, ["last-data"] = { a = "b" },
      ["expire-after"] = "168h0m0s" }, notice)
  end)

  it("one that is there is counted, with the new data", function()
    local id = add { data = { a = "1" } }
    assert.equal(id, add { data = { b = "2" } })
    local notice = pebble:get("/v1/notices/" .. id)
    assert.equal(2, notice.occurrences)
    assert.same({ b = "2" }, notice["last-data"])
    assert.equal(notice["last-occurred"], notice["last-repeated"])
    add()
    assert.is_nil(pebble:get("/v1/notices/" .. id)["last-data"])
  end)

  it("repeat-after holds back repeats, not the count", function()
    local id = add()
    local first = pebble:get("/v1/notices/" .. id)
    add { ["repeat-after"] = "1h" }
    local notice = pebble:get("/v1/notices/" .. id)
    assert.equal(2, notice.occurrences)
    assert.equal("1h0m0s", notice["repeat-after"])
    assert.equal(first["last-repeated"], notice["last-repeated"])
    assert.not_equal(first["last-occurred"], notice["last-occurred"])
  end)

  it("one that is not there is 404", function()
    pebble:refused(404, "cannot find notice", "GET", "/v1/notices/999999")
  end)

  it("a key is a domain and a path", function()
    for _, wrong in ipairs { "", "example", "example.com", "example.com/",
      "Example.com/a", "example.com/a b", "com/a", "-a.com/b",
      "example.com/a--b", "example..com/a", "example.com//a" } do
      refused("invalid key", { key = wrong })
    end
    for _, right in ipairs { "a.b/c", "a-b.c1/d/e-f" } do
      add { key = right }
    end
  end)

  it("a key has 256 bytes at most", function()
    local prefix = "example.com/"
    add { key = prefix .. ("a"):rep(256 - #prefix) }
    refused("", { key = prefix .. ("a"):rep(257 - #prefix) })
  end)

  it("data have 4096 bytes at most", function()
    -- {"a":"…"} has 8 bytes besides
    add { data = { a = ("x"):rep(4096 - 8) } }
    refused("4096", { data = { a = ("x"):rep(4097 - 8) } })
  end)

  it("data are strings", function()
    refused("", { data = { a = 1 } })
    refused("", { data = json.array { "a" } })
  end)

  it("only custom ones can be added, and only added", function()
    refused("warning", { type = "warning" })
    refused("change%-update", { type = "change-update" })
    refused('invalid action "x"', { action = "x" })
    refused("invalid repeat%-after", { ["repeat-after"] = "soon" })
  end)

  it("the list is by keys", function()
    local id = add()
    add { key = key .. "/other" }
    local found = list("keys=" .. encoded(key))
    assert.equal(1, #found)
    assert.equal(id, found[1].id)
    assert.equal(2, #list(("keys=%s,%s"):format(encoded(key),
      encoded(key .. "/other"))))
    assert.equal(2, #list(("keys=%s&keys=%s"):format(encoded(key),
      encoded(key .. "/other"))))
  end)

  it("the list is by types; unknown ones are ignored", function()
    add()
    for _, notice in ipairs(list "types=custom") do
      assert.equal("custom", notice.type)
    end
    assert.is_true(#list "types=custom,unknown" > 0)
    local none = list "types=unknown"
    assert.is_true(json.is_array(none))
    assert.equal(0, #none)
  end)

  it("the list is in the order of the last repeat", function()
    local second = "example.com/" .. pebble:name "key"
    local a, b = add(), add { key = second }
    local query = ("keys=%s,%s"):format(encoded(key), encoded(second))
    local function ids()
      local found = list(query)
      return { found[1].id, found[2].id }
    end
    assert.same({ a, b }, ids())
    add()
    assert.same({ b, a }, ids())
  end)

  it("after is strict, to the nanosecond", function()
    local first = pebble:get("/v1/notices/" .. add())
    local query = ("keys=%s&after=%s"):format(encoded(key),
      encoded(first["last-repeated"]))
    assert.equal(0, #list(query))
    add()
    assert.equal(1, #list(query))
    pebble:refused(400, "after", "GET", "/v1/notices?after=yesterday")
  end)

  it("all users' are asked for as such", function()
    local id = add()
    local found = list("users=all&keys=" .. encoded(key))
    assert.equal(id, found[1].id)
    assert.equal(1, #list(("user-id=%d&keys=%s"):format(sys.getuid(),
      encoded(key))))
    assert.equal(0, #list("user-id=4242&types=custom"))
    pebble:refused(400, "users", "GET", "/v1/notices?users=some")
    pebble:refused(400, "user%-id", "GET", "/v1/notices?user-id=root")
    pebble:refused(400, "both", "GET", "/v1/notices?users=all&user-id=0")
  end)

  it("a wait gives what is there at once", function()
    add()
    assert.equal(1, #list("timeout=10s&keys=" .. encoded(key)))
  end)

  it("a wait that sees nothing gives an empty list", function()
    local begun = sys.monotonic()
    local found = list("timeout=200ms&keys=" .. encoded(key))
    assert.equal(0, #found)
    assert.is_true(sys.monotonic() - begun >= 0.2)
    pebble:refused(400, "invalid timeout", "GET", "/v1/notices?timeout=soon")
  end)

  it("a wait ends with the next one that it is for", function()
    local poll = "/v1/notices?timeout=10s&keys=" .. encoded(key)
    local conn = raw.connect(pebble.socket)
    conn:send(("GET %s HTTP/1.1\r\nHost: x\r\n\r\n"):format(poll))
    sys.sleep(0.1)
    add { key = key .. "/other" }
    local id = add()
    local status, envelope = conn:answer()
    assert.equal(200, status)
    assert.equal(1, #envelope.result)
    assert.equal(id, envelope.result[1].id)
    conn:close()
  end)

  it("a change leaves one, that everybody sees, of its kind", function()
    local svc = pebble:name "svc"
    pebble:layer(("services: {%s: {override: replace, command: sleep 1}}")
      :format(svc))
    local change = pebble:done("stop", svc)
    local found = list("types=change-update&keys=" .. change.id)
    assert.equal(1, #found)
    assert.equal(json.null, found[1]["user-id"])
    assert.same({ kind = "stop" }, found[1]["last-data"])
    assert.is_true(found[1].occurrences >= 1)
  end)

  it("warnings have no resource of their own", function()
    pebble:refused(404, "", "GET", "/v1/warnings")
  end)
end)
