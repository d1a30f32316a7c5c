-- SPDX-License-Identifier: Apache-2.0
-- The client's commands on a terminal.
local client_module = require "pebble.client"
local exec = require "pebble.exec"
local pebble = require "tests.support.pebble"

describe("pebble.exec on a terminal", function()
  local server, client

  setup(function()
    server = pebble.start()
    client = server.client
  end)
  teardown(function()
    server:stop()
  end)

  local function sh(script, options)
    options.terminal = true
    return assert(exec.start(client, { "sh", "-c", script }, options))
  end

  it("gives one output, of the size asked for", function()
    assert.same({ "30 100\r\nerr\r\n", "" },
      { sh("stty size <&1; echo err >&2", { width = 100, height = 30 })
        :wait_output() })
  end)

  it("feeds input through a pipe, or through the terminal", function()
    assert.same({ "no\r\nhello\r\n", "" },
      { sh("test -t 0 || echo no; cat", { stdin = "hello\n" }):wait_output() })
    -- which shows what is typed
    local out = sh("test -t 0 && cat",
      { stdin = "hello\n", interactive = true }):wait_output()
    assert.equal("hello\r\nhello\r\n", out)
  end)

  it("ends the terminal's input when there is none", function()
    assert.equal("end\r\n",
      (sh("cat; echo end", { interactive = true }):wait_output()))
  end)

  it("types the end of the input for a Pebble that would hang up", function()
    local old = client_module.new { socket = server.socket }
    old.release = "v1.15.0"
    local process = assert(exec.start(old,
      { "sh", "-c", "cat; test -t 0 && echo end" },
      { terminal = true, interactive = true, stdin = "hello\n" }))
    assert.is_true(process.typed_end)
    assert.equal("hello\r\nhello\r\nend\r\n", (process:wait_output()))
    old:close()
  end)

  it("resizes it while it runs", function()
    local process, said
    said = ""
    process = sh("trap 'stty size; exit 5' WINCH; echo ready; "
      .. "i=0; while [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done", {
      interactive = true,
      stdout = function(data)
        said = said .. data
        if said == "ready\r\n" then
          assert(process:resize(132, 43))
        end
      end,
    })
    local _, err = process:wait()
    assert.equal(5, err.data.exit_code)
    assert.equal("ready\r\n43 132\r\n", said)
  end)

  it("sends it signals", function()
    local process, said
    said = ""
    process = sh("echo ready; exec sleep 1000", {
      interactive = true,
      stdout = function(data)
        said = said .. data
        if said == "ready\r\n" then
          assert(process:send_signal "SIGTERM")
        end
      end,
    })
    local _, err = process:wait()
    assert.equal(143, err.data.exit_code)
  end)
end)
