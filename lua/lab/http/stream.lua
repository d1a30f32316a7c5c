-- SPDX-License-Identifier: Apache-2.0
-- A socket as a task reads and writes it: buffered, waiting on the loop.
-- Used by the HTTP server; owns the socket until detach().
local M = {}
M.__index = M

local PIECE <const> = 65536

---@class lab.http.Stream
---@field loop lab.Loop
---@field sock table host.lab.net socket
---@field buffer string bytes read and not yet used
---@field timeout number seconds a peer may stall

---@param loop lab.Loop
---@param sock table
---@param timeout number seconds
---@return lab.http.Stream
function M.new(loop, sock, timeout)
  return setmetatable({
    loop = loop,
    sock = sock,
    buffer = "",
    timeout = timeout,
  }, M)
end

---Reads more into the buffer.
---@param timeout number?
---@return boolean? more false at the end
---@return string? message
---@return string? code
function M:fill(timeout)
  while true do
    local data, message, code = self.sock:read(PIECE)
    if data then
      self.buffer = self.buffer .. data
      return data ~= ""
    elseif code ~= "again" then
      return nil, message, code
    end
    local ok
    ok, message, code = self.loop:readable(self.sock:fd(),
      timeout or self.timeout)
    if not ok then
      return nil, message, code
    end
  end
end

---Takes up to max bytes; waits only if there are none.
---@param max integer
---@return string? data "" at the end
---@return string? message
---@return string? code
function M:read(max)
  if self.buffer == "" then
    local more, message, code = self:fill()
    if not more then
      return more == false and "" or nil, message, code
    end
  end
  local data <const> = self.buffer:sub(1, max)
  self.buffer = self.buffer:sub(#data + 1)
  return data
end

---Takes everything up to and with `mark`.
---@param mark string plain text
---@param max integer most bytes to look through
---@param timeout number?
---@return string? data
---@return string? message
---@return string? code "closed", "too-large", "timeout", …
function M:read_through(mark, max, timeout)
  local from = 1
  while true do
    local _, last = self.buffer:find(mark, from, true)
    if last and last <= max then
      local data <const> = self.buffer:sub(1, last)
      self.buffer = self.buffer:sub(last + 1)
      return data
    elseif last or #self.buffer >= max then
      return nil, ("more than %d bytes"):format(max), "too-large"
    end
    from = math.max(#self.buffer - #mark + 2, 1)
    local more, message, code = self:fill(timeout)
    if not more then
      return nil, message or "connection closed", code or "closed"
    end
  end
end

---Writes all of it.
---@param data string
---@return true? ok
---@return string? message
---@return string? code
function M:write(data)
  local first = 1
  while first <= #data do
    local count, message, code = self.sock:write(data, first)
    if count then
      first = first + count
    elseif code ~= "again" then
      return nil, message, code
    else
      local ok
      ok, message, code = self.loop:writable(self.sock:fd(), self.timeout)
      if not ok then
        return nil, message, code
      end
    end
  end
  return true
end

---Gives the descriptor away, with what was read ahead.
---@return integer fd
---@return string buffered
function M:detach()
  local buffered <const> = self.buffer
  self.buffer = ""
  return self.sock:detach(), buffered
end

function M:close()
  self.sock:close()
end
M.__close = M.close

return M
