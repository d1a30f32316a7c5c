-- SPDX-License-Identifier: Apache-2.0
-- The body of a request, read in pieces: counted or chunked. Asks the client
-- to go on (100-continue) at the first read. Used by the HTTP server.
local M = {}
M.__index = M

local LINE_MAX <const> = 8192
local TRAILERS_MAX <const> = 65536

---@class lab.http.Body
---@field stream lab.http.Stream
---@field chunked boolean
---@field left integer bytes left of the body, or of this chunk
---@field ended boolean
---@field expect boolean the client waits for 100-continue
---@field broken boolean the connection can't be used for another request

---@param stream lab.http.Stream
---@param head lab.http.Head
---@return lab.http.Body
function M.new(stream, head)
  local expect <const> = (head.headers.expect or ""):lower()
  return setmetatable({
    stream = stream,
    chunked = head.chunked,
    left = head.length or 0,
    ended = not head.chunked and head.length == 0,
    expect = expect == "100-continue" and head.version == 1,
    broken = false,
  }, M)
end

local function break_off(self, message, code)
  self.broken = true
  if code == "too-large" then -- a line of the framing, not the body
    message, code = "malformed chunk", "protocol"
  end
  return nil, "cannot read the body: " .. message, code
end

local function skip_trailers(self)
  local seen = 0
  while true do
    local line, message, code = self.stream:read_through("\n", LINE_MAX)
    if not line then
      return break_off(self, message, code)
    elseif line == "\r\n" or line == "\n" then
      self.ended = true
      return ""
    end
    seen = seen + #line
    if seen > TRAILERS_MAX then
      return break_off(self, "trailers too large", "too-large")
    end
  end
end

-- Each chunk but the first comes after the line end of the one before.
local function next_chunk(self)
  if self.inside then
    local finish, why, word = self.stream:read_through("\n", 2)
    if finish ~= "\r\n" and finish ~= "\n" then
      return break_off(self, why or "malformed chunk", word or "protocol")
    end
  end
  local line, message, code = self.stream:read_through("\n", LINE_MAX)
  if not line then
    return break_off(self, message, code)
  end
  local size <const> = line:match("^(%x+)[ \t]*[;\r\n]")
  if not size or #size > 12 then
    return break_off(self, "malformed chunk size", "protocol")
  end
  self.left, self.inside = tonumber(size, 16), true
  return true
end

---Reads up to max bytes, at least one before the end.
---@param max integer? 65536 when absent
---@return string? data "" at the end
---@return string? message
---@return string? code
function M:read(max)
  if self.ended then
    return ""
  elseif self.broken then
    return nil, "cannot read the body: it broke off", "closed"
  end
  if self.expect then
    self.expect = false
    self.stream:write("HTTP/1.1 100 Continue\r\n\r\n")
  end
  if self.chunked and self.left == 0 then
    local ok, message, code = next_chunk(self)
    if not ok then
      return nil, message, code
    elseif self.left == 0 then
      return skip_trailers(self)
    end
  end
  local data, message, code = self.stream:read(
    math.min(max or 65536, self.left))
  if not data or data == "" then
    return break_off(self, message or "connection closed", code or "closed")
  end
  self.left = self.left - #data
  self.ended = not self.chunked and self.left == 0
  return data
end

---@param max integer most bytes to accept
---@return string? data
---@return string? message
---@return string? code "too-large" …
function M:read_all(max)
  local parts, size = {}, 0
  if not self.chunked and self.left > max then
    return nil, ("body larger than %d bytes"):format(max), "too-large"
  end
  while true do
    local data, message, code = self:read()
    if not data then
      return nil, message, code
    elseif data == "" then
      return table.concat(parts)
    end
    size = size + #data
    if size > max then
      return nil, ("body larger than %d bytes"):format(max), "too-large"
    end
    parts[#parts + 1] = data
  end
end

---Skips a rest that nobody read, if it is short.
---@param max integer
---@return boolean clean the connection may carry another request
function M:drain(max)
  if self.expect and not self.ended then
    return false
  end
  return self.ended or not self.broken and self:read_all(max) ~= nil
end

return M
