-- SPDX-License-Identifier: Apache-2.0
-- Nothing that a command or a connection does can make the client wait for
-- ever: floods both ways, input nobody reads, output somebody holds, and a
-- line that is cut at each point of an exec.
local client_module = require "pebble.client"
local errors = require "std.error"
local exec = require "pebble.exec"
local fs = require "host.fs"
local peer = require "tests.support.peer"
local pebble = require "tests.support.pebble"
local sys = require "host.sys"

local MIB <const> = 1024 * 1024
local CUTS <const> = 48 -- more pieces than the exec below has

describe("pebble.exec does not wait for ever", function()
  local server, client

  setup(function()
    server = pebble.start()
    client = server.client
  end)
  teardown(function() server:stop() end)

  local function start(argv, options)
    return assert(exec.start(client, argv, options))
  end

  it("when 100 MB go into cat and come back", function()
    local piece = ("0123456789abcde\n"):rep(MIB / 16)
    local sent, got, same = 0, 0, true
    local process = start({ "cat" }, {
      timeout = 120,
      stdin = function()
        sent = sent + 1
        return sent <= 100 and piece or nil
      end,
      stdout = function(data)
        local at = got % 16 + 1
        same = same and piece:sub(at, at + #data - 1) == data
        got = got + #data
      end,
    })
    assert.equal(0, process:wait())
    assert.equal(100 * MIB, got)
    assert.is_true(same)
  end)

  it("when a command reads none of its input", function()
    local pieces = 0
    local out = start({ "sh", "-c", "sleep 0.3; echo done" }, {
      stdin = function()
        pieces = pieces + 1
        return ("x"):rep(MIB)
      end,
    }):wait_output()
    assert.equal("done\n", out)
    assert.is_true(pieces < 50)
  end)

  it("when a process that the command left holds its output", function()
    local before = sys.monotonic()
    local code, err = start({ "sh", "-c", "echo said; sleep 60 & exit 0" },
      { drain = 0.3 }):wait()
    assert.is_nil(code)
    assert.is_true(errors.is(err, "pebble-timeout"), tostring(err))
    assert.is_truthy(tostring(err):find("holds its output", 1, true))
    assert.equal("said\n", err.data.stdout)
    assert.is_true(sys.monotonic() - before < 5)
  end)

  it("and takes all that such a process says before it leaves", function()
    local out = start({ "sh", "-c",
      "(for i in 1 2 3 4; do sleep 0.2; echo $i; done) & exit 0" },
      { drain = 1 }):wait_output()
    assert.equal("1\n2\n3\n4\n", out)
  end)

  it("when a flood of output meets a slow reader", function()
    local got = 0
    local process = start({ "head", "-c", "20000000", "/dev/zero" }, {
      stdout = function(data)
        got = got + #data
        sys.sleep(0.001)
      end,
    })
    assert.equal(0, process:wait())
    assert.equal(20000000, got)
  end)

  it("when it is cancelled, which ends the command", function()
    local mark = server.dir .. "/mark"
    local process = start { "sh", "-c", ("sleep 0.5; touch %s"):format(mark) }
    process:cancel()
    sys.sleep(0.8)
    assert.is_nil(fs.lstat(mark))
    assert.has_error(function() process:wait() end)
    process:cancel()
  end)

  for _, which in ipairs { "one", "all" } do
    it(("when %s of its connections ends at the n-th message, for each n")
      :format(which), function()
        local proxy = peer.start("cutting_proxy.py", { arguments =
          { server.socket, which, tostring(CUTS) } })
        local good = 0
        for n = 0, CUTS - 1 do
          local cut = client_module.new {
            socket = ("%s.%d"):format(proxy.socket, n),
            retry = 0,
            timeout = 8,
          }
          local before = sys.monotonic()
          local process, err = exec.start(cut, { "sh", "-c",
            "read x; echo $x; echo err >&2; cat" },
            { stdin = "one\ntwo\n", timeout = 8, drain = 2 })
          local out
          if process then
            out, err = process:wait_output()
          end
          assert.is_true(sys.monotonic() - before < 7, "slow at " .. n)
          if out then
            good = good + 1
            assert.equal("one\ntwo\n", out, "at " .. n)
          else
            assert.is_true(errors.is(err), ("at %d: %s"):format(n, err))
          end
          cut:close()
        end
        assert.is_true(good > 0, "the exec has more pieces than were tried")
        assert.is_true(good < CUTS - 5)
        proxy:stop()
      end)
  end
end)
