-- SPDX-License-Identifier: Apache-2.0
-- Logs of services: what is kept, and following them.
local contract = require "tests.support.contract"
local json = require "std.json"
local proc = require "host.proc"

describe("logs:", function()
  local pebble, name

  setup(function()
    pebble = contract.start()
    name = pebble:name "svc"
    pebble:layer(([[
services:
  %s-a:
    override: replace
    command: >-
      sh -c "echo one; echo two >&2; echo '<three>';
      while read line; do echo $line; done < %s"
  %s-b:
    override: replace
    command: sh -c "sleep 0.3; echo other; exec sleep 600"
  %s-off: {override: replace, command: sleep 1}
]]):format(name, pebble:path "lines", name, name))
    assert(proc.run { argv = { "mkfifo", pebble:path "lines" } })
    pebble:done("start", name .. "-a", name .. "-b")
  end)
  teardown(function()
    pebble:act("stop", name .. "-a", name .. "-b")
    pebble:stop()
  end)

  local function decode(text)
    local lines = {}
    for line in text:gmatch "([^\n]+)\n" do
      lines[#lines + 1] = assert(json.decode(line))
    end
    return lines
  end

  local function logs(query)
    local answer = assert(pebble.http:request { path = "/v1/logs" .. query })
    assert.equal(200, answer.status)
    assert.equal("application/x-ndjson", answer.headers["content-type"])
    return decode(answer.body), answer.body
  end

  local function messages(lines)
    local all = {}
    for i, line in ipairs(lines) do
      all[i] = line.message
    end
    return all
  end

  it("both streams are one log, line by line, in ndjson", function()
    local lines, text = logs("?services=" .. name .. "-a")
    assert.same({ "one", "two", "<three>" }, messages(lines))
    assert.is_truthy(text:find('"message":"<three>"', 1, true))
    for _, line in ipairs(lines) do
      assert.equal(name .. "-a", line.service)
      assert.matches("^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%d[%d.]*Z$", line.time)
    end
  end)

  it("n counts from the end, over the services chosen", function()
    local both = ("?services=%s-a,%s-b"):format(name, name)
    assert.same({ "<three>", "other" }, messages(logs(both .. "&n=2")))
    assert.equal(4, #logs(both .. "&n=-1"))
    assert.same({ "one", "two", "<three>", "other" }, messages(logs(both)))
  end)

  it("one that never ran, and one that is not there, have none", function()
    assert.same({}, logs(("?services=%s-off,nobody"):format(name)))
  end)

  it("n is a number, from -1 on; follow is true or false", function()
    pebble:refused(400, "", "GET", "/v1/logs?n=x")
    pebble:refused(400, "", "GET", "/v1/logs?n=-2")
    pebble:refused(400, "", "GET", "/v1/logs?follow=maybe")
  end)

  -- Reads a followed log until that many lines are there.
  local function follow(query, count)
    local response = assert(pebble.http:stream {
      path = "/v1/logs?follow=true&" .. query,
      timeout = 10,
    })
    assert.equal(200, response.status)
    assert.equal("application/x-ndjson", response.headers["content-type"])
    local text = ""
    repeat
      text = text .. assert(response:read())
      local lines = decode(text)
    until #lines >= count
    response:close()
    return messages(decode(text))
  end

  it("following gives what is new alone, as it comes", function()
    -- the headers come with the first line, so another process writes it
    local writer <close> = assert(proc.spawn {
      argv = { "sh", "-c", ("sleep 0.3; exec 3> %s; echo new >&3; sleep 0.1; "
        .. "echo newer >&3"):format(pebble:path "lines") },
    })
    assert.same({ "new", "newer" },
      follow(("services=%s-a"):format(name), 2))
    assert(writer:wait(5))
  end)

  it("following with n begins with what is kept", function()
    assert.same({ "other" }, follow(("services=%s-b&n=1"):format(name), 1))
  end)
end)
