-- SPDX-License-Identifier: Apache-2.0
-- Where a command's input comes from: nothing, a string, an open file or a
-- function, all asked for the next piece. Only pebble/process.lua uses it.
local poll = require "host.poll"

local M = {}

local CHUNK <const> = 65536

---@class pebble.Stdin
---@field ended boolean its end was said
---@field private source? string|host.fs.file|fun(): string?
---@field private at integer
local Stdin = {}
Stdin.__index = Stdin

---@param source? string|host.fs.file|fun(): string?
---@return pebble.Stdin
function M.new(source)
  local kind = type(source)
  if source ~= nil and kind ~= "string" and kind ~= "function"
    and kind ~= "userdata" then
    error("stdin: string, file or function expected, got " .. kind, 4)
  end
  return setmetatable({ source = source, at = 1, ended = false }, Stdin)
end

---The next piece; nil (once) at the end; "" when there is none just now.
---@return string?
function Stdin:next()
  local data
  local kind = type(self.source)
  if kind == "string" and self.at <= #self.source then
    data = self.source:sub(self.at, self.at + CHUNK - 1)
    self.at = self.at + #data
  elseif kind == "function" then
    data = self.source()
    data = data ~= "" and data or nil
  elseif kind == "userdata" then
    data = self:read_file()
  end
  if data == nil then
    self:stop()
  end
  return data
end

---@private
---@return string?
function Stdin:read_file()
  local ready = poll.wait({ { fd = self.source:fd(), read = true } }, 0)
  if not ready or #ready == 0 then
    return "" -- a pipe with nothing in it yet
  end
  local data, message = self.source:read(CHUNK)
  if not data then
    error("cannot read the input: " .. message, 0)
  end
  return data ~= "" and data or nil
end

---No more is wanted, or there is no more.
function Stdin:stop()
  self.ended = true
  self.source = nil
end

---The descriptor to wait for before `next`, of a file.
---@return integer?
function Stdin:fd()
  return type(self.source) == "userdata" and self.source:fd() or nil
end

return M
