-- SPDX-License-Identifier: Apache-2.0
local changes = require "lab.supervisor.changes"
local loops = require "lab.loop"

describe("changes", function()
  local loop, all, statuses, failures

  before_each(function()
    failures, statuses = {}, {}
    loop = loops.new {
      on_error = function(_, trace) failures[#failures + 1] = trace end,
    }
    all = changes.new(loop, function(change)
      statuses[#statuses + 1] = change.status
    end)
  end)

  local function task(name, run, after)
    return { kind = "test", summary = name, run = run, after = after }
  end

  local function good() return true end

  local function words(change)
    local list = {}
    for i, item in ipairs(change.tasks) do
      list[i] = item.status
    end
    return table.concat(list, " ")
  end

  it("keep nothing of the work of a task that is over", function()
    local held = setmetatable({}, { __mode = "k" })
    local function work()
      local thing = {}
      held[thing] = true
      return function() return thing ~= nil end
    end
    local bad = task("bad", function() return nil, "no" end)
    local change = all:add({ kind = "k", summary = "s" },
      { bad, task("good", work()), task("held", work(), { bad }) })
    loop:run()
    assert.equal("Error Done Hold", words(change))
    collectgarbage()
    assert.is_nil(next(held))
  end)

  it("run their tasks side by side, and in order where one is given",
    function()
      local said = {}
      local function say(name)
        return function()
          loop:sleep(name == "a" and 0.01 or 0)
          said[#said + 1] = name
          return true
        end
      end
      local a = task("a", say "a")
      local change = all:add({ kind = "k", summary = "s" },
        { a, task("b", say "b", { a }), task("c", say "c") })
      loop:run()
      assert.same({ "c", "a", "b" }, said)
      assert.same({ "Do", "Doing", "Done" }, statuses)
      assert.is_true(changes.show(change).ready)
      assert.is_nil(change.err)
    end)

  it("hold what comes after a failure, however far", function()
    local a = task("a", function() return nil, "the reason" end)
    local b = task("b", good, { a })
    local change = all:add({ kind = "k", summary = "s" },
      { a, b, task("c", good, { b }), task("d", good) })
    loop:run()
    assert.equal("Error Hold Hold Done", words(change))
    assert.equal("Error", change.status)
    assert.equal("cannot perform the following tasks:\n- a (the reason)",
      change.err)
    assert.matches(" ERROR the reason$", change.tasks[1].log[1])
  end)

  it("fail, and are reported, when a task raises", function()
    local change = all:add({ kind = "k", summary = "s" },
      { task("a", function() error("a fault") end) })
    loop:run()
    assert.equal("Error", change.status)
    assert.matches("a fault", change.err)
    assert.matches("a fault", failures[1])
  end)

  it("hold what has not begun when aborted, and ask the rest to end",
    function()
      local stop = loop:event()
      local a = task("a", function()
        stop:wait()
        return nil, "asked to"
      end)
      a.abort = function() stop:set() end
      local change = all:add({ kind = "k", summary = "s" },
        { a, task("b", good, { a }) })
      loop:spawn(function() all:abort(change) end)
      loop:run()
      assert.equal("Error Hold", words(change))
    end)

  it("keep the last ten lines of a task's log", function()
    local change = all:add({ kind = "k", summary = "s" },
      { task("a", function(self)
        for i = 1, 12 do
          self:note("INFO", "line " .. i)
        end
        return true
      end) })
    loop:run()
    assert.equal(10, #change.tasks[1].log)
    assert.matches("line 3$", change.tasks[1].log[1])
  end)

  it("are forgotten, the oldest first, beyond a thousand", function()
    for _ = 1, 1005 do
      all:add({ kind = "k", summary = "s" }, { task("a", good) })
    end
    loop:run()
    assert.is_nil(all.by_id["5"])
    assert.is_nil(all.tasks["5"])
    assert.is_table(all.by_id["6"])
    assert.is_table(all.tasks["6"])
  end)
end)
