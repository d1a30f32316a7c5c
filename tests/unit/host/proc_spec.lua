-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local poll = require "host.poll"
local proc = require "host.proc"
local sys = require "host.sys"

local function code_of(...)
  return (select(3, ...))
end

local function sh(script, options)
  options = options or {}
  options.argv = { "/bin/sh", "-c", script }
  return options
end

local function is_gone(pid)
  for _ = 1, 200 do
    if not sys.kill(pid, 0) then
      return true
    end
    sys.sleep(0.01)
  end
  return false
end

describe("host.proc", function()
  describe("run", function()
    it("returns the exit code and both streams", function()
      local result <const> = assert(proc.run(sh "echo o; echo e >&2; exit 3"))
      assert.same({
        code = 3, stdout = "o\n", stderr = "e\n", truncated = false,
      }, result)
    end)

    it("returns the signal that ended it", function()
      local result <const> = assert(proc.run(sh "kill -TERM $$"))
      assert.equal("TERM", result.signal)
      assert.is_nil(result.code)
    end)

    it("passes arguments as they are", function()
      local odd <const> = "a b'\"$(id)\\\n*"
      local result <const> = assert(proc.run {
        argv = { "printf", "%s|", odd, "", "ü" },
      })
      assert.equal(odd .. "||ü|", result.stdout)
    end)

    it("feeds and reads at the same time", function()
      local data <const> = sys.random(2 ^ 20):rep(5)
      local result <const> = assert(proc.run {
        argv = { "cat" }, stdin = data, timeout = 30,
      })
      assert.is_true(result.stdout == data)
    end)

    it("gives no input unless told", function()
      assert.equal("0\n", proc.run { argv = sh("wc -c").argv }.stdout)
      assert.equal("0\n", proc.run(sh("wc -c", { stdin = "" })).stdout)
    end)

    it("minds no program that leaves its input unread", function()
      local data <const> = ("x"):rep(2 ^ 20)
      assert.equal(4, proc.run(sh("exit 4", { stdin = data })).code)
      local closes <const> = sh("exec 0<&-; sleep 0.1", { stdin = data })
      assert.equal(0, proc.run(closes).code)
    end)

    it("keeps max_output of each stream and reads on", function()
      local result <const> = assert(proc.run(sh(
        "head -c 300000 /dev/zero; echo end >&2", { max_output = 1000 })))
      assert.equal(1000, #result.stdout)
      assert.equal("end\n", result.stderr)
      assert.is_true(result.truncated)
      assert.equal(0, result.code)
      assert.equal("", proc.run(sh("echo x", { max_output = 0 })).stdout)
    end)

    it("joins the streams in order", function()
      local result <const> = assert(proc.run(sh(
        "echo 1; echo 2 >&2; echo 3", { stderr = "stdout" })))
      assert.equal("1\n2\n3\n", result.stdout)
      assert.equal("", result.stderr)
    end)

    it("gives the environment and the place it is told", function()
      local result <const> = assert(proc.run(sh("echo $A; pwd; env | wc -l", {
        env = { A = "one" }, cwd = "/usr",
      })))
      assert.equal("one\n/usr\n2\n", result.stdout)
      local own <const> = assert(proc.run(sh "echo $PATH"))
      assert.equal(sys.getenv("PATH") .. "\n", own.stdout)
    end)

    it("kills the whole group after the timeout", function()
      local before <const> = sys.monotonic()
      local result, message, code, partial = proc.run(sh(
        "sleep 60 & echo $!; sleep 60", { timeout = 0.2 }))
      assert.is_nil(result)
      assert.equal("cannot run '/bin/sh': no end after 0.2 s", message)
      assert.equal("timeout", code)
      assert.equal("KILL", partial.signal)
      assert.is_true(sys.monotonic() - before < 5)
      assert.is_true(is_gone(math.tointeger(tonumber(partial.stdout))))
    end)

    it("does not hang on a grandchild that holds the pipes", function()
      local before <const> = sys.monotonic()
      local result <const> = assert(proc.run(sh "sleep 20 & echo $!"))
      assert.equal(0, result.code)
      assert.is_true(sys.monotonic() - before < 5)
      sys.kill(math.tointeger(tonumber(result.stdout)), "KILL")
    end)

    it("says why it cannot start", function()
      local _, message, code = proc.run { argv = { "no-such-program" } }
      assert.equal("ENOENT", code)
      assert.is_truthy(message:find("cannot run 'no-such-program'", 1, true))
      assert.equal("EACCES", code_of(proc.run { argv = { "/etc/passwd" } }))
      assert.equal("ENOENT", code_of(proc.run { argv = { "" } }))
      assert.equal("ENOENT", code_of(proc.run(sh("true", { cwd = "/no" }))))
      assert.equal("EACCES", code_of(proc.run { argv = { "/" } }))
    end)

    it("searches the PATH of the child's environment", function()
      local dir <const> = assert(fs.mkdtemp("/tmp/charmhost-proc-"))
      assert(fs.write(dir .. "/tool", "#!/bin/sh\necho mine\n", {
        mode = tonumber("755", 8),
      }))
      local result = proc.run {
        argv = { "tool" }, env = { PATH = "relative::" .. dir },
      }
      fs.remove_all(dir)
      assert.equal("mine\n", result.stdout)
      assert.equal("ENOENT", code_of(proc.run { argv = { "tool" }, env = {} }))
      assert.equal(0, proc.run { argv = { "true" }, env = {} }.code)
    end)

    it("starts the child with default signals and three files", function()
      local result <const> = assert(proc.run(sh
        "cat /proc/self/status; ls /proc/$$/fd"))
      local out <const> = result.stdout
      assert.equal("0000000000000000", out:match("SigBlk:%s+(%x+)"))
      -- glibc ignores the two signals that it keeps to itself, 32 and 33
      assert.equal(0, tonumber(out:match("SigIgn:%s+(%x+)"), 16) & 0x7fffffff)
      assert.is_truthy(out:find("\n0\n1\n2\n$"))
    end)
  end)

  describe("spawn", function()
    it("joins pipes, and tells the end again and again", function()
      local p <close> = assert(proc.spawn(sh(
        "read x; echo got $x; echo err >&2; exit 7",
        { stdin = "pipe", stdout = "pipe", stderr = "pipe" })))
      assert.equal("timeout", code_of(p:wait(0)))
      p:stdin():write("it\n")
      assert.equal("got it\n", p:stdout():read())
      assert.equal("err\n", p:stderr():read())
      assert.same({ code = 7 }, p:wait(5))
      assert.same({ code = 7 }, p:wait(0))
      assert.equal("", p:stdout():read())
    end)

    it("has a descriptor that tells of the end", function()
      local p <close> = assert(proc.spawn(sh "sleep 0.05"))
      local entry <const> = { fd = p:pidfd(), read = true }
      assert.equal(0, #poll.wait({ entry }, 0))
      assert.equal(1, #poll.wait({ entry }, 5))
      assert.same({ code = 0 }, p:wait(0))
    end)

    it("gives descriptors by number, and swaps them safely", function()
      local r1 <close>, w1 = assert(fs.pipe())
      local r2 <close>, w2 = assert(fs.pipe())
      local low <const>, high <const> = w1:fd(), w2:fd()
      local p <close> = assert(proc.spawn(sh(
        ("echo low >&%d; echo high >&%d"):format(high, low),
        { fds = { [high] = w1, [low] = high } })))
      w1:close()
      w2:close()
      assert.same({ code = 0 }, p:wait(5))
      assert.equal("low\n", r1:read())
      assert.equal("high\n", r2:read())
    end)

    it("joins streams to files", function()
      local reader <close>, writer = assert(fs.pipe())
      local p <close> = assert(proc.spawn(sh("echo a; echo b >&2", {
        stdin = "inherit", stdout = writer, stderr = "stdout",
      })))
      writer:close()
      p:wait(5)
      assert.equal("a\nb\n", reader:read())
      assert.is_nil(p:stdout())
    end)

    it("signals the group that it leads", function()
      local p <close> = assert(proc.spawn(sh(
        "sleep 60 & echo $!; wait", { stdout = "pipe", group = true })))
      local grandchild <const> =
        math.tointeger(tonumber(p:stdout():read()))
      assert.is_true(p:kill("KILL", true))
      assert.same({ signal = "KILL" }, p:wait(5))
      assert.is_true(is_gone(grandchild))
      assert.equal("ESRCH", code_of(p:kill()))
    end)

    it("leads a session", function()
      local p <close> = assert(proc.spawn(sh(
        "cut -d' ' -f6 /proc/$$/stat", { stdout = "pipe", session = true })))
      assert.equal(p:pid() .. "\n", p:stdout():read())
    end)

    it("kills what still runs when it is left", function()
      local pid
      do
        local p <close> = assert(proc.spawn { argv = { "sleep", "60" } })
        pid = p:pid()
      end
      assert.equal("ESRCH", code_of(sys.kill(pid, 0)))
      pid = proc.spawn({ argv = { "sleep", "60" } }):pid()
      collectgarbage()
      collectgarbage()
      assert.equal("ESRCH", code_of(sys.kill(pid, 0)))
    end)

    it("lets a detached process go on", function()
      local p <const> = assert(proc.spawn { argv = { "sleep", "60" } })
      local pid <const> = p:pid()
      assert.is_true(p:detach())
      p:close()
      assert.is_true(sys.kill(pid, 0))
      sys.kill(pid, "KILL")
      assert.has_error(function() p:wait() end)
    end)
  end)

  it("makes nothing but a terminal a controlling one", function()
    for _, word in ipairs { "null", "pipe" } do
      assert.equal("ENOTTY",
        code_of(proc.spawn(sh("true", { stdin = word, terminal = true }))))
    end
  end)

  it("refuses wrong arguments", function()
    local wrong <const> = {
      {}, { argv = {} }, { argv = "ls" }, { argv = { 1 } },
      { argv = { "a\0b" } }, { argv = { "a" }, env = { ["A=B"] = "x" } },
      { argv = { "a" }, env = { A = 1 } }, { argv = { "a" }, env = { "x" } },
      { argv = { "a" }, cwd = 1 }, { argv = { "a" }, stdin = "nope" },
      { argv = { "a" }, stdout = "stdout" }, { argv = { "a" }, stdin = -1 },
      { argv = { "a" }, fds = { [2] = 1 } }, { argv = { "a" }, fds = { a = 1 } },
      { argv = { "a" }, fds = { [64] = 1 } }, { argv = { "a" }, group = 1 },
      { argv = { "a" }, terminal = 1 },
    }
    for _, options in ipairs(wrong) do
      assert.has_error(function() proc.spawn(options) end)
    end
    assert.has_error(function() proc.run() end)
    assert.has_error(function() proc.run(sh("true", { max_output = -1 })) end)
    assert.has_error(function() proc.run(sh("true", { stderr = "null" })) end)
    local p <close> = assert(proc.spawn { argv = { "sleep", "60" } })
    assert.has_error(function() p:kill("KILL", true) end)
    assert.has_error(function() p:kill("NOPE") end)
  end)

  it("leaves no descriptor and no child behind failures", function()
    collectgarbage()
    collectgarbage("stop")
    local children <const> =
      ("/proc/self/task/%d/children"):format(sys.getpid())
    local before <const> = {
      #fs.list("/proc/self/fd"), fs.read(children) or "",
    }
    for _ = 1, 50 do
      proc.run { argv = { "no-such-program" }, stdin = "x" }
      proc.run(sh("true", { cwd = "/no" }))
      proc.run(sh("sleep 60", { timeout = 0 }))
      proc.spawn(sh("true", { stdin = "pipe", fds = { [3] = 100000 } }))
    end
    local after <const> = {
      #fs.list("/proc/self/fd"), fs.read(children) or "",
    }
    collectgarbage("restart")
    assert.same(before, after)
  end)
end)
