-- SPDX-License-Identifier: Apache-2.0
-- Python's ops.pebble, of PyPI, on the lab's supervisor (or on the daemon that
-- PEBBLE_SOCKET names): a client that is not ours meets what it expects.
local contract = require "tests.support.contract"
local fs = require "host.fs"
local json = require "std.json"
local proc = require "host.proc"
local sys = require "host.sys"

local SCRIPT <const> = "tests/support/ops_client.py"
local PYTHON <const> =
  sys.executable():match "^(.*)/" .. "/ops/bin/python"

describe("ops.pebble on this Pebble:", function()
  local pebble, results

  setup(function()
    pebble = contract.start()
    results = {}
    local run = assert(proc.run {
      argv = { PYTHON, SCRIPT, pebble.socket, pebble.dir },
      timeout = 300,
    })
    for line in run.stdout:gmatch "[^\n]+" do
      local result = assert(json.decode(line))
      results[result.name] = result
    end
    assert(run.code == 0, run.stderr)
  end)
  teardown(function() pebble:stop() end)

  for name in assert(fs.read(SCRIPT)):gmatch "\ndef case_([%w_]+)" do
    name = name:gsub("_", " ")
    it(name, function()
      local result = assert(results[name], "it was not run")
      assert(result.why == json.null, result.why)
    end)
  end
end)
