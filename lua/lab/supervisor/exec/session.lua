-- SPDX-License-Identifier: Apache-2.0
-- One exec: waits for its web sockets, runs the command in a session of its
-- own, and sees to it that after a timeout or an abort nothing of it is left.
local launch = require "lab.supervisor.launch"
local members = require "lab.supervisor.exec.members"
local pump = require "lab.supervisor.exec.pump"
local runs = require "lab.supervisor.run"
local sys = require "host.sys"
local terminals = require "lab.supervisor.exec.terminal"
local duration = require "std.duration"

local M = {}
M.__index = M

local CONNECT_LIMIT <const> = 5
local KILL_LIMIT <const> = 5
local DRAIN_AFTER_KILL <const> = 1
local LINGER <const> = 30

---@class lab.supervisor.ExecSpec: lab.supervisor.Launch
---@field timeout number? seconds
---@field split boolean stderr has a socket of its own
---@field terminal { interactive: boolean, width: integer?, height: integer? }?

---@class lab.supervisor.ExecSession
---@field conns table<string, table> by name: control, stdio, stderr
---@field ended boolean
---@field expects table<string, boolean> names that may connect

---@param loop lab.Loop
---@param spec lab.supervisor.ExecSpec
---@return lab.supervisor.ExecSession
function M.new(loop, spec)
  return setmetatable({
    loop = loop,
    spec = spec,
    conns = {},
    expects = { control = true, stdio = true, stderr = spec.split },
    changed = loop:event(),
    ended = false,
  }, M)
end

---Gives it one of its sockets.
---@param name string
---@param conn table host.ws connection
function M:connect(name, conn)
  self.conns[name] = conn
  self.changed:pulse()
  if name == "control" and self.process and not self.exited then
    self:obey(conn)
  end
end

local function await_sockets(self)
  local deadline <const> = sys.monotonic() + CONNECT_LIMIT
  while not self.conns.stdio or self.spec.split and not self.conns.stderr do
    local left <const> = deadline - sys.monotonic()
    if self.aborted then
      return nil, "aborted while waiting for websocket connections"
    elseif left <= 0 then
      return nil, "timeout waiting for websocket connections"
    end
    self.changed:wait(left)
  end
  return true
end

local function kill_session(self)
  members.kill(self.loop, self.sid)
end

local COMMANDS <const> = {
  signal = function(self, arguments)
    local name <const> = tostring(arguments.name):match("^SIG(.+)")
    pcall(self.process.kill, self.process, name or "")
  end,
  resize = function(self, arguments)
    if self.terminal then
      self.terminal:resize(arguments.width, arguments.height)
    end
  end,
}

---Obeys a control socket; its loss ends the command.
---@param conn table
function M:obey(conn)
  self.controller = self.loop:spawn(function()
    local clean <const> = pump.control(self.loop, conn, function(command, ...)
      if COMMANDS[command] then
        COMMANDS[command](self, ...)
      end
    end)
    if not clean then
      kill_session(self)
    end
  end)
end

local function spawn_process(self)
  local spec <const> = self.spec
  local slave, process, message
  if spec.terminal then
    self.terminal, message =
      terminals.open(spec.account, spec.terminal.width, spec.terminal.height)
    if not self.terminal then
      return nil, message
    end
    slave = self.terminal.slave
  end
  local interactive <const> = slave and spec.terminal.interactive
  process, message = launch.start {
    argv = spec.argv,
    account = spec.account,
    environment = spec.environment,
    cwd = spec.cwd,
    stdin = interactive and slave or "pipe",
    stdout = slave or "pipe",
    stderr = spec.split and "pipe" or "stdout",
    session = true,
    terminal = interactive,
  }
  if not process then
    return nil, "cannot start command: " .. message
  end
  self.process, self.sid = process, process:pid()
  return process
end

local function start_pumps(self)
  local loop <const>, conns <const> = self.loop, self.conns
  local process <const> = self.process
  local master <const> = self.terminal and self.terminal.master
  self.pumps = { { conn = conns.stdio, task = loop:spawn(pump.output, loop,
    master or process:stdout(), conns.stdio) } }
  if self.spec.split then
    self.pumps[2] = { conn = conns.stderr,
      task = loop:spawn(pump.output, loop, process:stderr(), conns.stderr) }
  end
  self.feeder = loop:spawn(pump.input, loop, conns.stdio,
    process:stdin() or master, not process:stdin())
  if conns.control then
    self:obey(conns.control)
  end
end

-- nil as the limit: as long as it takes.
local function join_pumps(self, deadline)
  for _, output in ipairs(self.pumps) do
    local left <const> = deadline and math.max(deadline - sys.monotonic(), 0)
    if output.task:join(left) == nil then
      return false
    end
  end
  return true
end

-- Whoever is left on a terminal does not hold up its end, unlike on a pipe.
local function hang_up(self)
  if self.terminal and not self.terminal:has_hung_up() then
    local output <const> = self.pumps[1]
    output.task:cancel()
    output.task:join()
    self.terminal:hang_up()
    output.task = self.loop:spawn(pump.rest, self.loop, self.terminal.master,
      output.conn)
  end
end

local function kill_and_drain(self)
  kill_session(self)
  local result <const> = self.loop:wait_process(self.process, KILL_LIMIT)
  hang_up(self)
  join_pumps(self, sys.monotonic() + DRAIN_AFTER_KILL)
  return result
end

-- From now on its loss means nothing.
local function drop_control(self)
  if self.controller then
    self.controller:cancel()
    self.conns.control:close()
  end
end

-- An abort reaches the wait by the process's death.
local function await_command(self)
  local timeout <const> = self.spec.timeout
  local deadline <const> = timeout and sys.monotonic() + timeout
  local result = self.loop:wait_process(self.process, timeout)
  self.exited = true
  drop_control(self)
  if result then
    hang_up(self)
  end
  if not result or not join_pumps(self, deadline) then
    kill_and_drain(self)
    return nil, ("timed out after %s: context deadline exceeded")
      :format(duration.format(timeout))
  elseif self.aborted then
    return nil, "aborted: command killed"
  end
  return runs.exit_code(result)
end

-- What somebody still holds open is given up: the client gets its end mark.
local function end_pumps(self)
  for _, output in ipairs(self.pumps or {}) do
    if not output.task.done then
      output.task:cancel()
      self.loop:spawn(pump.finish, self.loop, output.conn)
    end
  end
end

-- At once, whoever is left on it; its client may leave later.
local function close_terminal(self)
  if self.feeder and self.spec.terminal.interactive then
    self.feeder:cancel()
    self.feeder:join()
    self.feeder = self.loop:spawn(pump.discard, self.loop, self.conns.stdio)
  end
  self.terminal:close()
end

-- The client closes its sockets when it has read the ends; one that does not
-- is not waited for in the change.
local function release(self)
  self.ended = true
  end_pumps(self)
  if self.controller then
    self.controller:cancel()
  end
  self.loop:spawn(function()
    if self.terminal then
      close_terminal(self)
    end
    if self.feeder then
      self.feeder:join(LINGER)
      self.feeder:cancel()
      self.loop:sleep(0)
    end
    for _, conn in pairs(self.conns) do
      conn:close()
    end
    if self.process then
      launch.close(self.process)
    end
    self.process = nil
  end)
end

---The work of the exec task.
---@param task lab.supervisor.Task
---@return true? ok
---@return string? message
function M:run(task)
  local code
  local ok, message = await_sockets(self)
  if ok then
    ok, message = spawn_process(self)
  end
  if ok then
    start_pumps(self)
    code, message = await_command(self)
  end
  task.data = { ["exit-code"] = code or -1 }
  release(self)
  return code and true, message
end

---Ends it from outside.
function M:abort()
  self.aborted = true
  self.changed:pulse()
  if self.process then
    self.loop:spawn(kill_session, self)
  end
end

return M
