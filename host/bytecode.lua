-- SPDX-License-Identifier: Apache-2.0
-- Build tool: Lua 5.4 bytecode (ldump.c) without the names of local variables
-- and upvalues. Lines stay, so that tracebacks say where; the names are a
-- quarter of what the host reads at each start.
local M = {}

local HEADER <const> = 4 + 1 + 1 + 6 + 3 + 8 + 8 -- signature to LUAC_NUM
local INSTRUCTION <const>, UPVALUE <const> = 4, 3
-- Constants: bytes after the tag; strings are read for themselves.
local SIZE_OF <const> = { [0x00] = 0, [0x01] = 0, [0x11] = 0, [0x03] = 8,
  [0x13] = 8 }
local STRING <const> = { [0x04] = true, [0x14] = true }

---@class bytecode.Reader
---@field code string
---@field at integer
local Reader = {}
Reader.__index = Reader

function Reader:skip(bytes)
  self.at = self.at + bytes
end

function Reader:byte()
  self:skip(1)
  return self.code:byte(self.at - 1)
end

-- Seven bits a byte, the highest first, the last byte marked.
function Reader:size()
  local value = 0
  repeat
    local byte = self:byte()
    value = value << 7 | byte & 0x7f
  until byte >= 0x80
  return value
end

function Reader:string()
  local size = self:size()
  self:skip(size == 0 and 0 or size - 1)
end

function Reader:array(element)
  self:skip(self:size() * element)
end

function Reader:constants()
  for _ = 1, self:size() do
    local tag = self:byte()
    if STRING[tag] then
      self:string()
    else
      self:skip(assert(SIZE_OF[tag], "no constant of Lua 5.4"))
    end
  end
end

local NONE <const> = "\x80" -- a size of 0

-- Reads a function and writes it without names to `out`.
function Reader:func(out)
  local from = self.at
  self:string() -- source
  self:size() -- line defined
  self:size() -- last line
  self:skip(3) -- parameters, is vararg, stack size
  self:array(INSTRUCTION)
  self:constants()
  self:array(UPVALUE)
  local protos = self:size()
  out[#out + 1] = self.code:sub(from, self.at - 1)
  for _ = 1, protos do
    self:func(out)
  end
  from = self.at
  self:array(1) -- lines
  for _ = 1, self:size() do -- absolute lines
    self:size()
    self:size()
  end
  out[#out + 1] = self.code:sub(from, self.at - 1) .. NONE .. NONE
  for _ = 1, self:size() do -- local variables
    self:string()
    self:size()
    self:size()
  end
  for _ = 1, self:size() do -- upvalues
    self:string()
  end
end

---@param code string string.dump's
---@return string code
function M.without_names(code)
  local reader = setmetatable({ code = code, at = 1 }, Reader)
  reader:skip(HEADER + 1) -- and how many upvalues main has
  local out = { code:sub(1, reader.at - 1) }
  reader:func(out)
  assert(reader.at == #code + 1, "no bytecode of Lua 5.4")
  return table.concat(out)
end

return M
