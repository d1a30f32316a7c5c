-- SPDX-License-Identifier: Apache-2.0
-- What a service has written lately: lines up to a total size, the oldest
-- dropped first. Takes output in pieces of any shape. One per service.
local clock = require "lab.supervisor.clock"

local M = {}
M.__index = M

local SIZE_MAX <const> = 100 * 1024
local LINE_MAX <const> = 4096
local OVERHEAD <const> = 40 -- a stored line's own cost, so none is free

---@class lab.supervisor.Line
---@field at integer
---@field text string
---@field seq integer counts all lines of the daemon

---@class lab.supervisor.Ring
---@field first integer
---@field last integer
---@field on_line fun(line: lab.supervisor.Line)?

local sequence = 0

---@param on_line fun(line: lab.supervisor.Line)?
---@return lab.supervisor.Ring
function M.new(on_line)
  return setmetatable({
    lines = {},
    first = 1,
    last = 0,
    size = 0,
    partial = "",
    on_line = on_line,
  }, M)
end

-- Bytes that are no UTF-8 become the replacement character.
local function clean(text)
  local parts <const>, at = {}, 1
  while true do
    local _, bad = utf8.len(text, at)
    if not bad then
      parts[#parts + 1] = text:sub(at)
      return table.concat(parts)
    end
    parts[#parts + 1] = text:sub(at, bad - 1) .. "\u{fffd}"
    at = bad + 1
  end
end

local function add_line(self, text)
  sequence = sequence + 1
  local line <const> = { at = clock.now(), text = clean(text), seq = sequence }
  self.last = self.last + 1
  self.lines[self.last] = line
  self.size = self.size + #line.text + OVERHEAD
  while self.size > SIZE_MAX do
    self.size = self.size - #self.lines[self.first].text - OVERHEAD
    self.lines[self.first] = nil
    self.first = self.first + 1
  end
  if self.on_line then
    self.on_line(line)
  end
end

---@param data string
function M:append(data)
  local text = self.partial .. data
  local at = 1
  while true do
    local stop <const> = text:find("\n", at, true)
    if not stop and #text - at + 1 <= LINE_MAX then
      break
    end
    local last <const> = math.min((stop or math.huge) - 1, at + LINE_MAX - 1)
    add_line(self, text:sub(at, last))
    at = last + 1
    if at == stop then
      at = at + 1
    end
  end
  self.partial = text:sub(at)
end

---The writer is gone: what it left without line end becomes a line.
function M:finish()
  if self.partial ~= "" then
    add_line(self, self.partial)
    self.partial = ""
  end
end

---@param count integer? nil: all
---@return lab.supervisor.Line[] the last ones, oldest first
function M:tail(count)
  local from <const> = count and math.max(self.first, self.last - count + 1)
    or self.first
  return table.move(self.lines, from, self.last, 1, {})
end

return M
