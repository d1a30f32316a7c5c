-- SPDX-License-Identifier: Apache-2.0
-- Bytes on a socket, for what no HTTP library would send (charmlab only).
local contract = require "tests.support.contract"
local net = require "host.lab.net"
local poll = require "host.poll"

local M = {}

local LIMIT <const> = 10

---@class tests.Raw
local Raw = {}
Raw.__index = Raw

---@param socket string
---@return tests.Raw
function M.connect(socket)
  return setmetatable({
    sock = assert(net.connect { path = socket }),
    got = "",
  }, Raw)
end

---@param text string
---@return tests.Raw self
function Raw:send(text)
  local at = 1
  while at <= #text do
    local count, message, code = self.sock:write(text, at)
    assert(count or code == "again", message)
    at = at + (count or 0)
    if not count then
      assert(poll.wait({ { fd = self.sock:fd(), write = true } }, LIMIT))
    end
  end
  return self
end

-- More bytes; false at the end.
local function fill(self)
  local ready = assert(poll.wait({ { fd = self.sock:fd(), read = true } },
    LIMIT))
  assert(#ready == 1, "no answer; so far: " .. self.got)
  local data = self.sock:read()
  if not data or data == "" then
    return false
  end
  self.got = self.got .. data
  return true
end

---Takes text up to and with `mark`.
---@param mark string
---@return string text
function Raw:upto(mark)
  while true do
    local at, last = self.got:find(mark, 1, true)
    if at then
      local text = self.got:sub(1, last)
      self.got = self.got:sub(last + 1)
      return text
    end
    assert(fill(self), "the connection ended; so far: " .. self.got)
  end
end

local function take(self, size)
  while #self.got < size do
    assert(fill(self), "the connection ended inside a body")
  end
  local data = self.got:sub(1, size)
  self.got = self.got:sub(size + 1)
  return data
end

local function body_of(self, head)
  if not head:lower():find "transfer%-encoding: chunked" then
    return take(self, tonumber(head:lower():match "content%-length: (%d+)"))
  end
  local parts = {}
  repeat
    local size = tonumber(self:upto("\r\n"):match "^%x+", 16)
    parts[#parts + 1] = take(self, size)
    take(self, 2)
  until size == 0
  return table.concat(parts)
end

---One whole answer with the envelope.
---@return integer status
---@return table envelope
---@return string head
function Raw:answer()
  local head = self:upto "\r\n\r\n"
  local status = tonumber(head:match "^HTTP/1%.[01] (%d%d%d) ")
  return status, contract.check_envelope(status, body_of(self, head)), head
end

---Nothing more comes: the server has closed.
---@return boolean
function Raw:ended()
  return self.got == "" and not fill(self)
end

function Raw:close()
  self.sock:close()
end

return M
