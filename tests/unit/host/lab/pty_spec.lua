-- SPDX-License-Identifier: Apache-2.0
-- Terminals, and commands on them (terminal of host.proc's spawn).
local fs = require "host.fs"
local proc = require "host.proc"
local pty = require "host.lab.pty"
local sys = require "host.sys"

local function code_of(...)
  return (select(3, ...))
end

-- A terminal gives a line in pieces.
local function read_line(master)
  local line = ""
  repeat
    line = line .. assert(master:read())
  until line:sub(-1) == "\n"
  return line
end

-- Runs a script on the slave, which is closed here, and reads to the end.
local function run(master, slave, script, options)
  options = options or {}
  options.argv = { "/bin/sh", "-c", script }
  options.stdin, options.stdout, options.stderr = slave, slave, slave
  local process <close> = assert(proc.spawn(options))
  slave:close()
  local text = ""
  while true do
    local data, _, code = master:read()
    if not data then
      assert.equal("EIO", code)
      return text, process:wait(10)
    end
    text = text .. data
  end
end

describe("host.lab.pty", function()
  it("opens two ends of a terminal, 80 by 25", function()
    local master <close>, slave = pty.open()
    assert.is_true(sys.isatty(slave))
    assert.same({ 80, 25 }, { sys.winsize(slave) })
    assert(slave:write "a\n")
    assert.equal("a\r\n", read_line(master))
    assert(master:write "b\n")
    assert.equal("b\n", slave:read())
  end)

  it("opens one of any size, and resizes it", function()
    local master <close>, slave =
      pty.open { columns = 65535, rows = 1 }
    assert.same({ 65535, 1 }, { sys.winsize(slave) })
    assert.is_true(pty.resize(master, 132, 43))
    assert.same({ 132, 43 }, { sys.winsize(slave) })
    local reader <close>, writer = fs.pipe()
    assert.equal("ENOTTY", code_of(pty.resize(reader, 1, 1)))
    assert.equal("ENOTTY", code_of(pty.resize(writer, 1, 1)))
  end)

  it("gives the slave to the account", function()
    local function owner(options)
      local master <close>, slave = pty.open(options)
      local stat <const> = fs.stat("/proc/self/fd/" .. slave:fd())
      return { stat.uid, stat.gid, master:closed() }
    end
    assert.same({ sys.getuid(), sys.getgid(), false }, owner())
    if sys.getuid() == 0 then
      assert.same({ 12345, 23456, false },
        owner { uid = 12345, gid = 23456 })
    else
      assert.equal("EPERM", code_of(pty.open { uid = 0 }))
    end
  end)

  it("ends with EIO, after all that was written", function()
    local master <close>, slave = pty.open()
    local text <const>, how <const> = run(master, slave,
      "i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i + 1)); done; exit 3")
    assert.equal("2999\r\n", text:sub(-6))
    assert.equal(3000, select(2, text:gsub("\n", "")))
    assert.same({ code = 3 }, how)
  end)

  it("controls the session of a command that asks for it", function()
    local script <const> = "exec 2>&1; tty; echo x >/dev/tty && echo yes"
    local master <close>, slave = pty.open()
    local text = run(master, slave, script, { terminal = true })
    assert.matches("^/dev/pts/%d+\r\nx\r\nyes\r\n$", text)
    local other <close>, end_of_other = pty.open()
    text = run(other, end_of_other, script, { session = true })
    assert.is_nil(text:find("yes", 1, true))
  end)

  it("turns Ctrl-C and a new size into signals", function()
    local master <close>, slave = pty.open()
    local process <close> = assert(proc.spawn {
      argv = { "/bin/sh", "-c", "trap 'echo size' WINCH; trap 'exit 7' INT; "
        .. "echo ready; while :; do sleep 0.05; done" },
      stdin = slave, stdout = slave, stderr = slave, terminal = true,
    })
    assert.equal("ready\r\n", read_line(master))
    assert(pty.resize(master, 10, 10))
    assert.equal("size\r\n", read_line(master))
    assert(master:write "\3")
    assert.same({ code = 7 }, process:wait(10))
  end)

  -- Only the leader of a session without one could get one.
  it("does not become the controlling terminal of this program", function()
    local dir <const> = assert(fs.mkdtemp("/tmp/pty-spec-"))
    local file <const> = dir .. "/leader_spec.lua"
    assert(fs.write(file, [[
      local fs = require "host.fs"
      local pty = require "host.lab.pty"
      it("leads a session", function()
        local master <close>, slave = assert(pty.open())
        local pid, session, tty = fs.read("/proc/self/stat")
          :match("^(%d+) .*%) %a %d+ %d+ (%d+) (%-?%d+)")
        assert.equal(pid, session)
        assert.equal("0", tty)
        slave:close()
      end)
    ]]))
    local process <close> = assert(proc.spawn {
      argv = { assert(sys.executable()), "test", file }, session = true,
      stdout = "null",
    })
    local how <const> = process:wait(30)
    fs.remove_all(dir)
    assert.same({ code = 0 }, how)
  end)

  it("refuses wrong arguments", function()
    local wrong <const> = {
      { columns = -1 }, { rows = 65536 }, { columns = "80 x" }, { uid = -1 },
      { gid = 1 << 32 }, { uid = 1.5 },
    }
    for _, options in ipairs(wrong) do
      assert.has_error(function() pty.open(options) end)
    end
    local master <close>, slave = pty.open()
    assert.has_error(function() pty.resize(master, -1, 1) end)
    assert.has_error(function() pty.resize(slave, 1, 65536) end)
    master:close()
    assert.has_error(function() pty.resize(master, 1, 1) end)
  end)
end)
