-- SPDX-License-Identifier: Apache-2.0
-- Moves what goes in and out of a command: its three streams and the source of
-- its input under one poll, so that none can block the others. Only
-- pebble/process.lua uses it; what it touches are the fields of a process.
local json = require "std.json"
local poll = require "host.poll"
local sys = require "host.sys"

local M = {}

local STREAMS <const> = { stdio = "stdout", stderr = "stderr" }
local NAMES <const> = { "control", "stdio", "stderr" }
local END <const> = json.encode { command = "end" }
local TYPED_END <const> = "\4" -- a terminal's own sign, Ctrl-D

---@param self pebble.Process
---@return boolean
function M.is_late(self)
  return self.deadline ~= nil and sys.monotonic() >= self.deadline
end

local function is_end(data)
  local message = json.decode(data)
  return type(message) == "table" and message.command == "end"
end

-- All messages that are there, while there is time; false: too much output.
local function receive(self, name)
  local conn = self.conns[name]
  while not M.is_late(self) do
    local data, kind, code = conn:recv()
    if code == "again" then
      return true
    elseif kind == "text" and is_end(data) then
      self.open[name] = nil
      return true
    elseif not data or kind == "close" then
      -- only the control stream ends without a word
      self.open[name] = nil
      self.lost = self.lost or STREAMS[name]
      return true
    elseif kind == "binary" and STREAMS[name] then
      self.heard = sys.monotonic()
      if not self.output:take(STREAMS[name], data) then
        return false
      end
    end
  end
  return true
end

---What came before anybody waited for it: together with the upgrade.
---@param self pebble.Process
---@return boolean taken false: too much of it
function M.begin(self)
  for _, name in ipairs(NAMES) do
    if self.open[name] and not receive(self, name) then
      return false
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
    elseif data or self.typed_end then
      conn:send(data or TYPED_END, "binary")
    else
      conn:send(END, "text")
    end
    pending = conn:flush()
  end
  if not pending then
    self.stdin:stop() -- it reads no more, which is its own affair
  end
end

local function entries(self)
  local list = {}
  for _, name in ipairs(NAMES) do
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

-- When to look up: at the deadline, and, of a command that has ended, when
-- nothing has been heard of it for a while.
local function patience(self)
  local limit = self.deadline
  if not self.open.control then
    local quiet = self.heard + self.drain
    limit = limit and math.min(limit, quiet) or quiet
  end
  return limit and math.max(0, limit - sys.monotonic())
end

---One turn.
---@param self pebble.Process
---@return "more"|"late"|"quiet"|"full"|nil state "quiet": it has ended, but
---something holds its output; "full": too much output
---@return string? message
---@return string? code
function M.turn(self)
  send_input(self)
  if M.is_late(self) then
    return "late"
  elseif not self.open.control
    and sys.monotonic() >= self.heard + self.drain then
    return "quiet"
  end
  local ready, message, code = poll.wait(entries(self), patience(self))
  if not ready then
    return nil, message, code
  end
  for _, item in ipairs(ready) do
    if item.name and self.conns[item.name]:pending() > 0 then
      self.conns[item.name]:flush()
    end
    if self.open[item.name] then
      if item.name == "control" then
        self.heard = sys.monotonic()
      end
      if not receive(self, item.name) then
        return "full"
      end
    end
  end
  return "more"
end

return M
