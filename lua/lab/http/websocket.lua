-- SPDX-License-Identifier: Apache-2.0
-- The server's half of a WebSocket handshake (RFC 6455, 4.2). The frames are
-- host.ws's business. SHA-1 is here for the handshake alone: it proves that
-- the server read the key, and protects nothing.
local M = {}

local GUID <const> = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
local BASE64 <const> =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local MASK <const> = 0xffffffff

local function rotate(x, n)
  return (x << n | x >> (32 - n)) & MASK
end

local function expand(block, at)
  local w <const> = { string.unpack((">I4"):rep(16), block, at) }
  for i = 17, 80 do
    w[i] = rotate(w[i - 3] ~ w[i - 8] ~ w[i - 14] ~ w[i - 16], 1)
  end
  return w
end

local function round(i, b, c, d)
  if i <= 20 then
    return d ~ (b & (c ~ d)), 0x5a827999
  elseif i <= 40 then
    return b ~ c ~ d, 0x6ed9eba1
  elseif i <= 60 then
    return (b & c) | (b & d) | (c & d), 0x8f1bbcdc
  end
  return b ~ c ~ d, 0xca62c1d6
end

---@param text string
---@return string digest 20 bytes
function M.sha1(text)
  local h <const> = {
    0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0,
  }
  local padded <const> = text .. "\x80" .. ("\0"):rep((55 - #text) % 64)
    .. string.pack(">I8", #text * 8)
  for at = 1, #padded, 64 do
    local w <const> = expand(padded, at)
    local a, b, c, d, e = table.unpack(h)
    for i = 1, 80 do
      local f, k = round(i, b, c, d)
      a, b, c, d, e = (rotate(a, 5) + f + e + k + w[i]) & MASK, a,
        rotate(b, 30), c, d
    end
    for i, x in ipairs { a, b, c, d, e } do
      h[i] = (h[i] + x) & MASK
    end
  end
  return string.pack(">I4I4I4I4I4", table.unpack(h))
end

---@param bytes string
---@return string text
function M.base64(bytes)
  local text <const> = bytes:gsub("..?.?", function(group)
    local a, b, c = group:byte(1, 3)
    local n <const> = a << 16 | (b or 0) << 8 | (c or 0)
    local out = ""
    for shift = 18, 0, -6 do
      local digit <const> = (n >> shift & 63) + 1
      out = out .. BASE64:sub(digit, digit)
    end
    return out:sub(1, #group + 1) .. ("="):rep(3 - #group)
  end)
  return text
end

---@param request lab.http.Request
---@param upgrade fun(fd: integer, buffered: string) gets the connection
---@return lab.http.Response? response nil if it is no proper upgrade
---@return string? message
function M.accept(request, upgrade)
  local headers <const> = request.headers
  local key <const> = headers["sec-websocket-key"]
  if request.method ~= "GET"
    or not (headers.connection or ""):lower():find("upgrade", 1, true)
    or (headers.upgrade or ""):lower() ~= "websocket"
  then
    return nil, "not a websocket upgrade"
  elseif headers["sec-websocket-version"] ~= "13" then
    return nil, "unsupported websocket version"
  elseif not key or #key ~= 24 then
    return nil, "malformed websocket key"
  end
  return {
    status = 101,
    headers = {
      ["connection"] = "Upgrade",
      ["upgrade"] = "websocket",
      ["sec-websocket-accept"] = M.base64(M.sha1(key .. GUID)),
    },
    upgrade = upgrade,
  }
end

return M
