-- SPDX-License-Identifier: Apache-2.0
-- PostgreSQL for charms, with a deadline on each call: the only door to
-- host.pq. Failures are `nil, err`: a structured error of kind "pg" whose
-- data.code is an SQLSTATE, "connect", "timeout" or "closed".
local conninfo = require "pg.conninfo"
local errors = require "std.error"
local host_pq = require "host.pq"
local null = require "std.null"
local quote = require "pg.quote"

local CONNECT_TIMEOUT <const> = 10
local QUERY_TIMEOUT <const> = 30

local M = {
  bytes = host_pq.bytes, -- marks a string as bytea
  conninfo = conninfo,
  null = null,
  quote_ident = quote.ident,
  quote_literal = quote.literal,
}

---@class pg.Connection
---@field private handle host.pq.conn
---@field private timeout number
local Connection = {}
Connection.__index = Connection
Connection.__name = "pg.connection"

---@class pg.Result
---@field rows table<string, any>[] by column name; SQL NULL is `pg.null`
---@field columns string[] in order
---@field affected integer rows returned or changed

local function failure(tried, message, code)
  return errors.new {
    kind = "pg",
    tried = tried,
    happened = message:gsub("^cannot %w+: ", ""),
    data = { code = code },
  }
end

-- Exact libpq text (a newline in a password stays) and what may be shown.
local function describe(options)
  if type(options) == "string" then
    return options, "the database"
  end
  local words = {}
  for key, value in pairs(options) do
    if key ~= "timeout" and key ~= "query_timeout" then
      local text = tostring(value):gsub("[\\']", "\\%0")
      words[#words + 1] = ("%s='%s'"):format(key, text)
    end
  end
  table.sort(words)
  return table.concat(words, " "), ("the database %s on %s:%s as %s"):format(
    options.dbname or "", options.host or "", options.port or "5432",
    options.user or "")
end

---Connects. Options are libpq's keywords (host, port, dbname, user, password,
---sslmode, …) with `timeout`, the seconds to connect (10), and
---`query_timeout`, the seconds a query may take (30); or a libpq string.
---@param options string|pg.Conninfo|table<string, any>
---@return pg.Connection? connection
---@return std.Error? err
function M.connect(options)
  local text, shown = describe(options)
  local is_table = type(options) == "table"
  local handle, message, code = host_pq.connect(text, {
    timeout = is_table and options.timeout or CONNECT_TIMEOUT,
  })
  if not handle then
    return nil, failure("connect to " .. shown, message, code)
  end
  return setmetatable({
    handle = handle,
    timeout = is_table and options.query_timeout or QUERY_TIMEOUT,
  }, Connection)
end

---Runs one statement; $1, $2, … stand for the parameters. The server infers
---a parameter's type from its place: cast it where there is none ($1::int).
---@param sql string
---@param params? any[] strings, numbers, booleans, `pg.null`, `pg.bytes(s)`
---@param options? {timeout?: number} past it the connection is closed
---@return pg.Result? result
---@return std.Error? err
function Connection:query(sql, params, options)
  local result, message, code = self.handle:query(sql, params, {
    timeout = options and options.timeout or self.timeout,
  })
  if not result then
    return nil, failure("query the database", message, code)
  end
  return result
end

---The first row; nil without an error when there is none.
---@param sql string
---@param params? any[]
---@param options? {timeout?: number}
---@return table<string, any>? row
---@return std.Error? err
function Connection:one(sql, params, options)
  local result, err = self:query(sql, params, options)
  if not result then
    return nil, err
  end
  return result.rows[1]
end

---The first column of the first row; nil without an error for no row.
---@param sql string
---@param params? any[]
---@param options? {timeout?: number}
---@return any value
---@return std.Error? err
function Connection:value(sql, params, options)
  local result, err = self:query(sql, params, options)
  if not result then
    return nil, err
  end
  local row = result.rows[1]
  return row and row[result.columns[1]]
end

local function roll_back(self)
  if self:status() ~= "closed" and not self:query("ROLLBACK") then
    self:close()
  end
end

-- After fn has run: commits, or rolls back and says why.
local function finish(self, ok, ...)
  local first, second = ...
  if not ok then
    roll_back(self)
    error(first, 0)
  elseif first == nil and second ~= nil then
    roll_back(self)
    return ...
  elseif self:status() == "failed" then
    -- COMMIT would answer that all is well, having rolled back.
    roll_back(self)
    return nil, failure("commit", "a statement of the transaction failed",
      "25P02")
  end
  local done, err = self:query("COMMIT")
  if not done then
    return nil, err
  elseif first == nil then
    return true
  end
  return ...
end

---Runs fn(connection) between BEGIN and COMMIT. Rolls back when fn raises
---(and raises on), when it returns nil and an error (and returns them), and
---when a statement in it failed.
---@param fn fun(connection: pg.Connection): ...
---@return any ... what fn returned, or true when that was nothing
function Connection:transaction(fn)
  local status = self:status()
  if status == "transaction" or status == "failed" then
    error("a transaction within a transaction", 2)
  end
  local begun, err = self:query("BEGIN")
  if not begun then
    return nil, err
  end
  return finish(self, pcall(fn, self))
end

---@return "idle"|"transaction"|"failed"|"closed"
function Connection:status()
  return self.handle:status()
end

---Closes the connection; closing twice does nothing.
function Connection:close()
  self.handle:close()
end

Connection.__close = Connection.close

return M
