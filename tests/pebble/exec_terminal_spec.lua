-- SPDX-License-Identifier: Apache-2.0
-- Commands on a terminal.
local contract = require "tests.support.contract"
local exec = require "tests.support.contract_exec"
local sys = require "host.sys"

describe("exec on a terminal:", function()
  local pebble

  setup(function() pebble = contract.start() end)
  teardown(function() pebble:stop() end)

  it("interactive without a terminal is 500", function()
    pebble:refused(500, "interactive", "POST", "/v1/exec",
      { command = { "true" }, interactive = true })
  end)

  it("a terminal is one, of the size asked for, and can be resized",
    function()
      local run = exec.open(pebble, { "sh", "-c",
        "test -t 0 && test -t 1 && stty size; read x; stty size" },
        { terminal = true, interactive = true, width = 80, height = 25 })
      run:read(function() return run.text.stdio == "25 80\r\n" end)
      run:control { command = "resize", resize = { width = 132, height = 43 } }
      sys.sleep(0.2)
      run:send("stdio", "\n")
      run:read(function() return run.text.stdio:find "43 132\r\n" end)
      run:read()
      pebble:wait(run.change)
      run:close()
    end)

  it("end of input is Ctrl-D on a terminal that is interactive", function()
    local run = exec.open(pebble, { "cat" },
      { terminal = true, interactive = true })
    sys.sleep(0.1)
    run:finish()
    run:read()
    assert.equal(0, pebble:wait(run.change).tasks[1].data["exit-code"])
    run:close()
  end)

  it("a terminal that is not interactive has a pipe for input", function()
    local run = exec.run(pebble, { "sh", "-c",
      "test -t 0; echo $?; test -t 1; echo $?" },
      { request = { terminal = true } })
    assert.equal("1\r\n0\r\n", run.stdout)
  end)
end)
