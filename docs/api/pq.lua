---@meta host.pq
-- SPDX-License-Identifier: Apache-2.0
-- PostgreSQL by libpq; charms use it through pg. Failures are nil, message and
-- a code: an SQLSTATE, "connect", "timeout" or "closed". No message contains
-- the connection's password.

local pq = {}

---@class host.pq.Options
---@field timeout? number seconds, default none

---Looking up a host's name may outlast the timeout.
---@param conninfo string of libpq: "host=… dbname=…" or a postgresql:// URI
---@param options? host.pq.Options
---@return host.pq.conn? connection
---@return string? message
---@return string? code
function pq.connect(conninfo, options) end

---Marks a string as bytea for a parameter.
---@param data string
---@return host.pq.bytes
function pq.bytes(data) end

---@class host.pq.bytes: userdata

---@class host.pq.Result
---@field rows table<string, any>[] integer, float, boolean, string (bytea and
---all other types too); SQL NULL is `std.null`
---@field columns string[] names in order
---@field affected integer rows returned or changed

---@class host.pq.conn
local conn = {}

---Runs one statement. Past the timeout the server is asked to cancel it and
---the connection is closed.
---@param sql string
---@param params? any[] for $1, $2, …: strings, numbers, booleans, `std.null`,
---`pq.bytes`; a type that the statement does not give is text
---@param options? host.pq.Options
---@return host.pq.Result? result
---@return string? message
---@return string? code
function conn:query(sql, params, options) end

---"failed": a statement of the transaction failed, it can only be rolled back.
---@return "idle"|"transaction"|"failed"|"closed"
function conn:status() end

---Closes the connection; closing twice does nothing.
function conn:close() end

return pq
