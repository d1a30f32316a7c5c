-- SPDX-License-Identifier: Apache-2.0
-- What `charmhost pack` made ready of a charm's own files, in one file beside
-- them: scripts as bytecode, YAML as JSON. A piece counts only for the very
-- text that it was made of: a script that is edited on the unit is compiled.
local deflate = require "host.deflate"
local fs = require "host.fs"

local M = {}

M.FILE = "charm.compiled"

local MAGIC <const> = "charmhost compiled 1\n"
local SUM <const> = "<I4" -- of all that follows
local PIECE <const> = "<s4I4I4s4" -- name, size and sum of its text, the piece

---@class ops.Compiled
---@field private pieces table<string, {size: integer, sum: integer, piece: string}>
local Compiled = {}
Compiled.__index = Compiled

---The piece made of a file, when it was made of this text.
---@param name string "charm.lua"
---@param text string what the file holds now
---@return string?
function Compiled:of(name, text)
  local made = self.pieces[name]
  if made and made.size == #text and made.sum == deflate.crc32(text) then
    return made.piece
  end
end

-- All that a whole file holds. What is cut or changed on disk is left alone:
-- Lua does not check the bytecode that it runs.
local function pieces_of(data)
  local pieces = {}
  if not data or data:sub(1, #MAGIC) ~= MAGIC then
    return pieces
  end
  local body = data:sub(#MAGIC + 1)
  if #body < SUM:packsize() then
    return pieces
  end
  local sum, at = SUM:unpack(body)
  body, at = body:sub(at), 1
  if deflate.crc32(body) ~= sum then
    return pieces
  end
  while at <= #body do
    local name, size, text_sum, piece, next_at = PIECE:unpack(body, at)
    pieces[name] = { size = size, sum = text_sum, piece = piece }
    at = next_at
  end
  return pieces
end

---@param dir string the charm's folder; without the file nothing is ready
---@return ops.Compiled
function M.open(dir)
  local data = fs.read(dir .. "/" .. M.FILE)
  return setmetatable({ pieces = pieces_of(data) }, Compiled)
end

---The file's content.
---@param pieces {name: string, text: string, piece: string}[]
---@return string
function M.encode(pieces)
  local out = {}
  for i, made in ipairs(pieces) do
    out[i] = PIECE:pack(made.name, #made.text, deflate.crc32(made.text),
      made.piece)
  end
  local body = table.concat(out)
  return MAGIC .. SUM:pack(deflate.crc32(body)) .. body
end

return M
