-- SPDX-License-Identifier: Apache-2.0
-- One unary gRPC call over cleartext HTTP/2, with the messages as bytes: enough
-- to ask a workload whether it answers. Used by charms as ops.grpc.
local errors = require "std.error"
local http = require "host.http"

local M = {}

-- An uncompressed message: a zero byte and its length, then the message.
local PREFIX <const> = ">BI4"
local OK <const> = "0"

---@class ops.grpc.Call
---@field address string
---@field port integer
---@field service string with its package, "grpc.health.v1.Health"
---@field method string
---@field message string? the request, encoded; empty by default
---@field timeout number? seconds for all of it, default 5

local function failure(call, code, happened)
  return errors.new {
    kind = "grpc",
    tried = ("call %s of %s:%d"):format(call.method, call.address, call.port),
    happened = happened,
    data = { code = code },
  }
end

local function read_message(body)
  if #body < string.packsize(PREFIX) then
    return nil
  end
  local compressed, size, start = PREFIX:unpack(body)
  if compressed ~= 0 or #body < start - 1 + size then
    return nil
  end
  return body:sub(start, start - 1 + size)
end

local function request(client, call)
  local message = call.message or ""
  return client:request {
    method = "POST",
    path = ("/%s/%s"):format(call.service, call.method),
    headers = {
      ["content-type"] = "application/grpc",
      te = "trailers",
      ["grpc-timeout"] = ("%dm"):format(math.ceil((call.timeout or 5) * 1000)),
    },
    body = PREFIX:pack(0, #message) .. message,
    timeout = call.timeout or 5,
  }
end

--- Makes the call.
---@param call ops.grpc.Call
---@return string? message the answer, encoded
---@return std.Error? err kind "grpc"; data.code: the gRPC status as a number,
--- or "connect", "timeout", "closed", "protocol"
function M.unary(call)
  local client = http.client {
    url = ("http://%s:%d"):format(call.address, call.port),
    http2 = true,
    connect_timeout = call.timeout or 5,
  }
  local answer, why, code = request(client, call)
  client:close()
  if not answer then
    return nil, failure(call, code, why)
  elseif answer.status ~= 200 then
    return nil, failure(call, "protocol", ("HTTP status %d"):format(
      answer.status))
  end
  local status = answer.trailers["grpc-status"] or answer.headers["grpc-status"]
  if status and status ~= OK then
    local text = answer.trailers["grpc-message"]
      or answer.headers["grpc-message"] or ""
    return nil, failure(call, math.tointeger(tonumber(status)) or "protocol",
      ("gRPC status %s %s"):format(status, text))
  end
  local message = read_message(answer.body)
  if not message then
    return nil, failure(call, "protocol", "the answer holds no message")
  end
  return message
end

return M
