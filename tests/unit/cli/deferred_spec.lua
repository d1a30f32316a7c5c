-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local hooktools = require "tests.support.hooktools"
local json = require "std.json"
local proc = require "host.proc"
local sys = require "host.sys"

local function program()
  return (sys.executable():gsub("[^/]*$", "charmhost"))
end

describe("charmhost deferred", function()
  local agent
  setup(function() agent = hooktools.agent() end)
  teardown(function() agent:stop() end)
  before_each(function() agent:reset() end)

  local function call(argv, env)
    return assert(proc.run { argv = argv, env = env or agent:environ(),
      timeout = 20 })
  end

  local function answer(notices, rounds)
    local state = { ["deferred-rounds"] = rounds and tostring(rounds) or nil,
      ["state/x"] = "1" }
    for i, notice in ipairs(notices) do
      state[("deferred/%010d"):format(i)] = json.encode(notice)
    end
    agent:answer("state-get", json.encode(state) .. "\n")
  end

  local function notice(fields)
    local whole = { event = "try/on/start", number = 3, observer = "try",
      method = "on_start", fields = "{}" }
    for name, value in pairs(fields) do
      whole[name] = value
    end
    return whole
  end

  it("lists event, handler, age, count and reason", function()
    local now = math.floor(sys.time())
    answer({ notice { since = now - 90000, round = 2, reason = "no db" },
      notice { method = "on_other", round = 11 } }, 12)
    local result = call { program(), "deferred" }
    assert.equal("", result.stderr)
    assert.equal([[
AGE   COUNT  EVENT            HANDLER       REASON
1d1h  11     try/on/start[3]  try:on_start  no db
-     2      try/on/start[3]  try:on_other  -
]], result.stdout)
    assert.same({ { "state-get", "--format=json" } }, agent:calls())
  end)

  it("says so when nothing waits", function()
    answer {}
    assert.equal("No event is deferred.\n",
      call({ program(), "deferred" }).stdout)
  end)

  it("prints JSON for programs", function()
    answer({ notice { since = 0, round = 0 } }, 0)
    local list = json.decode(call({ program(), "deferred", "--json" }).stdout)
    assert.equal(1, #list)
    assert.is_true(list[1].age > 1e9)
    assert.equal(1, list[1].count)
    assert.equal("try", list[1].observer)
    assert.equal("on_start", list[1].method)
    assert.equal("try/on/start", list[1].event)
    assert.equal(json.null, list[1].reason)
  end)

  it("is there on a unit, as the dispatch's word", function()
    answer {}
    local dir = assert(fs.mkdtemp "/tmp/deferred-spec-")
    assert(fs.symlink(program(), dir .. "/dispatch"))
    local result = call { dir .. "/dispatch", "deferred" }
    assert(fs.remove_all(dir))
    assert.equal("No event is deferred.\n", result.stdout)
    assert.equal(0, result.code)
  end)

  it("says where it can be run", function()
    local result = call({ program(), "deferred" }, { PATH = "/nowhere" })
    assert.equal(1, result.code)
    assert.truthy(result.stderr:find("^cannot read the unit's state: "))
    assert.truthy(result.stderr:find(
      "juju exec --unit APP/0 -- ./dispatch deferred", 1, true))
    assert.equal(2, call({ program(), "deferred", "all" }).code)
  end)
end)
