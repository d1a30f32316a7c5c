-- SPDX-License-Identifier: Apache-2.0
-- Signals to services.
local contract = require "tests.support.contract"
local fs = require "host.fs"
local json = require "std.json"

describe("signals:", function()
  local pebble, name

  setup(function()
    pebble = contract.start()
    name = pebble:name "svc"
    -- the child says so if it is sent what only its parent should get
    pebble:layer(([[
services:
  %s:
    override: replace
    command: >-
      sh -c "trap 'echo usr1 >> %s' USR1;
      sh -c \"trap 'echo child >> %s' USR1; while :; do sleep 0.05; done\" &
      while :; do sleep 0.05; done"
  %s-off: {override: replace, command: sleep 1}
]]):format(name, pebble:path "said", pebble:path "said", name))
    pebble:done("start", name)
  end)
  teardown(function()
    pebble:act("stop", name)
    pebble:stop()
  end)

  local function send(signal, ...)
    return "POST", "/v1/signals", { signal = signal, services = json.array { ... } }
  end

  it("one is sent to the main process alone", function()
    assert.is_true(pebble:post("/v1/signals",
      { signal = "SIGUSR1", services = { name } }))
    assert.equal("usr1\n", pebble:written "said")
    pebble:post("/v1/signals", { signal = "SIGUSR1", services = { name } })
    pebble.eventually(function()
      return fs.read(pebble:path "said") == "usr1\nusr1\n"
    end)
  end)

  it("a service that does not run is 500", function()
    pebble:refused(500, name .. "%-off", send("SIGHUP", name .. "-off"))
  end)

  it("a service that is not there is 500", function()
    pebble:refused(500, "nobody", send("SIGHUP", "nobody"))
  end)

  it("a signal that nobody knows is 500", function()
    pebble:refused(500, "invalid signal name", send("SIGNOTHING", name))
    pebble:refused(500, "invalid signal name", send("USR1", name))
  end)

  it("no services are 400", function()
    pebble:refused(400, "must specify one or more services", send "SIGHUP")
  end)

  it("the services that run get it, though others don't", function()
    local before = fs.stat(pebble:path "said").size
    pebble:refused(500, "off", send("SIGUSR1", name .. "-off", name))
    pebble.eventually(function()
      return fs.stat(pebble:path "said").size > before
    end)
  end)
end)
