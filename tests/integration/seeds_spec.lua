-- SPDX-License-Identifier: Apache-2.0
-- The three charms come to the same end whatever the order of hooks, of the
-- person's commands, and of who leads: each seed is another order. SEEDS=50
-- or SEEDS=26-50 tries so many (`make seeds`), SEED=n the one that a failure
-- names.
local json = require "std.json"
local labs = require "tests.support.lab"
local model_state = require "tests.support.model_state"
local paths = require "lab.paths"
local seed = require "lab.seed"
local store = require "lab.store"
local sys = require "host.sys"

local MODEL <const> = "temporal"
local LIMIT <const>, QUIET <const> = 90, 1
local IN_CI <const> = 2

local DEPLOYS <const> = {
  { "deploy", "temporal-k8s", "-n", "2" },
  { "deploy", "postgresql-k8s", "--trust" },
  { "deploy", "temporal-admin-k8s", "-n", "2" },
}
local RELATES <const> = {
  { "relate", "temporal-k8s", "postgresql-k8s:db" },
  { "relate", "temporal-k8s:admin", "temporal-admin-k8s:admin" },
}
local UNITS <const> = 5

local function seeds()
  local one <const> = tonumber(sys.getenv "SEED" or "")
  if one then
    return { one }
  end
  local asked <const> = sys.getenv "SEEDS" or tostring(IN_CI)
  local list <const> = {}
  for number = tonumber(asked:match("^(%d+)%-") or 1),
    tonumber(asked:match("%d+$")) do
    list[#list + 1] = number
  end
  return list
end

describe("the order of hooks", function()
  local lab

  local function play(commands, number)
    local order <const> = {}
    for i = 1, #commands do
      order[i] = tostring(i)
    end
    seed.arrange({ seed = number }, order, "commands")
    for _, i in ipairs(order) do
      lab:run(table.unpack(commands[tonumber(i)]))
    end
  end

  -- The model on disk as text, once all are active and idle.
  local function settled()
    local model <const> = assert(store.model(paths.model(lab.data, MODEL)))
    local count = 0
    for _, unit in pairs(model.units) do
      if unit.workload.status ~= "active" or unit.agent.status ~= "idle" then
        return nil
      end
      count = count + 1
    end
    return count == UNITS and json.encode(model) or nil
  end

  -- A unit that has nothing to do for some time has nothing to do.
  local function wait_settled()
    local last, since
    lab:wait("the model is settled", function()
      local now <const> = settled()
      if now ~= last then
        last, since = now, sys.monotonic()
      end
      return now and sys.monotonic() - since > QUIET
    end, LIMIT)
  end

  local function end_of(number)
    lab = labs.start {
      name = ("seeds-%d-%d"):format(sys.getpid(), number), seed = number,
    }
    local ok, state = xpcall(function()
      play(DEPLOYS, number)
      play(RELATES, number)
      wait_settled()
      return model_state.read(lab.data, MODEL)
    end, debug.traceback)
    lab:stop()
    assert(ok, state)
    return state
  end

  local expected

  for _, number in ipairs(seeds()) do
    it(("makes no difference (SEED=%d)"):format(number), function()
      expected = expected or end_of(0)
      local started <const> = sys.monotonic()
      local found <const> = end_of(number)
      assert.equal("", model_state.difference(expected, found))
      io.stdout:write(("seed %d: the same end after %.1f s\n")
        :format(number, sys.monotonic() - started))
      io.stdout:flush()
    end)
  end
end)
