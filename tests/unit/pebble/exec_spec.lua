-- SPDX-License-Identifier: Apache-2.0
-- Commands against a real Pebble or the lab's supervisor.
local client_module = require "pebble.client"
local errors = require "std.error"
local exec = require "pebble.exec"
local fs = require "host.fs"
local peer = require "tests.support.peer"
local pebble = require "tests.support.pebble"
local sys = require "host.sys"

describe("pebble.exec", function()
  local server, client

  setup(function()
    server = pebble.start()
    client = server.client
  end)
  teardown(function()
    server:stop()
  end)

  local function start(argv, options)
    return assert(exec.start(client, argv, options))
  end

  local function sh(script, options)
    return start({ "sh", "-c", script }, options)
  end

  local function fails(kind, text, process)
    local out, err = process:wait_output()
    assert.is_nil(out)
    assert.is_true(errors.is(err, kind), tostring(err))
    assert.is_truthy(tostring(err):find(text, 1, true), tostring(err))
    return err
  end

  it("gives stdout and stderr apart, or together", function()
    assert.same({ "out\n", "err\n" },
      { sh("echo out; echo err >&2"):wait_output() })
    assert.same({ "1\n2\n", "" }, { sh("echo 1; echo 2 >&2",
      { combine_stderr = true }):wait_output() })
  end)

  it("ends the input at once when there is none", function()
    assert.same({ "", "" }, { start { "cat" }:wait_output() })
  end)

  it("feeds a string far larger than any buffer, and reads as it goes",
    function()
      local text = ("0123456789abcde\n"):rep(200000)
      assert.is_true(start({ "cat" }, { stdin = text }):wait_output() == text)
    end)

  it("feeds a file, and what a function gives", function()
    local path = server.dir .. "/in"
    assert(fs.write(path, ("x"):rep(200000)))
    local file <close> = assert(fs.open(path, "r"))
    assert.equal(200000, #start({ "cat" }, { stdin = file }):wait_output())
    local count = 0
    assert.equal("123", (start({ "cat" }, { stdin = function()
      count = count + 1
      return count < 4 and tostring(count) or nil
    end }):wait_output()))
  end)

  it("waits for a pipe without holding up the output", function()
    local reader <close>, writer = fs.pipe()
    local got = {}
    local process = sh("echo ready; cat", {
      stdin = reader,
      stdout = function(data)
        got[#got + 1] = data
        if data == "ready\n" then
          assert(writer:write "late")
          writer:close()
        end
      end,
    })
    assert.equal(0, process:wait())
    assert.equal("ready\nlate", table.concat(got))
  end)

  it("hands output to callbacks as it comes", function()
    local times = {}
    sh("for i in 1 2 3; do echo $i; sleep 0.15; done", {
      stdout = function() times[#times + 1] = sys.monotonic() end,
    }):wait()
    assert.equal(3, #times)
    assert.is_true(times[3] - times[1] > 0.2)
  end)

  it("survives a command that does not want its input", function()
    local text = ("x"):rep(3000000)
    assert.same({ "done\n", "" },
      { sh("exec <&-; echo done", { stdin = text }):wait_output() })
  end)

  it("reports an exit code with the end of the output, no environment",
    function()
      local err = fails("pebble-exec", "exit code 3",
        sh("echo said; echo bad >&2; exit 3",
          { environment = { SECRET = "hush" } }))
      assert.same({ 3, "said\n", "bad\n" },
        { err.data.exit_code, err.data.stdout, err.data.stderr })
      assert.is_truthy(tostring(err):find(
        "\n----- stdout -----\nsaid\n----- stderr -----\nbad", 1, true))
      assert.is_nil(tostring(err):find("hush", 1, true))
    end)

  it("keeps an error's text short and readable", function()
    local err = fails("pebble-exec", "[…]",
      sh "head -c 100000 /dev/zero; exit 1")
    assert.is_true(#tostring(err) < 3000)
    assert.is_nil(tostring(err):find("\0", 1, true))
    assert.equal(100000, #err.data.stdout)
  end)

  it("ends a command at its deadline and says what it said", function()
    local before = sys.monotonic()
    local err = fails("pebble-timeout", "within 0.4 s",
      sh("echo first; sleep 60; true", { timeout = 0.4 }))
    assert.is_true(sys.monotonic() - before < 5)
    assert.equal("first\n", err.data.stdout)
  end)

  it("keeps its deadline while a command floods it", function()
    local before = sys.monotonic()
    fails("pebble-timeout", "within 0.4 s", start({ "cat", "/dev/zero" },
      { timeout = 0.4, stdout = function() end }))
    assert.is_true(sys.monotonic() - before < 5)
  end)

  it("waits for a command that closed its output early", function()
    local before = sys.monotonic()
    fails("pebble-exec", "exit code 4",
      sh "exec >&- 2>&-; sleep 0.5; exit 4")
    assert.is_true(sys.monotonic() - before > 0.4)
  end)

  it("misses nothing of a command that is over with its upgrade", function()
    for _ = 1, 30 do
      assert.same({ "x", "" }, { start({ "printf", "x" },
        { timeout = 5 }):wait_output() })
    end
  end)

  it("writes output into open files", function()
    local path = server.dir .. "/out"
    local file = assert(fs.open(path, "w"))
    sh("echo out; echo err >&2", { stdout = file, stderr = file }):wait()
    file:close()
    assert.equal("err\nout\n", (fs.read(path)
      :gsub("^(out\n)(err\n)$", "%2%1")))
  end)

  it("ends it all when a file can't be written", function()
    local path = server.dir .. "/closed"
    assert(fs.write(path, ""))
    local file <close> = assert(fs.open(path, "r"))
    assert.has_error(function()
      sh("echo out", { stdout = file }):wait()
    end)
  end)

  it("names signals as Pebble does", function()
    local process = start({ "sleep", "60" })
    assert.has_error(function() process:send_signal({}) end)
    assert(process:send_signal "TERM")
    fails("pebble-exec", "exit code 143", process)
  end)

  it("sends signals", function()
    local process = sh("trap 'echo caught; exit 0' TERM; echo ready; "
      .. "while :; do sleep 0.05; done", {
      stdout = function(data)
        if data:find "ready" then
          server.running:send_signal "SIGTERM"
        end
      end,
    })
    server.running = process
    assert.equal(0, process:wait())
    local killed = start { "sleep", "60" }
    assert(killed:send_signal(9))
    fails("pebble-exec", "exit code 137", killed)
  end)

  it("runs in a folder, with an environment, as a user", function()
    assert.equal("/usr 1 2\n", (sh("echo $PWD $A $B", {
      working_dir = "/usr",
      environment = { A = 1, B = "2" },
      user_id = sys.getuid(),
      group_id = sys.getgid(),
    }):wait_output()))
  end)

  it("says why a command did not start", function()
    for text, call in pairs {
      ["cannot find executable"] = { { "/none" } },
      ["/none"] = { { "true" }, { working_dir = "/none" } },
      nobody_such = { { "true" }, { user = "nobody_such" } },
      no_context = { { "true" }, { service_context = "no_context" } },
    } do
      local process, err = exec.start(client, call[1], call[2])
      assert.is_nil(process)
      assert.is_true(errors.is(err, "pebble-api"), tostring(err))
      assert.is_truthy(tostring(err):find(text, 1, true), tostring(err))
    end
  end)

  it("kills a command that says too much", function()
    fails("pebble-exec", "exceeds 100000 bytes",
      start({ "cat", "/dev/zero" }, { max_output = 100000 }))
  end)

  it("lets an error of a callback through and kills the command", function()
    local mark = server.dir .. "/mark"
    local process = sh(("echo x; sleep 1; touch %s"):format(mark), {
      stdout = function() error "boom" end,
    })
    local ok, err = pcall(process.wait, process)
    assert.is_false(ok)
    assert.is_truthy(tostring(err):find "boom")
    sys.sleep(1.3)
    assert.is_nil(fs.lstat(mark))
  end)

  it("raises for what is no command and no input", function()
    for _, call in ipairs {
      { {} }, { "ls" }, { { 1 } }, { { "cat" }, { stdin = 1 } },
    } do
      assert.has_error(function() exec.start(client, call[1], call[2]) end)
    end
  end)
end)

describe("pebble.exec with a Pebble that dies", function()
  it("notices it at once", function()
    local server = peer.supervisor()
    local client = client_module.new { socket = server.socket, retry = 0 }
    local process = assert(exec.start(client,
      { "sh", "-c", "echo x; sleep 5" }, {
        stdout = function() server.process:kill "KILL" end,
      }))
    local before = sys.monotonic()
    local code, err = process:wait()
    assert.is_nil(code)
    assert.is_true(errors.is(err, "pebble-connection"), tostring(err))
    assert.is_true(sys.monotonic() - before < 5)
    server:stop()
  end)
end)
