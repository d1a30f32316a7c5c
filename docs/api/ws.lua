---@meta host.ws
-- SPDX-License-Identifier: Apache-2.0
-- WebSocket connections (RFC 6455, no extensions) over Unix sockets. Opening
-- one blocks up to its timeout; from then on nothing does: wait for `fd` with
-- host.poll. Failures are nil, message and one of the codes "connect",
-- "timeout", "closed", "protocol", "too-large", "refused", "again".

local ws = {}

---@class host.ws.ConnectOptions
---@field socket string path of a Unix socket, or "@name"
---@field path? string default "/"
---@field headers? table<string, string>
---@field timeout? number seconds for connecting and upgrading, default 10
---@field max_message? integer bytes, default 16 MiB

---@param options host.ws.ConnectOptions
---@return host.ws.conn? conn
---@return string? message
---@return string? code
---@return integer? status of the HTTP answer, when the upgrade was refused
---@return string? body of that answer
function ws.connect(options) end

---@class host.ws.AdoptOptions
---@field role? "server"|"client" default "server"
---@field buffered? string what was read from the descriptor already
---@field max_message? integer bytes, default 16 MiB

---Takes over a connection whose upgrade was done elsewhere, and owns it.
---@param fd integer
---@param options host.ws.AdoptOptions
---@return host.ws.conn? conn
---@return string? message
---@return string? code
function ws.adopt(fd, options) end

---@class host.ws.conn
local conn = {}

---@return integer fd for host.poll: readable for recv, writable while pending
function conn:fd() end

---Queues a message; "again" when 1 MiB is waiting already.
---@param data string
---@param kind? "binary"|"text" default "binary"
---@return true? ok
---@return string? message
---@return string? code
function conn:send(data, kind) end

---Sends as much as the socket takes now.
---@return integer? pending bytes still queued
---@return string? message
---@return string? code
function conn:flush() end

---The next message. Call it until "again" before waiting: several messages
---may have come in one read. Pings are answered here.
---@return string? data of a "close": its reason
---@return string message_or_kind "binary", "text", "close"; or the message
---@return string? code
function conn:recv() end

---@return integer pending bytes queued and not sent
function conn:pending() end

---Queues the closing frame; the peer's answer arrives by recv.
---@param status? integer default 1000
function conn:finish(status) end

---Drops the connection without a closing frame.
function conn:close() end

return ws
