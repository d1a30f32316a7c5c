-- SPDX-License-Identifier: Apache-2.0
-- Moves bytes between a command's pipes, or terminal, and its web sockets,
-- each direction in a task of its own, never holding more than a few pieces.
local json = require "std.json"

local M = {}

local PIECE <const> = 65536
local QUEUE_MAX <const> = 262144
local STALL <const> = 60
local REST_MAX <const> = 65536
local END <const> = '{"command":"end"}'
local CTRL_D <const> = "\4"

---Sends what is queued until at most `most` bytes are left.
---@param loop lab.Loop
---@param conn table host.ws connection
---@param most integer
---@return boolean sent false: the peer is gone, or takes nothing
function M.flush(loop, conn, most)
  while true do
    local pending <const> = conn:flush()
    if not pending then
      return false
    elseif pending <= most then
      return true
    elseif not loop:writable(conn:fd(), STALL) then
      return false
    end
  end
end

---Tells the client that no more comes on this socket.
---@param loop lab.Loop
---@param conn table
function M.finish(loop, conn)
  if conn:send(END, "text") then
    M.flush(loop, conn, 0)
  end
end

---Reads the pipe to its end and sends it, then the end mark. A client that
---has gone does not stop the command: the rest is thrown away.
---@param loop lab.Loop
---@param pipe table host.fs.file
---@param conn table
function M.output(loop, pipe, conn)
  pipe:nonblock()
  local there = true
  while true do
    loop:readable(pipe:fd())
    local data, _, code = pipe:read(PIECE)
    if data == "" or not data and code ~= "again" then
      break
    elseif data and there then
      there = conn:send(data, "binary") and M.flush(loop, conn, QUEUE_MAX)
    end
  end
  if there then
    M.finish(loop, conn)
  end
end

---Sends what a command that has ended left in its terminal, then the end mark.
---What others write there, who go on, is not waited for.
---@param loop lab.Loop
---@param master table host.fs.file
---@param conn table
function M.rest(loop, master, conn)
  master:nonblock()
  local left = REST_MAX -- more than a terminal holds
  local data = master:read(left)
  while data and data ~= "" do
    conn:send(data, "binary")
    left = left - #data
    data = left > 0 and master:read(left)
  end
  M.finish(loop, conn)
end

---Waits for the next message.
---@param loop lab.Loop
---@param conn table
---@return string? data nil: the connection is gone
---@return string kind "binary", "text", "close", or why it is gone
function M.receive(loop, conn)
  while true do
    local data, kind, code = conn:recv()
    if data or code ~= "again" then
      return data, kind
    end
    conn:flush() -- an answer to a ping
    loop:readable(conn:fd())
  end
end

local function decode_command(text)
  local value <const> = json.decode(text)
  return type(value) == "table" and value or {}
end

local function write_all(loop, pipe, data)
  local first = 1
  while first <= #data do
    local count, _, code = pipe:write(data:sub(first, first + PIECE - 1))
    if count then
      first = first + count
    elseif code ~= "again" or not loop:writable(pipe:fd()) then
      return false
    end
  end
  return true
end

---Feeds the command's stdin until the client says end or leaves, and then
---ends it: a pipe is closed, while a terminal is told.
---@param loop lab.Loop
---@param conn table
---@param pipe table host.fs.file
---@param terminal boolean? it is a terminal's master
function M.input(loop, conn, pipe, terminal)
  pipe:nonblock()
  local open = true
  repeat
    local data <const>, kind <const> = M.receive(loop, conn)
    local gone <const> = not data or kind == "close"
    if open and (gone
      or kind == "text" and decode_command(data).command == "end"
      or kind == "binary" and not write_all(loop, pipe, data))
    then
      open = false
      if terminal then
        write_all(loop, pipe, CTRL_D)
      else
        pipe:close()
      end
    end
  until gone
end

---Reads until the client leaves, for nothing.
---@param loop lab.Loop
---@param conn table
function M.discard(loop, conn)
  repeat
    local data <const>, kind <const> = M.receive(loop, conn)
  until not data or kind == "close"
end

---Obeys the control socket.
---@param loop lab.Loop
---@param conn table
---@param obey fun(command: string, arguments: table)
---@return boolean clean the client said goodbye; false: it dropped
function M.control(loop, conn, obey)
  while true do
    local data <const>, kind <const> = M.receive(loop, conn)
    if not data or kind == "close" then
      return data ~= nil
    end
    local message <const> = kind == "text" and decode_command(data) or {}
    local command <const> = message.command
    if type(command) == "string" and type(message[command]) == "table" then
      obey(command, message[command])
    end
  end
end

return M
