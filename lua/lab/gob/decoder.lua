-- SPDX-License-Identifier: Apache-2.0
-- Reads a stream in Go's gob encoding, fed in pieces of any size. Types are
-- learnt from the stream, whatever their ids. A struct becomes a table keyed
-- by field name; what Go leaves out (zero values) is absent from it.
local M = {}

--- A longer message is refused: no hook tool has use for one.
M.MAX_MESSAGE = 64 * 1024 * 1024
local MAX_DEPTH <const> = 64
local MAX_TYPES <const> = 4096

-- The ids every gob stream starts with.
local BOOL <const>, INT <const>, UINT <const>, FLOAT <const> = 1, 2, 3, 4
local BYTES <const>, STRING <const>, COMPLEX <const> = 5, 6, 7
local INTERFACE <const> = 8

-- Malformed bytes raise a table {protocol = text} inside, caught by next().

local function bad(text)
  error({ protocol = text }, 0)
end

---@class gob.Decoder
---@field private types table<integer, table>
---@field private type_count integer
---@field private pieces string[] what was fed and not used yet
---@field private size integer bytes in pieces
---@field private s string the message being read
---@field private i integer position in s
local Decoder = {}
Decoder.__index = Decoder

---@return gob.Decoder
function M.new()
  return setmetatable({
    types = {}, type_count = 0, pieces = {}, size = 0, s = "", i = 1,
  }, Decoder)
end

---@param bytes string
function Decoder:feed(bytes)
  self.pieces[#self.pieces + 1] = bytes
  self.size = self.size + #bytes
end

function Decoder:take(n)
  local from = self.i
  if n < 0 or n > #self.s - from + 1 then bad "value is cut short" end
  self.i = from + n
  return self.s:sub(from, from + n - 1)
end

function Decoder:uint()
  local b = self:take(1):byte()
  if b < 128 then return b end
  local n = 256 - b
  if n > 8 then bad "number is too long" end
  return (string.unpack(">I" .. n, self:take(n)))
end

function Decoder:int()
  local u = self:uint()
  return u & 1 == 1 and ~(u >> 1) or u >> 1
end

function Decoder:bytes()
  return self:take(self:uint())
end

-- Every element takes a byte at least, so a count beyond the message is a lie
-- that must not become a long loop.
function Decoder:count()
  local n = self:uint()
  if n < 0 or n > #self.s - self.i + 1 then bad "count exceeds the message" end
  return n
end

-- Calls on_field(number) for each field that was sent; it must read the value.
function Decoder:fields(on_field)
  local number = -1
  while true do
    local delta = self:uint()
    if delta == 0 then return end
    if delta < 0 or delta > 65536 then bad "field number out of range" end
    number = number + delta
    on_field(number)
  end
end

local basic <const> = {
  [BOOL] = function(d) return d:uint() ~= 0 end,
  [INT] = Decoder.int,
  [UINT] = Decoder.uint,
  [FLOAT] = function(d) -- the bytes of the IEEE number, reversed
    return (string.unpack("<d", string.pack(">I8", d:uint())))
  end,
  [BYTES] = Decoder.bytes,
  [STRING] = Decoder.bytes,
  [COMPLEX] = function(d) return { d:uint(), d:uint() } end,
  [INTERFACE] = function(d)
    if d:bytes() == "" then return nil end
    if d:int() < 0 then bad "type definition inside a value" end
    return d:bytes()
  end,
}

local kinds <const> = {}

function Decoder:any(id, depth)
  if basic[id] then return basic[id](self) end
  local t = self.types[id]
  if not t then bad("type id " .. id .. " is not defined") end
  if depth > MAX_DEPTH then bad "value is nested too deep" end
  return kinds[t.kind](self, t, depth + 1)
end

function kinds.struct(d, t, depth)
  local value = {}
  d:fields(function(number)
    local field = t.fields[number + 1]
    if not field then bad("struct has no field " .. number) end
    value[field.name] = d:any(field.id, depth)
  end)
  return value
end

function kinds.list(d, t, depth)
  local list = {}
  for i = 1, d:count() do list[i] = d:any(t.elem, depth) end
  return list
end

function kinds.map(d, t, depth)
  local map = {}
  for _ = 1, d:count() do
    local key = d:any(t.key, depth)
    if key == nil or key ~= key then bad "map has a key that is no value" end
    map[key] = d:any(t.elem, depth)
  end
  return map
end

function kinds.opaque(d)
  return d:bytes()
end

-- The layouts of the types that describe types, by number in wireType.
local COMMON <const> = { { name = "Name", id = STRING },
  { name = "Id", id = INT } }
local BOOTSTRAP <const> = {
  common = { kind = "struct", fields = COMMON },
  fields = { kind = "list", elem = "field" },
  field = { kind = "struct", fields = COMMON },
  sequence = { kind = "struct", fields = { { name = "Common", id = "common" },
    { name = "Elem", id = INT }, { name = "Len", id = INT } } },
  struct = { kind = "struct", fields = { { name = "Common", id = "common" },
    { name = "Field", id = "fields" } } },
  map = { kind = "struct", fields = { { name = "Common", id = "common" },
    { name = "Key", id = INT }, { name = "Elem", id = INT } } },
  opaque = { kind = "struct", fields = { { name = "Common", id = "common" } } },
}
BOOTSTRAP.wire = { kind = "struct", fields = {
  { name = "list", id = "sequence" }, { name = "list", id = "sequence" },
  { name = "struct", id = "struct" }, { name = "map", id = "map" },
  { name = "opaque", id = "opaque" }, { name = "opaque", id = "opaque" },
  { name = "opaque", id = "opaque" },
} }

function Decoder:define(id)
  if id < 64 or self.types[id] then bad("type id " .. id .. " twice") end
  if self.type_count >= MAX_TYPES then bad "too many types" end
  local user = self.types
  self.types = BOOTSTRAP
  local ok, wire = pcall(self.any, self, "wire", 0)
  self.types = user
  if not ok then error(wire, 0) end
  local kind, def = next(wire)
  if not kind or next(wire, kind) then bad "unusable type definition" end
  local t = { kind = kind, elem = def.Elem or 0, key = def.Key or 0 }
  t.fields = def.Field or {}
  for _, field in ipairs(t.fields) do
    field.name, field.id = field.Name or "", field.Id or 0
  end
  self.types[id] = t
  self.type_count = self.type_count + 1
end

-- The next whole message into self.s; false while more bytes are needed.
function Decoder:load()
  if self.size == 0 then return false end
  local head = self.pieces[1]
  local first = head:byte()
  local n = first < 128 and 0 or 256 - first
  if n > 8 then bad "message length is malformed" end
  if #head < 1 + n then
    if self.size < 1 + n then return false end
    head = table.concat(self.pieces)
    self.pieces = { head }
  end
  local length = n == 0 and first or string.unpack(">I" .. n, head, 2)
  if length < 0 or length > M.MAX_MESSAGE then
    bad("message is longer than " .. M.MAX_MESSAGE .. " bytes")
  end
  if self.size < 1 + n + length then return false end
  local all = table.concat(self.pieces)
  self.s, self.i = all:sub(2 + n, 1 + n + length), 1
  self.size = #all - (1 + n + length)
  self.pieces = self.size > 0 and { all:sub(-self.size) } or {}
  return true
end

function Decoder:step()
  while self:load() do
    local id = self:int()
    local value
    if id < 0 then
      self:define(-id)
    else
      local t = self.types[id]
      if not (t and t.kind == "struct") and self:uint() ~= 0 then
        bad "bare value does not start with a zero"
      end
      value = { self:any(id, 0), id }
    end
    if self.i <= #self.s then bad "message has bytes left over" end
    if value then return value end
  end
  return nil
end

--- The next value of the stream (definitions are taken in on the way).
---@return any value nil when there is none
---@return string? message "again" when more bytes must be fed first
---@return string? code "again" or "protocol"; after "protocol" give it up
function Decoder:next()
  local ok, value = pcall(self.step, self)
  if ok and value then return value[1] end
  if ok then return nil, "again", "again" end
  if type(value) == "table" and value.protocol then
    return nil, "malformed gob: " .. value.protocol, "protocol"
  end
  error(value, 0)
end

return M
