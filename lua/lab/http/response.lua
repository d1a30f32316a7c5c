-- SPDX-License-Identifier: Apache-2.0
-- Writes one HTTP/1.1 response: a whole body, a streamed one, or an upgrade.
-- Used by the HTTP server.
local M = {}

local Writer = {}
Writer.__index = Writer

M.REASONS = {
  [101] = "Switching Protocols",
  [200] = "OK",
  [201] = "Created",
  [202] = "Accepted",
  [204] = "No Content",
  [400] = "Bad Request",
  [401] = "Unauthorized",
  [403] = "Forbidden",
  [404] = "Not Found",
  [405] = "Method Not Allowed",
  [408] = "Request Timeout",
  [409] = "Conflict",
  [413] = "Content Too Large",
  [431] = "Request Header Fields Too Large",
  [500] = "Internal Server Error",
  [501] = "Not Implemented",
  [502] = "Bad Gateway",
  [503] = "Service Unavailable",
  [504] = "Gateway Timeout",
  [505] = "HTTP Version Not Supported",
}

---@class lab.http.Response
---@field status integer? 200 when absent
---@field headers table<string, string>?
---@field body (string|fun(writer: lab.http.Writer))? a function streams
---@field upgrade fun(fd: integer, buffered: string)? status 101: takes the fd

---@class lab.http.Writer
---@field failed boolean the client is gone; more writes do nothing

local function format_head(status, headers)
  local names <const> = {}
  for name in pairs(headers) do
    names[#names + 1] = name
  end
  table.sort(names)
  local lines <const> = {
    ("HTTP/1.1 %d %s"):format(status, M.REASONS[status] or "Status"),
  }
  for _, name in ipairs(names) do
    local value <const> = tostring(headers[name])
    assert(not value:find("[\r\n]"), "a line end in a header value")
    lines[#lines + 1] = name .. ": " .. value
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

---@param data string
---@return true? ok
---@return string? message
---@return string? code
function Writer:write(data)
  if self.failed then
    return nil, "cannot write: the client is gone", "closed"
  elseif data == "" or self.skip then
    return true
  elseif self.chunked then
    data = ("%x\r\n%s\r\n"):format(#data, data)
  end
  local ok, message, code = self.stream:write(data)
  self.failed = not ok
  return ok, message, code
end

local function write_streamed(stream, head, response, headers)
  local writer <const> = setmetatable({
    stream = stream,
    chunked = head.version == 1,
    skip = head.method == "HEAD",
    failed = false,
  }, Writer)
  if writer.chunked then
    headers["transfer-encoding"] = "chunked"
  else
    headers.connection = "close"
  end
  if not stream:write(format_head(response.status or 200, headers)) then
    return false
  end
  response.body(writer)
  if writer.chunked and not writer.failed and not writer.skip then
    writer.failed = not stream:write("0\r\n\r\n")
  end
  return writer.chunked and not writer.failed
end

---@param stream lab.http.Stream
---@param head lab.http.Head of the request
---@param response lab.http.Response
---@param keep_alive boolean
---@return boolean usable the connection may carry another request
function M.write(stream, head, response, keep_alive)
  local status <const> = response.status or 200
  local headers <const> = {}
  for name, value in pairs(response.headers or {}) do
    headers[name:lower()] = value
  end
  if response.upgrade then
    if stream:write(format_head(status, headers)) then
      response.upgrade(stream:detach())
    end
    return false
  end
  if not keep_alive then
    headers.connection = "close"
  end
  if type(response.body) == "function" then
    return write_streamed(stream, head, response, headers) and keep_alive
  end
  local body <const> = response.body or ""
  headers["content-length"] = #body
  local text = format_head(status, headers)
  if head.method ~= "HEAD" then
    text = text .. body
  end
  return stream:write(text) ~= nil and keep_alive
end

return M
