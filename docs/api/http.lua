---@meta host.http
-- SPDX-License-Identifier: Apache-2.0
-- HTTP over a Unix socket or TCP. Failures of the world are nil, message and
-- one of the codes "connect", "timeout", "closed", "too-large", "protocol" (or
-- an errno name where the caller's own descriptor failed).

local http = {}

---@class host.http.ClientOptions
---@field socket? string path of a Unix socket of any length, "@name": abstract
---@field url? string "http://host:port", in place of `socket`
---@field http2? boolean HTTP/2 without upgrade (gRPC), a connection for each
---request; default HTTP/1.1
---@field connect_timeout? number seconds, default 10

---@class host.http.Piece
---@field fd integer|host.fs.file read until its end, or for `size` bytes
---@field size? integer when known; otherwise the body is sent in chunks

---@class host.http.Request
---@field method? string default "GET"
---@field path? string default "/"; percent-encoded by the caller
---@field headers? table<string, string>
---@field body? string|(string|host.http.Piece)[] never sent a second time
---@field timeout? number seconds for all of it, default 30, below 0: none
---@field idle_timeout? number seconds without a byte moving; default: none
---@field max_body? integer default 64 MiB for `request` without a sink
---@field sink? integer|host.fs.file where the body of a 2xx answer goes

---@class host.http.Answer
---@field status integer
---@field headers table<string, string> lower-case names
---@field trailers table<string, string>
---@field body string "" when it went to the sink

---A client keeps its connection for the next request.
---@param options host.http.ClientOptions
---@return host.http.client
function http.client(options) end

---@class host.http.client
local client = {}

---@param request host.http.Request
---@return host.http.Answer? answer
---@return string? message
---@return string? code
function client:request(request) end

---Returns as soon as the headers are there; the body waits for `read`.
---@param request host.http.Request
---@return host.http.response? response
---@return string? message
---@return string? code
function client:stream(request) end

---Closes the connections; open responses end.
function client:close() end

---@class host.http.response
---@field status integer
---@field headers table<string, string>
local response = {}

---@param max? integer default 64 KiB
---@return string? data "" at the end of the body
---@return string? message
---@return string? code
function response:read(max) end

---Copies the body to a descriptor, up to the bytes `stop`, which stay to be
---read, with what follows them, or to its end.
---@param fd integer|host.fs.file
---@param stop string
---@return integer? bytes copied
---@return boolean|string found_or_message false: the body ended without them
---@return string? code
function response:copy(fd, stop) end

---@return table<string, string> trailers those that have arrived
function response:trailers() end

function response:close() end

return http
