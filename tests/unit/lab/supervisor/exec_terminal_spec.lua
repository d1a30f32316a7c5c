-- SPDX-License-Identifier: Apache-2.0
-- Exec on a terminal: what the contract (tests/pebble) leaves open.
local fs = require "host.fs"
local supervisors = require "tests.support.supervisor"
local sys = require "host.sys"

describe("exec on a terminal", function()
  local pebble

  setup(function() pebble = supervisors.start() end)
  teardown(function() pebble:stop() end)

  local function sh(script, request, options)
    options = options or {}
    request = request or {}
    request.terminal = true
    options.request = request
    local change, out, err = pebble:exec({ "sh", "-c", script }, options)
    return out, change.tasks[1].data["exit-code"], err, change
  end

  local function wait_for_end_of(pid_file)
    local pid <const> = fs.read(pid_file):match("%d+")
    pebble.eventually(function() return not fs.stat("/proc/" .. pid) end)
  end

  it("gives all output and the exit code", function()
    local out, code = sh "seq 20000; exit 3"
    assert.equal("20000\r\n", out:sub(-7))
    assert.equal(20000, select(2, out:gsub("\r\n", "")))
    assert.equal(3, code)
  end)

  it("carries stderr too, unless it is to be split", function()
    local script <const> = "echo out; echo err >&2; test -t 2 && echo tty"
    assert.equal("out\r\nerr\r\ntty\r\n", (sh(script)))
    local out, _, err = sh(script, { ["split-stderr"] = true })
    assert.equal("out\r\n", out)
    assert.equal("err\n", err)
  end)

  it("is 80 by 25 when no size, half of one or none possible is asked",
    function()
      for _, size in ipairs { {}, { width = 100 }, { width = 0, height = 9 },
        { width = -1, height = 9 }, { width = 70000, height = 9 } } do
        assert.equal("25 80\r\n", (sh("stty size <&1", size)))
      end
      local status <const> = pebble:ask("POST", "/v1/exec",
        { command = { "true" }, terminal = true, width = "wide" })
      assert.equal(400, status)
    end)

  it("keeps its size when a control message makes no sense", function()
    local out <const> = sh("sleep 0.5; stty size <&1", {}, {
      on_start = function(control)
        for _, text in ipairs {
          '{"command":"resize"}', '{"command":"resize","resize":7}',
          '{"command":"resize","resize":{"width":"1","height":2}}',
          '{"command":"resize","resize":{"width":-1,"height":2}}',
          '{"command":"resize","resize":{"width":1,"height":65536}}',
        } do
          control:send(text, "text")
        end
        control:flush()
      end,
    })
    assert.equal("25 80\r\n", out)
  end)

  it("controls the command only when it is interactive", function()
    local script <const> = "(echo x >/dev/tty) 2>/dev/null && echo yes"
    assert.equal("", (sh(script)))
    assert.equal("x\r\nyes\r\n", (sh(script, { interactive = true },
      { hold = true })))
  end)

  it("turns Ctrl-C into a signal", function()
    local _, code = sh("exec sleep 1000", { interactive = true },
      { stdin = "\3", hold = true })
    assert.equal(130, code)
  end)

  it("belongs to the account of the command", function()
    if sys.getuid() ~= 0 or not sys.getpwnam "nobody" then
      return pending "only root can act as another user"
    end
    assert.equal("nobody\r\nagain\r\n", (sh(
      'stat -L -c %U /dev/fd/1; echo again >"$(tty)"',
      { interactive = true, user = "nobody", ["working-dir"] = "/" },
      { hold = true })))
  end)

  it("leaves TERM to the client", function()
    assert.equal("vt52\r\n",
      (sh('echo "$TERM"', { environment = { TERM = "vt52" } })))
    local term <const> = sys.getenv "TERM"
    assert.equal((term or "none") .. "\r\n", (sh 'echo "${TERM-none}"'))
  end)

  it("waits neither for who was left on it, nor for what they say", function()
    local file <const> = pebble.dir .. "/left"
    for _, left in ipairs { "sleep 1000", "yes" } do
      local start <const> = sys.monotonic()
      local _, code, _, change = sh(("trap '' HUP; setsid %s & "
        .. "echo $! >%s; sleep 0.1; exit 4"):format(left, file),
        { timeout = "20s" })
      assert.equal("Done", change.status)
      assert.equal(4, code)
      assert.is_true(sys.monotonic() - start < 10)
      if left == "yes" then -- its terminal is gone
        wait_for_end_of(file)
      else
        sys.kill(math.tointeger(tonumber(fs.read(file))), "KILL")
      end
    end
  end)

  it("gives what comes after the command has closed its output", function()
    local out <const> = sh("t=$(tty); exec >/dev/null 2>&1 </dev/null; "
      .. "sleep 0.2; echo late >$t", { interactive = true }, { hold = true })
    assert.equal("late\r\n", out)
  end)

  it("kills the session at its timeout, and gives what it said", function()
    local file <const> = pebble.dir .. "/child"
    local out, code, _, change = sh("echo said; sleep 1000 & echo $! >"
      .. file .. "; wait", { timeout = "400ms" })
    assert.equal("said\r\n", out)
    assert.equal(-1, code)
    assert.matches("timed out after 400ms", change.err, 1, true)
    wait_for_end_of(file)
  end)

  it("takes more input than a terminal holds, when it is no terminal",
    function()
      local out <const> = sh("wc -c", {}, { stdin = ("x"):rep(300000) })
      assert.equal("300000\r\n", out)
    end)

  it("leaves no descriptor open, whether a command starts or not", function()
    local function count()
      return #fs.list(("/proc/%d/fd"):format(pebble.process:pid()))
    end
    local broken <const> = pebble.dir .. "/broken"
    assert(fs.write(broken, "#!/no/such/shell\n", { mode = 493 }))
    sh "true"
    local before <const> = count()
    for _ = 1, 5 do
      sh("cat", { interactive = true })
      assert.matches("cannot start command", pebble:exec({ broken },
        { request = { terminal = true, interactive = true } }).err)
    end
    pebble.eventually(function() return count() <= before end)
  end)
end)
