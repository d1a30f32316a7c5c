-- SPDX-License-Identifier: Apache-2.0
-- Changes and tasks: shape, list, wait, abort.
local contract = require "tests.support.contract"
local contract_exec = require "tests.support.contract_exec"

describe("changes:", function()
  local pebble, name, long, ended

  setup(function()
    pebble = contract.start()
    name = pebble:name "svc"
    pebble:layer(("services: {%s: {override: replace, command: sleep 600}}")
      :format(name))
    ended = pebble:done("start", name).id
    long = contract_exec.open(pebble, { "sleep", "600" })
  end)
  teardown(function()
    pebble:ask("POST", "/v1/changes/" .. long.change, { action = "abort" })
    long:close()
    pebble:act("stop", name)
    pebble:stop()
  end)

  local function contains(list, id)
    for _, change in ipairs(list) do
      if change.id == id then
        return true
      end
    end
    return false
  end

  it("one has its times, its tasks and their progress", function()
    local change = pebble:get("/v1/changes/" .. ended)
    assert.equal(ended, change.id)
    assert.equal("start", change.kind)
    assert.equal("Done", change.status)
    assert.is_true(change.ready)
    assert.is_nil(change.err)
    for _, field in ipairs { "spawn-time", "ready-time" } do
      assert.matches("^%d+%-%d+%-%d+T%d+:%d+:[%d.]+[Z+-]", change[field])
    end
    local task = change.tasks[1]
    assert.equal("start", task.kind)
    assert.equal("Done", task.status)
    assert.equal(("Start service %q"):format(name), task.summary)
    assert.same({ label = "", done = 1, total = 1 }, task.progress)
    assert.is_string(task["ready-time"])
  end)

  it("one that is under way has no ready-time", function()
    local change = pebble:get("/v1/changes/" .. long.change)
    assert.equal("exec", change.kind)
    assert.equal("Doing", change.status)
    assert.is_false(change.ready)
    assert.is_nil(change["ready-time"])
  end)

  it("one that is not there is 404, without a kind", function()
    for _, path in ipairs { "/v1/changes/999999", "/v1/changes/999999/wait" } do
      local failure = pebble:refused(404, "cannot find change", "GET", path)
      assert.is_nil(failure.kind)
    end
    pebble:refused(404, "cannot find change", "POST", "/v1/changes/999999",
      { action = "abort" })
  end)

  it("the list has what is under way", function()
    local list = pebble:get "/v1/changes"
    assert.is_true(contains(list, long.change))
    assert.is_false(contains(list, ended))
    assert.is_true(contains(pebble:get "/v1/changes?select=in-progress",
      long.change))
  end)

  it("the list has what is ready, or all, when asked", function()
    local ready = pebble:get "/v1/changes?select=ready"
    assert.is_true(contains(ready, ended))
    assert.is_false(contains(ready, long.change))
    local all = pebble:get "/v1/changes?select=all"
    assert.is_true(contains(all, ended) and contains(all, long.change))
  end)

  it("the list can be for one service", function()
    local list = pebble:get("/v1/changes?select=all&for=" .. name)
    assert.is_true(contains(list, ended))
    assert.is_false(contains(list, long.change))
    assert.same({}, { table.unpack(
      pebble:get "/v1/changes?select=all&for=nobody") })
  end)

  it("another selection is refused", function()
    pebble:refused(400, "select should be one of", "GET",
      "/v1/changes?select=x")
  end)

  it("a wait whose time is over is 504", function()
    pebble:refused(504, "timed out waiting for change after 50ms", "GET",
      ("/v1/changes/%s/wait?timeout=50ms"):format(long.change))
  end)

  it("a wait takes a duration alone", function()
    pebble:refused(400, "invalid timeout", "GET",
      ("/v1/changes/%s/wait?timeout=soon"):format(long.change))
  end)

  it("a wait for what is ready ends at once, with or without a time", function()
    for _, query in ipairs { "", "?timeout=10s" } do
      local change = pebble:get(("/v1/changes/%s/wait%s"):format(ended, query))
      assert.equal("Done", change.status)
    end
  end)

  it("a failed one is waited for with 200", function()
    local change = contract_exec.run(pebble, { "sleep", "600" },
      { request = { timeout = "100ms" } }).change
    assert.equal("Error", change.status)
    assert.matches("^cannot perform the following tasks:\n%- ", change.err)
    assert.matches("ERROR", change.tasks[1].log[1])
  end)

  it("abort ends a command", function()
    local exec = contract_exec.open(pebble, { "sleep", "600" })
    pebble.eventually(function()
      return pebble:get("/v1/changes/" .. exec.change).status == "Doing"
    end)
    local change = pebble:post("/v1/changes/" .. exec.change,
      { action = "abort" })
    assert.equal(exec.change, change.id)
    assert.is_true(pebble:wait(exec.change).ready)
    exec:close()
  end)

  it("abort of what is ready is refused", function()
    pebble:refused(400, "cannot abort change %w+ with nothing pending",
      "POST", "/v1/changes/" .. ended, { action = "abort" })
  end)

  it("another action is refused", function()
    pebble:refused(400, '"undo"', "POST", "/v1/changes/" .. ended,
      { action = "undo" })
  end)
end)
