---@meta host.rpc
-- SPDX-License-Identifier: Apache-2.0
-- Calls of Juju's unit agent (Go net/rpc with gob). Failures of the world are
-- nil, message and a code: "rpc" (the agent refused; the message is its text,
-- the connection lives on), "closed", "timeout", "protocol", "too-large",
-- "connect" or an errno name. After any but "rpc" and "too-large" the
-- connection is closed, and whether the agent acted is not known.

local rpc = {}

---@param network string JUJU_AGENT_SOCKET_NETWORK; only "unix" is supported
---@param address string a path of any length, or "@name": abstract
---@param timeout? number seconds, below 0 or nil: none
---@return host.rpc.conn?
---@return string? message
---@return string? code
function rpc.connect(network, address, timeout) end

---Takes over a connected descriptor; a file stays open and its owner's.
---@param fd integer|host.fs.file
---@param out? integer|host.fs.file where requests go, `fd` unless given
---@return host.rpc.conn?
---@return string? message
---@return string? code
function rpc.adopt(fd, out) end

---@class host.rpc.Call
---@field context_id string
---@field dir string absolute
---@field command string the hook tool
---@field args? string[] without the tool's name
---@field stdin? string "" is an empty standard input, nil is none
---@field token? string JUJU_AGENT_TOKEN
---@field timeout? number seconds, below 0 or nil: none

---@class host.rpc.Result
---@field code integer
---@field stdout string
---@field stderr string

---@class host.rpc.conn
local conn = {}

---Sends the call and waits for its reply.
---@param call host.rpc.Call
---@return host.rpc.Result?
---@return string? message
---@return string? code
function conn:call(call) end

---Sends the call alone; others may follow before its reply is asked for. When
---much is on its way already, replies are read (and kept) first.
---@param call host.rpc.Call
---@return integer? number of the call, for `receive`
---@return string? message
---@return string? code
function conn:send(call) end

---Waits for the reply to a call that was sent. Each can be had once; replies
---to other calls that come before it are kept.
---@param number integer
---@param timeout? number seconds, below 0 or nil: none
---@return host.rpc.Result?
---@return string? message
---@return string? code
function conn:receive(number, timeout) end

---Also done by `local conn <close>`, and by the collector.
function conn:close() end

return rpc
