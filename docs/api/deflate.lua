---@meta host.deflate
-- SPDX-License-Identifier: Apache-2.0
-- Compression as RFC 1951 has it, and the sum that goes with it in archives.
-- std.zip is the module to use. Wrong arguments raise.

local deflate = {}

---The same bytes for the same data, at most a few bytes longer than it.
---@param data string less than 2 GiB
---@return string compressed without the head and tail of zlib or gzip
function deflate.compress(data) end

---@param data string
---@return integer sum CRC-32 as zip, gzip and PNG have it
function deflate.crc32(data) end

return deflate
