-- SPDX-License-Identifier: Apache-2.0
-- In the place of Temporal's frontend: answers every gRPC call with an empty
-- message. HTTP/2 as far as one call needs it.
local net = require "host.lab.net"

local M = {}

local PREFACE <const> = 24
local HEAD <const> = 9
local DATA <const>, HEADERS <const>, SETTINGS <const> = 0, 1, 4
local END_STREAM <const>, END_HEADERS <const>, ACK <const> = 1, 4, 1
local STATUS_200 <const> = "\x88" -- from the static table

local function frame(kind, flags, stream, payload)
  return (">I3BBI4"):pack(#payload, kind, flags, stream) .. payload
end

local function field(name, value)
  return "\0" .. string.pack("s1s1", name, value)
end

local function answer(stream)
  return frame(HEADERS, END_HEADERS, stream,
      STATUS_200 .. field("content-type", "application/grpc"))
    .. frame(DATA, 0, stream, "\0\0\0\0\0")
    .. frame(HEADERS, END_STREAM | END_HEADERS, stream,
      field("grpc-status", "0"))
end

local function reply_to(kind, flags, stream)
  if kind == SETTINGS and flags & ACK == 0 then
    return frame(SETTINGS, ACK, 0, "")
  elseif (kind == DATA or kind == HEADERS) and flags & END_STREAM ~= 0 then
    return answer(stream)
  end
end

local function serve(loop, sock)
  local buffer, at = "", PREFACE + 1
  sock:write(frame(SETTINGS, 0, 0, ""))
  while true do
    while #buffer >= at + HEAD - 1 do
      local size, kind, flags, stream = (">I3BBI4"):unpack(buffer, at)
      if #buffer < at + HEAD - 1 + size then
        break
      end
      at = at + HEAD + size
      local reply = reply_to(kind, flags, stream)
      if reply then
        sock:write(reply)
      end
    end
    local data, _, code = sock:read(65536)
    if data == "" or not data and code ~= "again" then
      sock:close()
      return
    elseif data then
      buffer = buffer .. data
    else
      loop:readable(sock:fd())
    end
  end
end

---@param loop lab.Loop
---@param address string
---@param port integer
function M.start(loop, address, port)
  local listener = assert(net.listen { host = address, port = port })
  loop:spawn(function()
    while true do
      local sock, _, code = listener:accept()
      if sock then
        loop:spawn(serve, loop, sock)
      elseif code == "again" then
        loop:readable(listener:fd())
      end
    end
  end)
end

return M
