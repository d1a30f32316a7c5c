-- SPDX-License-Identifier: Apache-2.0
-- The agent's side of hook tools: net/rpc with gob on a listener, for one run.
-- serve(loop, listener, {context_id=, handler=}); handler(request) gets
-- {context_id, dir, command, args, stdin_set, stdin} inside a task, one call
-- at a time, and returns {code=, stdout=, stderr=} (all optional) or nil and
-- the text of an rpc error (STDIN_REQUIRED, unknown_command(name), ...).
local gob = require "lab.gob"
local requests = require "lab.hooktools.request"

local M = {}

--- What a handler answers when it must read stdin and stdin_set is false.
M.STDIN_REQUIRED = "hook tool requires stdin, none supplied"

M.unknown_command = requests.unknown_command

-- The ids that Juju's agent happens to have; clients match fields by name.
local RESPONSE <const> = { id = 64, name = "Response", fields = {
  { "ServiceMethod", "string" }, { "Seq", "uint" }, { "Error", "string" },
} }
local RESULT <const> = { id = 65, name = "ExecResponse", fields = {
  { "Code", "int" }, { "Stdout", "bytes" }, { "Stderr", "bytes" },
} }
local NOTHING <const> = { id = 66, name = "", fields = {} }

---@class hooktools.Options
---@field context_id string of this run
---@field handler fun(request: hooktools.Request): table?, string?
---@field token? string expected; "" by default
---@field knows? fun(command: string): boolean which tools there are

---@class hooktools.Connection one client
local Connection = {}
Connection.__index = Connection

local function define(conn, type)
  if conn.defined[type] then return "" end
  conn.defined[type] = true
  return gob.definition(type)
end

--- The bytes of one reply.
---@param header table
---@param result? table
---@return string
function Connection:encode(header, result)
  local reply = {
    define(self, RESPONSE), gob.value(RESPONSE, header),
  }
  local kind = result and RESULT or NOTHING
  reply[3] = define(self, kind)
  reply[4] = gob.value(kind, result and {
    Code = result.code, Stdout = result.stdout, Stderr = result.stderr,
  } or {})
  return table.concat(reply)
end

function Connection:read_value()
  while true do
    local value, message, code = self.decoder:next()
    if value ~= nil or code ~= "again" then return value, message end
    local bytes, _, why = self.sock:read(65536)
    if bytes == "" or not bytes and why ~= "again" then return nil end
    if bytes then
      self.decoder:feed(bytes)
    else
      self.loop:readable(self.sock:fd())
    end
  end
end

function Connection:write(bytes)
  local from = 1
  while from <= #bytes do
    local n, _, why = self.sock:write(from == 1 and bytes or bytes:sub(from))
    if n then
      from = from + n
    elseif why == "again" then
      self.loop:writable(self.sock:fd())
    else
      return false
    end
  end
  return true
end

-- One call of the client; false when there is no more of them.
function Connection:turn()
  local header = self:read_value()
  local body = header and self:read_value()
  if not body then return false end
  local method, seq = header.ServiceMethod or "", header.Seq or 0
  local request = requests.parse(body)
  if type(method) ~= "string" or math.type(seq) ~= "integer" or not request then
    return false
  end
  local result, text = self.server:answer(method, request)
  local reply = { ServiceMethod = method, Seq = seq }
  if not result then reply.Error = text end
  return self:write(self:encode(reply, result))
end

---@class hooktools.Server one run's server; it owns listener and connections
local Server = {}
Server.__index = Server

local function traced(err)
  return { err = err, trace = debug.traceback(tostring(err), 2) }
end

-- Tools run one at a time, over all the connections of a run.
function Server:answer(method, request)
  local wrong = requests.check(self.options, method, request)
  if wrong then return nil, wrong end
  while self.busy do self.idle:wait() end
  self.busy = true
  local ok, result, text = xpcall(self.options.handler, traced, request)
  self.busy = false
  self.idle:pulse()
  if ok then return result, text end
  if result.err == self.loop.cancelled then error(result.err, 0) end
  self.loop.on_error(self.loop.current, result.trace, result.err)
  return nil, ("%s failed in the model: %s"):format(request.command,
    tostring(result.err))
end

local function drop(server, sock)
  sock:close()
  server.connections[sock] = nil
  if next(server.connections) == nil then server.empty:pulse() end
end

local function run_connection(server, sock)
  local conn = setmetatable({
    loop = server.loop, server = server, sock = sock,
    decoder = gob.decoder(), defined = {},
  }, Connection)
  local _ <close> = setmetatable({}, { __close = function()
    drop(server, sock)
  end })
  while conn:turn() do end
end

local function accept(server)
  while true do
    local sock, message, code = server.listener:accept()
    if sock then
      local task = server.loop:spawn(run_connection, server, sock)
      task.name = "hook tool connection"
      server.connections[sock] = task
    elseif code == "again" then
      server.loop:readable(server.listener:fd())
    else
      error("cannot accept hook tool calls: " .. tostring(message), 0)
    end
  end
end

--- Serves until stop(). Takes over the listener.
---@param loop lab.Loop
---@param listener table host.lab.net listener
---@param options hooktools.Options
---@return hooktools.Server
function M.serve(loop, listener, options)
  local server = setmetatable({
    loop = loop, listener = listener, options = options, busy = false,
    idle = loop:event(), empty = loop:event(), connections = {},
  }, Server)
  server.acceptor = loop:spawn(accept, server)
  server.acceptor.name = "hook tool server"
  return server
end

--- No further client; the ones that are connected go on, as with the agent.
function Server:stop()
  if self.stopped then return end
  self.stopped = true
  self.acceptor:cancel()
  self.acceptor:join()
  self.listener:close()
end

--- Waits until every client has closed its connection.
---@param timeout? number
---@return true? done
---@return string? message
---@return string? code "timeout"
function Server:wait(timeout)
  if next(self.connections) == nil then return true end
  return self.empty:wait(timeout)
end

--- Stops and drops the clients that are left.
function Server:close()
  self:stop()
  while true do
    local sock, task = next(self.connections)
    if not sock then return end
    task:cancel()
    task:join()
    drop(self, sock)
  end
end

return M
