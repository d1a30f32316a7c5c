-- SPDX-License-Identifier: Apache-2.0
-- Hook tools by the unit agent's socket: one round trip, no process. Answers
-- exactly as the tool run as a program would. Used by juju.tool only.
local rpc = require "host.rpc"
local sys = require "host.sys"

local M = {}

-- The agent listens before it starts the hook; there is nothing to wait for.
local CONNECT_TIMEOUT <const> = 10

---@class juju.Door
---@field max_argument? integer bytes of one argument, nil for no limit
---@field exposes_arguments? boolean others on the machine can read them
---@field name string "socket", "exec", or that of a spec's own
---@field call fun(self, name: string, args: string[], stdin?: string): host.rpc.Result?, ...
---@field send? fun(self, name: string, args: string[], stdin?: string): any, ...
---@field receive? fun(self, ticket: any): host.rpc.Result?, ...
---@field close fun(self: juju.Door)

local Socket = { name = "socket" }
Socket.__index = Socket

---@param context juju.Context
---@return juju.Door?
---@return string? why there is no such door
function M.open(context)
  local network = context.agent_socket_network
  local address = context.agent_socket_address
  if network ~= "unix" or not address or not context.context_id then
    return nil, ("the agent offers no Unix socket (JUJU_AGENT_SOCKET_NETWORK"
      .. " is '%s')"):format(network or "")
  end
  local conn, message = rpc.connect(network, address, CONNECT_TIMEOUT)
  if not conn then
    return nil, message
  end
  return setmetatable({
    conn = conn,
    context_id = context.context_id,
    dir = sys.getcwd(),
    token = context.agent_token,
  }, Socket)
end

local function request(self, name, args, stdin)
  return {
    context_id = self.context_id,
    dir = self.dir,
    command = name,
    args = args,
    stdin = stdin,
    token = self.token,
  }
end

local function answer(result, message, code)
  if code == "rpc" then -- what Juju's own client prints then
    return { code = 1, stdout = "", stderr = ("ERROR %s\n"):format(message) }
  end
  return result, message, code
end

function Socket:call(name, args, stdin)
  return answer(self.conn:call(request(self, name, args, stdin)))
end

--- Does not wait for the answer.
---@return integer? ticket for `receive`
---@return string? message
---@return string? code
function Socket:send(name, args, stdin)
  return self.conn:send(request(self, name, args, stdin))
end

function Socket:receive(ticket)
  return answer(self.conn:receive(ticket))
end

function Socket:close()
  self.conn:close()
end

return M
