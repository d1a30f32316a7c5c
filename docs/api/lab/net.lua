---@meta host.lab.net
-- SPDX-License-Identifier: Apache-2.0
-- Stream sockets of the local model, Unix and IPv4, all nonblocking: the loop
-- waits with host.poll. Failures are nil, message and an errno name; "again"
-- says that nothing can be done now.

local net = {}

---@class host.lab.net.Place
---@field path? string Unix socket of any length; "@name": abstract
---@field host? string IPv4 address in digits
---@field port? integer

---@class host.lab.net.ListenOptions: host.lab.net.Place
---@field port? integer 0 or nil: any free one
---@field mode? integer of the socket file, default 0600 (octal)
---@field backlog? integer default 128

---@class host.lab.net.ConnectOptions: host.lab.net.Place
---@field timeout? number seconds, default 10, below 0: none

---A socket file that no server has open is replaced; any other file is not.
---@param options host.lab.net.ListenOptions
---@return host.lab.net.listener? listener
---@return string? message
---@return string? code "EADDRINUSE"
function net.listen(options) end

---Waits for the connection.
---@param options host.lab.net.ConnectOptions
---@return host.lab.net.sock? sock
---@return string? message
---@return string? code "ECONNREFUSED", "ENOENT", "timeout"
function net.connect(options) end

---@return host.lab.net.sock? sock
---@return host.lab.net.sock|string other or message
---@return string? code
function net.pair() end

---The socket owns the descriptor from now on.
---@param fd integer
---@return host.lab.net.sock? sock
---@return string? message
---@return string? code
function net.adopt(fd) end

---@class host.lab.net.listener
local listener = {}

---@return host.lab.net.sock? sock
---@return string? message
---@return string? code "again"
function listener:accept() end

---@return integer? port of TCP
---@return string? message
---@return string? code
function listener:port() end

---@return integer
function listener:fd() end

---The socket file stays.
---@return true also the second time
function listener:close() end

---@class host.lab.net.sock
local sock = {}

---@param max? integer bytes, default 65536
---@return string? data "" at the end
---@return string? message
---@return string? code "again"
function sock:read(max) end

---@param data string
---@param first? integer position in `data` to begin at, default 1
---@return integer? written as many bytes as go now
---@return string? message
---@return string? code "again", "EPIPE"
function sock:write(data, first) end

---Who made the other end of a Unix socket.
---@return { pid: integer, uid: integer, gid: integer }? peer
---@return string? message
---@return string? code
function sock:peercred() end

---Nothing more will be written; reading goes on.
---@return true? done
---@return string? message
---@return string? code
function sock:shutdown() end

---Closes the handle but not the descriptor.
---@return integer fd the caller's to close
function sock:detach() end

---@return integer
function sock:fd() end

---@return true also the second time
function sock:close() end

return net
