-- SPDX-License-Identifier: Apache-2.0
-- Connection strings of libpq ("dbname=a host=b"), as relations carry them.
-- A Conninfo is a table of its fields: conninfo.host. Printing one hides its
-- passwords; `text` and `uri` do not, and no message here quotes its input.
local M = {}

---@class pg.Conninfo
---@field dbname? string
---@field host? string
---@field port? string
---@field user? string
---@field password? string
---@field [string] any every other keyword of libpq, as a string
local Conninfo = {}
Conninfo.__index = Conninfo
Conninfo.__name = "pg.conninfo"

local SECRET <const> = { password = true, sslpassword = true }
-- What a URI says elsewhere than after the "?".
local IN_PLACE <const> = {
  dbname = true, host = true, password = true, port = true, user = true,
}

-- Strings, with numbers taken as text; a newline becomes a space, as no
-- relation can carry it; empty values are dropped.
local function clean(fields)
  local out = setmetatable({}, Conninfo)
  for key, value in pairs(fields) do
    if type(value) ~= "string" and type(value) ~= "number" then
      error(("field '%s': string expected, got %s"):format(key, type(value)), 3)
    elseif type(key) ~= "string" or not key:find("^[%w_]+$")
      or Conninfo[key] then
      error(("field '%s': not a keyword of libpq"):format(key), 3)
    end
    local text = tostring(value):gsub("\n", " ")
    out[key] = text ~= "" and text or nil
  end
  return out
end

---@param fields table<string, string|number>
---@return pg.Conninfo
function M.new(fields)
  return clean(fields)
end

-- Reads the value that begins at `at`; returns it and what follows.
local function read_value(text, at)
  local plain <const>, after <const> = text:match("^([^%s\\']+)()", at)
  if plain and (after > #text or text:find("^%s", after)) then
    return plain, after
  end
  local quoted = text:sub(at, at) == "'"
  local out = {}
  at = quoted and at + 1 or at
  while at <= #text do
    local char = text:sub(at, at)
    if quoted and char == "'" then
      return table.concat(out), at + 1
    elseif not quoted and char:find("%s") then
      break
    elseif char == "\\" then
      at = at + 1
      char = text:sub(at, at)
    end
    out[#out + 1] = char
    at = at + 1
  end
  if not quoted then
    return table.concat(out), at
  end
end

---Reads a connection string.
---@param text string
---@param fields? table<string, string|number> they win over those in the text
---@return pg.Conninfo? conninfo
---@return string? message says where, but quotes nothing
function M.parse(text, fields)
  local out = {}
  local at = text:match("^%s*()")
  while at <= #text do
    local key, value_at = text:match("^([%w_]+)%s*=%s*()", at)
    if not key or Conninfo[key] then
      return nil, ("cannot read the connection string: no keyword at byte %d")
        :format(at)
    end
    local value, next_at = read_value(text, value_at)
    if not value or next_at <= #text and not text:find("^%s", next_at) then
      return nil, ("cannot read the connection string: the value that begins"
        .. " at byte %d does not end"):format(value_at)
    end
    out[key] = value
    at = text:match("^%s*()", next_at)
  end
  for key, value in pairs(fields or {}) do
    out[key] = value
  end
  return clean(out)
end

local function build(conninfo, form)
  local words = {}
  for key, value in pairs(conninfo) do
    words[#words + 1] = form(key, value)
  end
  table.sort(words)
  return table.concat(words, " ")
end

local function word(key, value)
  local escaped = value:gsub("[\\']", "\\%0")
  return (escaped:find("%s") and "%s='%s'" or "%s=%s"):format(key, escaped)
end

---The connection string: sorted by keyword, quoted where there is a blank.
---@return string
function Conninfo:text()
  return build(self, word)
end

---The same with *** in place of passwords: fit for logs.
---@return string
function Conninfo:__tostring()
  return build(self, function(key, value)
    return SECRET[key] and key .. "=***" or word(key, value)
  end)
end

function Conninfo.__eq(a, b)
  return getmetatable(b) == Conninfo and a:text() == b:text()
end

local function percent(text)
  return (text:gsub("[^%w._~-]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

---@return string uri "postgresql://user:password@host:port/dbname?key=value"
function Conninfo:uri()
  local login = self.user and percent(self.user) or ""
  if self.password then
    login = login .. ":" .. percent(self.password)
  end
  local host = self.host or ""
  local place = host:find(":", 1, true) and "[" .. host .. "]" or percent(host)
  if self.port then
    place = place .. ":" .. percent(self.port)
  end
  local rest = {}
  for key, value in pairs(self) do
    if not IN_PLACE[key] then
      rest[#rest + 1] = key .. "=" .. percent(value)
    end
  end
  table.sort(rest)
  return "postgresql://" .. (login ~= "" and login .. "@" or "") .. place
    .. "/" .. percent(self.dbname or "")
    .. (rest[1] and "?" .. table.concat(rest, "&") or "")
end

---A copy with some fields changed; "" removes one.
---@param fields table<string, string|number>
---@return pg.Conninfo
function Conninfo:with(fields)
  local out = {}
  for key, value in pairs(self) do
    out[key] = value
  end
  for key, value in pairs(fields) do
    out[key] = value
  end
  return clean(out)
end

return M
