-- SPDX-License-Identifier: Apache-2.0
-- multipart/form-data, as Pebble's files API speaks it: a reader that takes
-- chunks of any size in constant memory, and the headers of a writer. Pure.
local M = {}

local HEADERS_MAX <const> = 16384

---@class pebble.multipart.Reader
---@field private delimiter string
---@field private buffer string what has not been taken yet
---@field private state "preamble"|"delimiter"|"headers"|"body"|"end"
---@field private sink {part: fun(headers: table), data: fun(data: string)}
local Reader = {}
Reader.__index = Reader

---@param content_type string
---@return string? boundary
function M.boundary_of(content_type)
  local kind, rest = content_type:match("^%s*([%w/_-]+)%s*;(.*)$")
  if not kind or kind:lower() ~= "multipart/form-data" then
    return nil
  end
  return rest:match('boundary="([^"]+)"') or rest:match("boundary=([^%s;\"]+)")
end

---`part` is called with each part's headers (and `name`, `filename` of its
---disposition), `data` with the pieces of its content; either may return nil
---and why, which ends the reading.
---@param boundary string
---@param sink {part: fun(headers: table): any, data: fun(data: string): any}
---@return pebble.multipart.Reader
function M.reader(boundary, sink)
  return setmetatable({
    delimiter = "\r\n--" .. boundary,
    buffer = "\r\n", -- the first delimiter has no line before it
    state = "preamble",
    sink = sink,
  }, Reader)
end

local function unescape(text)
  return (text:gsub("\\(.)", "%1"))
end

local function parameter(text, name)
  local at = select(2, text:find(";%s*" .. name .. '="'))
  if not at then
    return nil
  end
  local from = at + 1
  while true do
    at = text:find('["\\]', at + 1)
    if not at then
      return nil
    elseif text:sub(at, at) == '"' then
      return unescape(text:sub(from, at - 1))
    end
    at = at + 1
  end
end

local function parse_headers(text)
  local headers = {}
  for line in text:gmatch("[^\r\n]+") do
    local name, value = line:match("^([^%s:]+):%s*(.-)%s*$")
    if not name then
      return nil, "a part has a malformed header"
    end
    headers[name:lower()] = value
  end
  local disposition = headers["content-disposition"] or ""
  headers.name = parameter(disposition, "name")
  headers.filename = parameter(disposition, "filename")
  return headers
end

local STEPS = {}

-- Where a delimiter that goes on in the next chunk may begin in this one.
local function hold_from(self, chunk)
  local at = chunk:find("\r", -#self.delimiter + 1, true)
  while at do
    local rest = chunk:sub(at)
    if self.delimiter:sub(1, #rest) == rest then
      return at
    end
    at = chunk:find("\r", at + 1, true)
  end
end

-- Content up to the delimiter; what may be the start of one stays.
local function take_content(self, out)
  local at, last = self.buffer:find(self.delimiter, 1, true)
  local size = (at or hold_from(self, self.buffer) or #self.buffer + 1) - 1
  if size > 0 and out then
    local ok, why = out(self.buffer:sub(1, size))
    if not ok then
      return nil, why or "the content was not taken"
    end
  end
  self.buffer = self.buffer:sub((last or size) + 1)
  if at then
    self.state = "delimiter"
  end
  return at ~= nil
end

function STEPS.preamble(self)
  return take_content(self, nil)
end

function STEPS.body(self)
  return take_content(self, self.sink.data)
end

function STEPS.delimiter(self)
  if #self.buffer < 2 then
    return false
  end
  local two = self.buffer:sub(1, 2)
  if two ~= "\r\n" and two ~= "--" then
    return nil, "a boundary is followed by something else"
  end
  self.state = two == "--" and "end" or "headers"
  self.buffer = two == "--" and "" or self.buffer
  return self.state == "headers"
end

function STEPS.headers(self)
  local at, last = self.buffer:find("\r\n\r\n", 1, true)
  if (at or #self.buffer - 2) > HEADERS_MAX then -- their end may be half here
    return nil, "a part has headers above 16 KiB"
  elseif not at then
    return false
  end
  local headers, why = parse_headers(self.buffer:sub(3, at - 1))
  if not headers then
    return nil, why
  end
  self.buffer = self.buffer:sub(last + 1)
  self.state = "body"
  local ok
  ok, why = self.sink.part(headers)
  if not ok then
    return nil, why or "the part was not taken"
  end
  return true
end

STEPS["end"] = function(self)
  self.buffer = ""
  return false
end

-- Most chunks are content and nothing else: they are handed on as they are.
local function pass(self, chunk)
  if self.state ~= "body" or self.buffer ~= ""
    or chunk:find(self.delimiter, 1, true) then
    return nil
  end
  local at = hold_from(self, chunk)
  if at then
    self.buffer, chunk = chunk:sub(at), chunk:sub(1, at - 1)
  end
  local ok, why = true, nil
  if chunk ~= "" then
    ok, why = self.sink.data(chunk)
  end
  return ok and true or false, why or "the content was not taken"
end

---@param chunk string
---@return true?
---@return string? why
function Reader:feed(chunk)
  local passed, reason = pass(self, chunk)
  if passed ~= nil then
    return passed or nil, not passed and reason or nil
  end
  self.buffer = self.buffer .. chunk
  local more, why
  repeat
    more, why = STEPS[self.state](self)
    if more == nil then
      return nil, why
    end
  until not more
  return true
end

---Is all that was fed handed on, and more content to come? Then it may go
---another way, up to the delimiter.
---@return string? delimiter
function Reader:in_content()
  return self.state == "body" and self.buffer == "" and self.delimiter or nil
end

---After the last chunk: was the closing boundary there?
---@return true?
---@return string? why
function Reader:finish()
  if self.state ~= "end" then
    return nil, "it ends without its closing boundary"
  end
  return true
end

local function quote(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

---The bytes before a part's content.
---@param boundary string
---@param fields {name: string, filename?: string, type: string, first?: boolean}
---@return string
function M.part_header(boundary, fields)
  return table.concat {
    fields.first and "" or "\r\n", "--", boundary, "\r\n",
    "Content-Type: ", fields.type, "\r\n",
    'Content-Disposition: form-data; name=', quote(fields.name),
    fields.filename and "; filename=" .. quote(fields.filename) or "",
    "\r\n\r\n",
  }
end

---The bytes after the last part's content.
---@param boundary string
---@return string
function M.closing(boundary)
  return "\r\n--" .. boundary .. "--\r\n"
end

return M
