-- SPDX-License-Identifier: Apache-2.0
-- A command in the container: pumps its three streams under one poll, so that
-- none can block the others, keeps its deadline, and makes what went wrong an
-- error of the kind "pebble-exec" or "pebble-timeout".
local changes = require "pebble.changes"
local errors = require "std.error"
local json = require "std.json"
local output = require "pebble.output"
local poll = require "host.poll"
local stdin_source = require "pebble.stdin"
local sys = require "host.sys"

local M = {}

---@class pebble.Process
---@field command string its first word
---@field private client pebble.Client
---@field private conns table<string, host.ws.conn>
---@field private open table<string, boolean> streams that have not ended
local Process = {}
Process.__index = Process
Process.__name = "pebble.process"

local STREAMS <const> = { stdio = "stdout", stderr = "stderr" }
local END <const> = json.encode { command = "end" }

-- Pebble knows better than a refused socket why a command did not start.
---@param client pebble.Client
---@param tried string
---@param change string
---@param err std.Error
---@return std.Error
function M.why_not_started(client, tried, change, err)
  if errors.is(err, "pebble-connection") then
    return err
  end
  local ended = changes.wait(client, tried, change, 1)
  if not ended then
    changes.abort(client, change)
    return err
  end
  local _, failed = changes.check(client, tried, ended)
  return failed or err
end

---@param options table client, tried, change, conns, timeout, stdin, stdout,
--- stderr, max_output
---@return pebble.Process
function M.new(options)
  local self = setmetatable({
    client = options.client,
    tried = options.tried,
    change = options.change,
    conns = options.conns,
    timeout = options.timeout,
    deadline = options.timeout and sys.monotonic() + options.timeout,
    stdin = stdin_source.new(options.stdin),
    output = output.new {
      stdout = options.stdout,
      stderr = options.stderr,
      max = options.max_output,
    },
    open = {},
  }, Process)
  for name in pairs(options.conns) do
    self.open[name] = true
  end
  return self
end

local function failure(self, kind, happened, data)
  data.stdout = self.output:text("stdout")
  data.stderr = self.output:text("stderr")
  return errors.new {
    kind = kind,
    tried = self.client:describe(self.tried),
    happened = self.output:explain(happened),
    data = data,
  }
end

local function take(self, name, data)
  if self.output:take(STREAMS[name], data) then
    return true
  end
  return nil, failure(self, "pebble-exec", ("its output exceeds %d bytes")
    :format(self.output.max), { code = "too-large" })
end

local function is_end(data)
  local message = json.decode(data)
  return type(message) == "table" and message.command == "end"
end

local function is_late(self)
  return self.deadline ~= nil and sys.monotonic() >= self.deadline
end

-- All messages that are there, while there is time.
local function receive(self, name)
  local conn = self.conns[name]
  while not is_late(self) do
    local data, kind, code = conn:recv()
    if code == "again" then
      return true
    elseif not data or kind == "close" or kind == "text" and is_end(data) then
      self.open[name] = nil
      return true
    elseif kind == "binary" and name ~= "control" then
      local ok, err = take(self, name, data)
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

-- Moves input on while the socket takes it.
local function send_input(self)
  local conn = self.conns.stdio
  local pending = conn:flush()
  while pending == 0 and not self.stdin.ended do
    local data = self.stdin:next()
    if data == "" then
      break -- a pipe with nothing in it yet
    elseif data then
      conn:send(data, "binary")
    else
      conn:send(END, "text")
    end
    pending = conn:flush()
  end
  if not pending then
    self.stdin:stop() -- it reads no more, which is its own affair
  end
end

local function waits(self)
  local list = {}
  for _, name in ipairs { "control", "stdio", "stderr" } do
    local conn = self.conns[name]
    local unsent = conn and conn:pending() > 0
    if self.open[name] or unsent then
      list[#list + 1] = {
        fd = conn:fd(),
        read = self.open[name],
        write = unsent,
        name = name,
      }
    end
  end
  local fd = self.stdin:fd()
  if fd and self.conns.stdio:pending() == 0 then
    list[#list + 1] = { fd = fd, read = true }
  end
  return list
end

local function pump_once(self)
  send_input(self)
  if is_late(self) then
    return nil, self:expire()
  end
  local left = self.deadline and self.deadline - sys.monotonic()
  local ready, message, code =
    poll.wait(waits(self), left and math.max(0, left))
  if not ready then
    return nil, self.client:failure(self.tried, message, code)
  end
  for _, item in ipairs(ready) do
    if item.name == "control" and self.conns.control:pending() > 0 then
      self.conns.control:flush()
    end
    if self.open[item.name] then
      local ok, err = receive(self, item.name)
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

local function exit_error(self, code)
  local happened = ("it ended with exit code %d"):format(code)
  return failure(self, "pebble-exec", happened, { exit_code = code })
end

-- The exit code, from the change of a command whose output has ended. The
-- command may run on; its control stream stays open until the change is ready.
local function conclude(self)
  local left = math.huge
  if self.deadline then
    left = math.max(1, self.deadline - sys.monotonic())
  end
  local change, err = changes.wait(self.client, self.tried, self.change, left)
  if not change then
    return nil, err.data.id and self:expire() or err
  elseif change.err and change.err ~= "" then
    local late = change.err:find("timed out", 1, true)
    return nil, failure(self, late and "pebble-timeout" or "pebble-change",
      changes.explain(change), { id = change.id, change = change })
  end
  local task = (change.tasks or {})[1]
  local code = task and task.data and task.data["exit-code"]
  if math.type(code) ~= "integer" then
    return nil, self.client:failure(self.tried, "the change has no exit code",
      "protocol")
  end
  return code
end

---Ends a command whose time is over, without waiting for whoever still holds
---its output.
---@return std.Error
function Process:expire()
  local gone = not self.open.control
  self:send_signal("SIGKILL")
  changes.abort(self.client, self.change)
  self:close()
  local happened = ("it did not end within %g s"):format(self.timeout)
  if gone then
    happened = happened .. ": a process that it started holds its output"
  end
  return failure(self, "pebble-timeout", happened, { code = "timeout" })
end

local function run(self)
  while self.open.stdio or self.open.stderr do
    local ok, err = pump_once(self)
    if not ok then
      return nil, err
    end
  end
  return conclude(self)
end

---Runs the command to its end. A code other than 0 is a "pebble-exec" error.
---@return integer? code always 0
---@return std.Error? err data.exit_code, data.stdout, data.stderr
function Process:wait()
  local streams <close> = self -- also when a callback raises
  local code, err = run(streams)
  if not code then
    return nil, err
  elseif code ~= 0 then
    return nil, exit_error(self, code)
  end
  return code
end

---@return string? stdout what no callback took
---@return string|std.Error stderr_or_err
function Process:wait_output()
  local code, err = self:wait()
  if not code then
    return nil, err
  end
  return self.output:text("stdout"), self.output:text("stderr")
end

---@param signal string|integer "SIGTERM"
---@return true?
---@return std.Error? err
function Process:send_signal(signal)
  local conn = self.conns.control
  local text = json.encode { command = "signal", signal = { name = signal } }
  local ok, message, code = conn:send(text, "text")
  if ok then
    ok, message, code = conn:flush()
  end
  if not ok then
    return nil, self.client:failure("send " .. signal, message, code)
  end
  return true
end

---Drops the streams. A command that still runs is killed by Pebble.
function Process:close()
  for _, name in ipairs { "stdio", "stderr", "control" } do
    if self.conns[name] then
      self.conns[name]:close()
      self.open[name] = nil
    end
  end
end

Process.__close = Process.close

return M
