-- SPDX-License-Identifier: Apache-2.0
-- A command in the container: runs as its wait() pumps its streams, keeps its
-- deadline, and makes what went wrong an error of the kind "pebble-exec",
-- "pebble-change" or "pebble-timeout" with the end of both streams.
local changes = require "pebble.changes"
local errors = require "std.error"
local json = require "std.json"
local output = require "pebble.output"
local pump = require "pebble.pump"
local signal_name = require "pebble.signal_name"
local stdin_source = require "pebble.stdin"
local sys = require "host.sys"

local M = {}

---@class pebble.Process
---@field change string id of its change
---@field package client pebble.Client
---@field package conns table<string, host.ws.conn>
---@field package open table<string, boolean> streams that have not ended
---@field package lost? string a stream whose connection was lost
---@field package heard number when it last gave a sign of life
---@field package drain number
local Process = {}
Process.__index = Process
Process.__name = "pebble.process"

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

---@param options table client, tried, change, conns, timeout, drain, stdin,
--- typed_end, stdout, stderr, max_output
---@return pebble.Process
function M.new(options)
  local self = setmetatable({
    client = options.client,
    tried = options.tried,
    change = options.change,
    conns = options.conns,
    timeout = options.timeout,
    deadline = options.timeout and sys.monotonic() + options.timeout,
    drain = options.drain,
    heard = sys.monotonic(),
    stdin = stdin_source.new(options.stdin),
    typed_end = options.typed_end,
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
  elseif self.lost then
    return nil, self.client:failure(self.tried,
      ("the connection of its %s was lost"):format(self.lost), "closed")
  end
  local task = (change.tasks or {})[1]
  local code = task and task.data and task.data["exit-code"]
  if math.type(code) ~= "integer" then
    return nil, self.client:failure(self.tried, "the change has no exit code",
      "protocol")
  end
  return code
end

-- Ends a command whose time is over, without waiting for whoever still holds
-- its output.
---@package
---@return std.Error
function Process:expire()
  local happened = ("it did not end within %g s"):format(self.timeout)
  if not self.open.control then
    happened = happened .. ": a process that it started holds its output"
  end
  self:cancel()
  return failure(self, "pebble-timeout", happened, { code = "timeout" })
end

local FAILURES <const> = {
  late = Process.expire,
  quiet = function(self)
    self:cancel()
    return failure(self, "pebble-timeout", ("it has ended, but a process that "
      .. "it started holds its output and said nothing for %g s")
      :format(self.drain), { code = "held" })
  end,
  full = function(self)
    return failure(self, "pebble-exec", ("its output exceeds %d bytes")
      :format(self.output.max), { code = "too-large" })
  end,
}

local function run(self)
  if not pump.begin(self) then
    return nil, FAILURES.full(self)
  end
  while self.open.stdio or self.open.stderr do
    local state, message, code = pump.turn(self)
    if not state then
      return nil, self.client:failure(self.tried, message, code)
    elseif FAILURES[state] then
      return nil, FAILURES[state](self)
    end
  end
  return conclude(self)
end

---Runs the command to its end. A code other than 0 is a "pebble-exec" error.
---@return integer? code always 0
---@return std.Error? err data.exit_code, data.stdout, data.stderr
function Process:wait()
  if not self.open.stdio then
    error("the process was waited for, or closed, before", 2)
  end
  local streams <close> = self -- also when a callback raises
  local code, err = run(streams)
  if not code then
    return nil, err
  elseif code ~= 0 then
    return nil, failure(self, "pebble-exec",
      ("it ended with exit code %d"):format(code), { exit_code = code })
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

local function command(self, what, message)
  local conn = self.conns.control
  local ok, text, code = conn:send(json.encode(message), "text")
  if ok then
    ok, text, code = conn:flush()
  end
  if not ok then
    return nil, self.client:failure(what, text, code)
  end
  return true
end

---@param signal string|integer "SIGTERM", or its number
---@return true?
---@return std.Error? err
function Process:send_signal(signal)
  local name = signal_name(signal)
  return command(self, "send " .. name,
    { command = "signal", signal = { name = name } })
end

---Tells a command on a terminal of its new size.
---@param width integer columns
---@param height integer lines
---@return true?
---@return std.Error? err
function Process:resize(width, height)
  return command(self, "resize the terminal",
    { command = "resize", resize = { width = width, height = height } })
end

---Ends the command, without waiting for it.
function Process:cancel()
  if self.open.control then
    self:send_signal("SIGKILL")
  end
  changes.abort(self.client, self.change)
  self:close()
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
