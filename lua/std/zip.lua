-- SPDX-License-Identifier: Apache-2.0
-- Writes a zip archive (APPNOTE 6.3: deflated entries, Unix modes, one fixed
-- time), the same bytes for the same entries. `cli.pack` makes charms of it.
local deflate = require "host.deflate"

local M = {}

---@class std.zip.Entry
---@field name string path inside the archive, with / between folders
---@field data string
---@field mode integer permission bits, such as 0x1ed for rwxr-xr-x
---@field link boolean? a symbolic link; data is its target

local MADE_BY_UNIX <const> = 0x0314
local VERSION <const> = 20
local STORED <const>, DEFLATED <const> = 0, 8
local UTF8_NAMES <const> = 0x0800
local REGULAR_FILE <const> = 0x8000
local SYMBOLIC_LINK <const> = 0xA000
local DOS_TIME <const> = 0 -- midnight
local DOS_DATE <const> = 0x21 -- 1 January 1980, the first day zip knows

-- What goes into the archive for an entry: compressed where that is shorter.
local function body_of(entry)
  local packed = not entry.link and deflate.compress(entry.data)
  if packed and #packed < #entry.data then
    return packed, DEFLATED
  end
  return entry.data, STORED
end

-- The fields that the local and the central header have in common.
local function common(entry, body, method)
  return ("<I2I2I2I2I2I4I4I4I2I2"):pack(VERSION, UTF8_NAMES, method, DOS_TIME,
    DOS_DATE, deflate.crc32(entry.data), #body, #entry.data, #entry.name, 0)
end

--- The archive's bytes; the entries in the order of their names.
---@param entries std.zip.Entry[]
---@return string
function M.write(entries)
  local sorted = table.move(entries, 1, #entries, 1, {})
  table.sort(sorted, function(a, b) return a.name < b.name end)
  local out, central, offset = {}, {}, 0
  for _, entry in ipairs(sorted) do
    local body, method = body_of(entry)
    local fields = common(entry, body, method)
    local kind = entry.link and SYMBOLIC_LINK or REGULAR_FILE
    central[#central + 1] = "PK\1\2" .. ("<I2"):pack(MADE_BY_UNIX) .. fields
      .. ("<I2I2I2I4I4"):pack(0, 0, 0, (kind | entry.mode) << 16, offset)
      .. entry.name
    local header = "PK\3\4" .. fields .. entry.name
    out[#out + 1] = header
    out[#out + 1] = body
    offset = offset + #header + #body
  end
  local directory = table.concat(central)
  out[#out + 1] = directory
  out[#out + 1] = "PK\5\6" .. ("<I2I2I2I2I4I4I2"):pack(0, 0, #sorted, #sorted,
    #directory, offset, 0)
  return table.concat(out)
end

return M
