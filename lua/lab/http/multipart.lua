-- SPDX-License-Identifier: Apache-2.0
-- A multipart/form-data body read part by part, in constant memory. Part
-- bodies are exact: nothing but the boundary's own line end is taken off.
local M = {}
M.__index = M

local HEAD_MAX <const> = 16384

---@class lab.http.Multipart
---@field source fun(): string?, string?, string? the next piece, "" at the end

---@param content_type string?
---@return string? boundary
function M.boundary(content_type)
  local kind, rest = (content_type or ""):match("^([^;]+);(.*)$")
  if not kind or kind:lower():match("^%s*(.-)%s*$") ~= "multipart/form-data"
  then
    return nil
  end
  return rest:match('[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]="([^"]+)"')
    or rest:match("[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]=([^;%s]+)")
end

---@param source fun(): string?, string?, string?
---@param boundary string
---@return lab.http.Multipart
function M.new(source, boundary)
  return setmetatable({
    source = source,
    mark = "\r\n--" .. boundary,
    buffer = "\r\n", -- the first boundary has no line end before it
    in_part = true, -- the preamble, read like a part and thrown away
  }, M)
end

local function more(self)
  local data, message, code = self.source()
  if not data or data == "" then
    return nil, message or "the body ends within a part", code or "closed"
  end
  self.buffer = self.buffer .. data
  return true
end

---Reads the current part's body.
---@return string? data "" at its end
---@return string? message
---@return string? code
function M:read()
  while self.in_part do
    local at <const> = self.buffer:find(self.mark, 1, true)
    local safe <const> = at and at - 1 or #self.buffer - #self.mark + 1
    if safe > 0 then
      local data <const> = self.buffer:sub(1, safe)
      self.buffer = self.buffer:sub(safe + 1)
      return data
    elseif at then
      self.buffer = self.buffer:sub(#self.mark + 1)
      self.in_part = false
    else
      local ok, message, code = more(self)
      if not ok then
        return nil, message, code
      end
    end
  end
  return ""
end

local function parse_quoted(text, at)
  local out <const> = {}
  while at <= #text and text:sub(at, at) ~= '"' do
    if text:sub(at, at) == "\\" then
      at = at + 1
    end
    out[#out + 1] = text:sub(at, at)
    at = at + 1
  end
  return table.concat(out), at + 1
end

-- form-data; name="files"; filename="a \"quoted\" one"
local function parse_disposition(text)
  local found <const> = {}
  local at = text:find(";", 1, true)
  while at do
    local name, start = text:match("^;%s*([%w*-]+)%s*=%s*()", at)
    if not name then
      return found
    elseif text:sub(start, start) == '"' then
      found[name:lower()], at = parse_quoted(text, start + 1)
    else
      found[name:lower()], at = text:match("^([^;%s]*)()", start)
    end
    at = text:find(";", at, true)
  end
  return found
end

local function parse_head(text)
  local headers <const> = {}
  for line in text:gmatch("(.-)\r\n") do
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if not name then
      return nil, "malformed part header", "protocol"
    end
    headers[name:lower()] = value
  end
  local found <const> = parse_disposition(headers["content-disposition"] or "")
  return { name = found.name, filename = found.filename, headers = headers }
end

---Goes to the next part, skipping what is left of the current one.
---@return { name: string?, filename: string?, headers: table }? part
---@return string? message nil at the end of all parts
---@return string? code
function M:next()
  repeat
    local data, message, code = self:read()
    if not data then
      return nil, message, code
    end
  until data == ""
  while true do
    if self.buffer:sub(1, 2) == "--" then
      return nil
    end
    local stop <const> = self.buffer:find("\r\n\r\n", 1, true)
    if (stop or #self.buffer - 2) > HEAD_MAX then -- its end may be half here
      return nil, "part header too large", "too-large"
    elseif stop then
      local head <const> = self.buffer:sub(1, stop + 1)
      self.buffer = self.buffer:sub(stop + 4)
      self.in_part = true
      return parse_head((head:gsub("^[ \t]*\r\n", "")))
    end
    local ok, message, code = more(self)
    if not ok then
      return nil, message, code
    end
  end
end

return M
