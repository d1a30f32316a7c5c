-- SPDX-License-Identifier: Apache-2.0
-- The head of an HTTP/1.1 request, read strictly: what two parsers could
-- understand in two ways is refused. Pure; used by the HTTP server.
local M = {}

local TOKEN <const> = "^[%w!#$%%&'*+.^_`|~-]+$"
local SINGLE <const> = {
  ["content-length"] = true,
  ["host"] = true,
  ["transfer-encoding"] = true,
}

---@class lab.http.Head
---@field method string
---@field target string as sent
---@field path string decoded
---@field query table<string, string> the first value of each name
---@field queries table<string, string[]> all values
---@field version integer 0 or 1, of HTTP/1.x
---@field headers table<string, string> lower-case names
---@field length integer? of the body; nil when chunked
---@field chunked boolean
---@field keep_alive boolean

local function unescape(text)
  if text:gsub("%%%x%x", ""):find("%", 1, true) then
    return nil
  end
  return (text:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

---@param text string what follows the question mark
---@return table<string, string>? first
---@return table<string, string[]>? all
function M.parse_query(text)
  local first, all = {}, {}
  for pair in text:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    name = unescape((name:gsub("+", " ")))
    value = unescape((value:gsub("+", " ")))
    if not name or not value then
      return nil
    end
    first[name] = first[name] or value
    all[name] = all[name] or {}
    table.insert(all[name], value)
  end
  return first, all
end

local function parse_target(head)
  local target = head.target
  target = target:match("^[Hh][Tt][Tt][Pp]://[^/]*(/.*)$") or target
  local path, query = target:match("^(/[^?#]*)%??([^#]*)$")
  head.path = path and unescape(path)
  if not head.path or head.path:find("\0", 1, true) then
    return nil, 400, "malformed request target"
  end
  head.query, head.queries = M.parse_query(query)
  if not head.query then
    return nil, 400, "malformed query"
  end
  return head
end

local function parse_start(line)
  local method, target, version =
    line:match("^(%S+) ([^%c ]+) HTTP/(%d%.%d)$")
  if not method or not method:find(TOKEN) then
    return nil, 400, "malformed request line"
  elseif version ~= "1.0" and version ~= "1.1" then
    return nil, 505, "unsupported HTTP version " .. version
  end
  return parse_target {
    method = method,
    target = target,
    version = math.tointeger(tonumber(version:sub(3))),
    headers = {},
    chunked = false,
  }
end

local function add_header(headers, line)
  local name, value = line:match("^([^:]+):[ \t]*(.-)[ \t]*$")
  if not name or not name:find(TOKEN) or value:find("[\0\r\n]") then
    return nil, 400, "malformed header line"
  end
  name = name:lower()
  if headers[name] and SINGLE[name] then
    return nil, 400, "more than one " .. name .. " header"
  elseif headers[name] then
    value = headers[name] .. ", " .. value
  end
  headers[name] = value
  return true
end

local function frame_body(head)
  local headers <const> = head.headers
  local coding, length = headers["transfer-encoding"],
    headers["content-length"]
  if coding and length then
    return nil, 400, "both transfer-encoding and content-length"
  elseif coding and coding:lower() ~= "chunked" then
    return nil, 501, "unsupported transfer-encoding"
  elseif length and not length:find("^%d+$") or length and #length > 15 then
    return nil, 400, "malformed content-length"
  end
  head.chunked = coding ~= nil
  if not head.chunked then
    head.length = length and math.tointeger(tonumber(length)) or 0
  end
  return head
end

---@param text string up to and with the empty line
---@return lab.http.Head? head
---@return integer? status for the refusal
---@return string? message
function M.parse(text)
  local lines <const> = {}
  for line in text:gmatch("(.-)\r?\n") do
    lines[#lines + 1] = line
  end
  local head, status, message = parse_start(lines[1] or "")
  if not head then
    return nil, status, message
  end
  for i = 2, #lines - 1 do
    local ok
    ok, status, message = add_header(head.headers, lines[i])
    if not ok then
      return nil, status, message
    end
  end
  if head.version == 1 and not head.headers.host then
    return nil, 400, "missing host header"
  end
  local connection <const> = (head.headers.connection or ""):lower()
  head.keep_alive = head.version == 1
    and not connection:find("close", 1, true)
    or connection:find("keep-alive", 1, true) ~= nil
  return frame_body(head)
end

return M
