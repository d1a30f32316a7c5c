-- SPDX-License-Identifier: Apache-2.0
-- libpq connection strings ("dbname=a host=b") as tables of strings, and back.
-- Pure. Messages never hold the string: there is a password in it.
local M = {}

---@alias pgsql.Conninfo table<string, string> dbname, host, port, user, password, …

local function unescape(text)
  return (text:gsub("\\(.)", "%1"))
end

-- One value from `start`: quoted or up to the next blank.
local function read_value(text, start)
  if text:sub(start, start) ~= "'" then
    local value, stop = text:match("^(%S*)()", start)
    -- An escaped blank belongs to the value.
    while value:match("\\*$"):len() % 2 == 1 and stop <= #text do
      local more, next_stop = text:match("^(%s%S*)()", stop)
      value, stop = value .. more, next_stop
    end
    return unescape(value), stop
  end
  local position = start + 1
  while true do
    local found = text:find("[\\']", position)
    if not found then
      return nil
    elseif text:sub(found, found) == "'" then
      return unescape(text:sub(start + 1, found - 1)), found + 1
    end
    position = found + 2
  end
end

--- Reads a connection string.
---@param text string
---@return pgsql.Conninfo? conninfo
---@return string? err
function M.parse(text)
  local conninfo = {}
  local position = text:match("^%s*()")
  while position <= #text do
    local key, start = text:match("^([%w_]+)%s*=%s*()", position)
    if not key then
      return nil, ("cannot read the connection string: no key at byte %d")
        :format(position)
    end
    local value, stop = read_value(text, start)
    if not value then
      return nil, ("cannot read the connection string: the quote of '%s' is "
        .. "not closed"):format(key)
    end
    conninfo[key] = value
    position = text:match("^%s*()", stop)
  end
  return conninfo
end

--- Writes a connection string: keys sorted, empty values left out.
---@param conninfo pgsql.Conninfo
---@return string
function M.format(conninfo)
  local words = {}
  for key, value in pairs(conninfo) do
    local text = tostring(value):gsub("\n", " "):gsub("[\\']", "\\%0")
    if text ~= "" then
      local form = text:find("%s") and "%s='%s'" or "%s=%s"
      table.insert(words, form:format(key, text))
    end
  end
  table.sort(words)
  return table.concat(words, " ")
end

--- Where a connection leads, without who uses it: fit for logs and databags.
---@param conninfo pgsql.Conninfo
---@return string
function M.place(conninfo)
  return ("%s@%s:%s"):format(conninfo.dbname or "", conninfo.host or "",
    conninfo.port or "5432")
end

return M
