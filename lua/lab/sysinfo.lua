-- SPDX-License-Identifier: Apache-2.0
-- Small questions to what listens on a container's socket, on the lab's loop;
-- whether it is Pebble: GET /v1/system-info.
local json = require "std.json"
local net = require "host.lab.net"

local M = {}

local REQUEST <const> = "GET %s HTTP/1.1\r\nHost: lab\r\n"
  .. "Connection: close\r\n\r\n"
local MAX <const> = 1 << 20

local function read_all(loop, sock, timeout)
  local parts <const>, size = {}, 0
  while size < MAX do
    local bytes, message, code = sock:read(4096)
    if bytes == "" then
      return table.concat(parts)
    elseif bytes then
      parts[#parts + 1] = bytes
      size = size + #bytes
    elseif code ~= "again" then
      return nil, message
    elseif not loop:readable(sock:fd(), timeout) then
      return nil, "no answer in time"
    end
  end
  return nil, "the answer is too long"
end

---The result of a GET.
---@param loop lab.Loop
---@param path string of the socket
---@param target string
---@param timeout number seconds of silence
---@return any result
---@return string? message
function M.get(loop, path, target, timeout)
  local sock <close>, message = net.connect { path = path, timeout = timeout }
  if not sock then
    return nil, message
  end
  local request <const> = REQUEST:format(target)
  local sent, send_why = sock:write(request)
  if sent ~= #request then
    return nil, send_why or "the request was cut"
  end
  local text, why = read_all(loop, sock, timeout)
  if not text then
    return nil, why
  end
  local body <const> = text:match("{.*}")
  local answer <const> = body and json.decode(body)
  return type(answer) == "table" and answer.result or nil
end

---@param loop lab.Loop
---@param path string of the socket
---@param timeout number seconds of silence
---@return { boot: string, version: string }?
---@return string? message
function M.ask(loop, path, timeout)
  local result <const>, message <const> =
    M.get(loop, path, "/v1/system-info", timeout)
  if message then
    return nil, message
  elseif type(result) ~= "table" or type(result["boot-id"]) ~= "string" then
    return nil, "it does not answer as Pebble does"
  end
  return { boot = result["boot-id"], version = tostring(result.version) }
end

return M
