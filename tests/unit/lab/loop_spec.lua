-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local loops = require "lab.loop"
local sys = require "host.sys"

describe("the loop", function()
  local loop, failures

  before_each(function()
    failures = {}
    loop = loops.new {
      on_error = function(_, trace)
        failures[#failures + 1] = trace
      end,
    }
  end)

  it("runs tasks in turns where they wait", function()
    local said = {}
    for _, name in ipairs { "a", "b" } do
      loop:spawn(function()
        for i = 1, 2 do
          said[#said + 1] = name .. i
          loop:sleep(0)
        end
      end)
    end
    loop:run()
    assert.same({ "a1", "b1", "a2", "b2" }, said)
  end)

  it("wakes sleepers in the order of their times", function()
    local said = {}
    for _, delay in ipairs { 0.03, 0.01, 0.02 } do
      loop:spawn(function()
        loop:sleep(delay)
        said[#said + 1] = delay
      end)
    end
    loop:run()
    assert.same({ 0.01, 0.02, 0.03 }, said)
  end)

  it("returns when no task can ever run again", function()
    loop:spawn(function() loop:event():wait() end)
    loop:run()
    assert.same({}, failures)
  end)

  it("waits for a descriptor to be readable", function()
    local reader, writer = assert(fs.pipe())
    local got
    loop:spawn(function()
      assert(loop:readable(reader:fd()))
      got = reader:read(10)
    end)
    loop:spawn(function()
      loop:sleep(0.01)
      writer:write("ping")
    end)
    loop:run()
    reader:close()
    writer:close()
    assert.equal("ping", got)
  end)

  it("says timeout when nothing comes", function()
    local reader, writer = assert(fs.pipe())
    local answer = loop:main(function()
      return table.pack(loop:readable(reader:fd(), 0.01))
    end)
    assert.same({ nil, "timed out", "timeout", n = 3 }, answer)
    reader:close()
    writer:close()
  end)

  it("keeps a set event set until it is cleared", function()
    loop:main(function()
      local event = loop:event()
      event:set()
      assert.is_true(event:wait(0))
      event:clear()
      local ok, _, code = event:wait(0.01)
      assert.is_nil(ok)
      assert.equal("timeout", code)
    end)
  end)

  it("pulses only who waits now", function()
    local event, woken = loop:event(), 0
    for _ = 1, 3 do
      loop:spawn(function()
        event:wait()
        woken = woken + 1
        event:wait(0.01)
      end)
    end
    loop:spawn(function() event:pulse() end)
    loop:run()
    assert.equal(3, woken)
  end)

  it("gives a joiner the results, or the error", function()
    loop:main(function()
      local good = loop:spawn(function() return 1, nil, 3 end)
      assert.same({ true, 1, nil, 3, n = 4 }, table.pack(good:join()))
      local bad = loop:spawn(function() error({ why = "x" }) end)
      local ok, err = bad:join()
      assert.is_false(ok)
      assert.equal("x", err.why)
    end)
    assert.same({}, failures)
  end)

  it("reports the error of a task nobody joined, with a traceback", function()
    loop:spawn(function() error("the reason") end)
    loop:run()
    assert.equal(1, #failures)
    assert.matches("the reason", failures[1])
    assert.matches("traceback", failures[1])
  end)

  it("cancels a waiting task, closing what it holds", function()
    local closed, after = false, false
    local task = loop:spawn(function()
      local _ <close> = setmetatable({}, { __close = function()
        loop:sleep(0)
        closed = true
      end })
      loop:sleep(10)
      after = true
    end)
    loop:spawn(function()
      loop:sleep(0)
      task:cancel()
    end)
    local start = sys.monotonic()
    loop:run()
    assert.is_true(closed)
    assert.is_false(after)
    assert.is_true(task.done)
    assert.is_true(sys.monotonic() - start < 5)
    assert.same({}, failures)
  end)

  it("never starts a task cancelled before its first turn", function()
    local ran = false
    loop:spawn(function() ran = true end):cancel()
    loop:run()
    assert.is_false(ran)
  end)

  it("goes on after stop() where it was", function()
    local said = {}
    loop:spawn(function()
      said[1] = "a"
      loop:stop()
      loop:sleep(0)
      said[2] = "b"
    end)
    loop:run()
    assert.same({ "a" }, said)
    loop:run()
    assert.same({ "a", "b" }, said)
  end)

  it("keeps its timers in order through many removals", function()
    local woken, waits, due = {}, {}, {}
    local add = loop.timers.add
    function loop.timers:add(timer) -- the loop's own idea of the time
      due[coroutine.running()] = timer.at
      add(self, timer)
    end
    for i = 1, 200 do
      local delay = ((i * 37) % 101) / 5000
      waits[i] = loop:spawn(function()
        loop:sleep(delay)
        woken[#woken + 1] = due[coroutine.running()]
      end)
    end
    loop:spawn(function()
      for i = 1, 200, 3 do
        waits[i]:cancel()
      end
    end)
    loop:run()
    assert.equal(133, #woken)
    for i = 2, #woken do
      assert.is_true(woken[i - 1] <= woken[i])
    end
    assert.is_nil(loop.timers:first())
  end)

  it("raises the main task's error to its caller", function()
    assert.error_matches(function()
      loop:main(function() error("no way") end)
    end, "no way")
  end)

  it("refuses to wait outside of a task", function()
    assert.error_matches(function() loop:sleep(1) end, "only a task can wait")
  end)
end)
