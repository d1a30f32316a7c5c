-- SPDX-License-Identifier: Apache-2.0
-- Build tool: takes out of a stripped program the segments that lie beyond its
-- end. eu-strip moves the section of RISC-V's attributes and leaves their
-- segment where it was behind the debug information, whose size depends on the
-- folder's name. usage: lua segments.lua PROGRAM (ELF, 64 bits, little-endian)
local HEADER <const> = "<c4BB" -- magic, 64 bits, little-endian
local SEGMENT <const> = "<I4I4I8I8I8I8" -- type, flags, offset, 2 addresses, size
local NONE <const> = 0 -- PT_NULL

local function read_segments(data)
  local magic, class, order = HEADER:unpack(data)
  assert(magic == "\127ELF" and class == 2 and order == 1, "no such program")
  return ("<I8"):unpack(data, 33) + 1, ("<I2I2"):unpack(data, 55)
end

local function clean(data)
  local at, size, count = read_segments(data)
  for _ = 1, count do
    local kind, _, offset, _, _, length = SEGMENT:unpack(data, at)
    if kind ~= NONE and offset + length > #data then
      data = data:sub(1, at - 1) .. ("\0"):rep(size) .. data:sub(at + size)
    end
    at = at + size
  end
  return data
end

local file = assert(io.open(arg[1], "rb"))
local data = assert(file:read "a")
assert(file:close())
local cleaned = clean(data)
if cleaned ~= data then
  file = assert(io.open(arg[1], "wb"))
  assert(file:write(cleaned))
  assert(file:close())
end
