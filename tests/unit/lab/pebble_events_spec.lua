-- SPDX-License-Identifier: Apache-2.0
-- What a container's Pebble tells, asked of a supervisor that runs; the hooks
-- that come of it, and their environment.
local environment = require "lab.env"
local lab = require "tests.support.lab_model"
local loops = require "lab.loop"
local order = require "lab.order"
local pebble_events = require "lab.pebble_events"
local progress = require "lab.progress"
local supervisors = require "tests.support.supervisor"

local LAYER <const> = [[
checks:
  door:
    override: replace
    period: 50ms
    timeout: 40ms
    threshold: 1
    exec: {command: "test -e %s/open"}
]]

describe("a container's Pebble", function()
  local supervisor

  before_each(function()
    supervisor = supervisors.start()
  end)

  after_each(function()
    supervisor:stop()
  end)

  -- The events until there are so many.
  local function hear(count)
    local loop <const> = loops.new()
    local found <const> = {}
    loop:main(function()
      local news <const> = loop:event()
      local events <const> = pebble_events.new {
        loop = loop, socket = supervisor.socket,
        on_event = function() news:pulse() end,
      }
      local task <const> = loop:spawn(events.run, events)
      local last = 0
      while #found < count do
        local event <const> = events:first(last)
        if event then
          assert.is_true(event.sequence > last)
          last = event.sequence
          found[#found + 1] = event
        elseif not news:wait(20) then
          break
        end
      end
      task:cancel()
      task:join()
    end)
    return found
  end

  it("tells custom notices in their order, and none twice", function()
    for _, key in ipairs { "a.b/one", "a.b/two" } do
      supervisor:post("/v1/notices",
        { action = "add", type = "custom", key = key })
    end
    local found <const> = hear(2)
    assert.same({ "pebble-custom-notice", "custom", "a.b/one" },
      { found[1].kind, found[1].notice.type, found[1].notice.key })
    assert.equal("a.b/two", found[2].notice.key)
  end)

  it("tells that a check has failed", function()
    supervisor:layer(LAYER:format(supervisor.dir))
    local found <const> = hear(1)
    assert.same({ "pebble-check-failed", "door" },
      { found[1].kind, found[1].check })
  end)
end)

describe("hooks of Pebble's events", function()
  local EVENT <const> = {
    kind = "pebble-custom-notice", sequence = 7,
    notice = { id = "3", type = "custom", key = "a.b/c" },
  }

  local function next_hook(model, boots)
    return order.next(model, model.units["client/0"], {
      now = 0, boots = boots, events = { work = EVENT }, update_status = false,
    })
  end

  it("come after the container's pebble-ready", function()
    local model <const> = lab.related()
    local unit <const> = model.units["client/0"]
    local hook = next_hook(model, { work = "b" })
    assert.equal("work-pebble-ready", hook.name)
    progress.begin(model, unit, hook, 0)
    progress.done(model, unit, hook, 0)
    hook = next_hook(model, { work = "b" })
    assert.equal("work-pebble-custom-notice", hook.name)
    progress.begin(model, unit, hook, 0)
    progress.done(model, unit, hook, 0)
    assert.same({ work = 7 }, unit.uniter.heard)
    model.config["agent-version"] = "3.1.8"
    assert.is_nil(next_hook(model, { work = "b" }))
  end)

  it("have the notice or the check in their environment", function()
    local model <const> = lab.related()
    local function env(hook)
      return environment.of(model, model.units["client/0"], hook, {
        paths = { inside = "/i", tools_inside = "/t" }, context_id = "c",
      })
    end
    local found = env {
      kind = EVENT.kind, name = "work-pebble-custom-notice", workload = "work",
      notice = EVENT.notice,
    }
    assert.same({ "work", "3", "custom", "a.b/c" }, {
      found.JUJU_WORKLOAD_NAME, found.JUJU_NOTICE_ID, found.JUJU_NOTICE_TYPE,
      found.JUJU_NOTICE_KEY,
    })
    found = env {
      kind = "pebble-check-failed", name = "work-pebble-check-failed",
      workload = "work", check = "door",
    }
    assert.equal("door", found.JUJU_PEBBLE_CHECK_NAME)
    assert.is_nil(found.JUJU_NOTICE_ID)
  end)
end)
