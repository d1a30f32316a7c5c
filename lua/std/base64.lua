-- SPDX-License-Identifier: Apache-2.0
-- Base64 as RFC 4648 section 4 has it: standard alphabet, padded, no lines.
local M = {}

local ALPHABET <const> =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local digits <const>, values <const> = {}, {}
for i = 1, #ALPHABET do
  digits[i - 1] = ALPHABET:sub(i, i)
  values[ALPHABET:byte(i)] = i - 1
end

-- Four digits for one to three bytes.
local function encode_group(bytes)
  local a, b, c = bytes:byte(1, 3)
  local bits = a << 16 | (b or 0) << 8 | (c or 0)
  return digits[bits >> 18] .. digits[bits >> 12 & 63]
    .. (b and digits[bits >> 6 & 63] or "=") .. (c and digits[bits & 63] or "=")
end

---@param bytes string
---@return string
function M.encode(bytes)
  return (bytes:gsub("..?.?", encode_group))
end

--- How many characters that many bytes become.
---@param size integer
---@return integer
function M.encoded_size(size)
  return (size + 2) // 3 * 4
end

local function decode_group(group)
  local a, b, c, d = group:byte(1, 4)
  local bits = values[a] << 18 | values[b] << 12 | (values[c] or 0) << 6
    | (values[d] or 0)
  local bytes = string.char(bits >> 16, bits >> 8 & 255, bits & 255)
  return values[c] and (values[d] and bytes or bytes:sub(1, 2))
    or bytes:sub(1, 1)
end

---@param text string
---@return string? bytes
---@return string? message
function M.decode(text)
  if #text % 4 ~= 0 or not text:find "^[A-Za-z0-9+/]*=?=?$" then
    return nil, "it is no base64 text"
  end
  return (text:gsub("....", decode_group))
end

return M
