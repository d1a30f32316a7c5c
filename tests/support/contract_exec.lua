-- SPDX-License-Identifier: Apache-2.0
-- Commands over the three websockets, for the contract suite.
local json = require "std.json"
local poll = require "host.poll"
local sys = require "host.sys"
local ws = require "host.ws"

local M = {}

local LIMIT <const> = 20

---@class tests.ContractExec
---@field change string
---@field task string
---@field result table of the request
---@field text table<string, string> what came, by stream
---@field over table<string, string> how a stream ended: "end", "close", "eof"
local Exec = {}
Exec.__index = Exec

---The request alone.
---@param pebble tests.Contract
---@param argv string[]
---@param request? table more of its fields
---@return tests.ContractExec
function M.request(pebble, argv, request)
  local body = { command = json.array(argv) }
  for name, value in pairs(request or {}) do
    body[name] = value
  end
  local self = setmetatable({ pebble = pebble, conns = {}, text = {},
    over = {} }, Exec)
  self.change, self.result = pebble:begin("/v1/exec", body)
  self.task = self.result["task-id"]
  self.streams = body["split-stderr"] and { "control", "stdio", "stderr" }
    or { "control", "stdio" }
  return self
end

---@param name string
---@return any conn, message, code, status and body as of ws.connect
function Exec:connect(name)
  local conn, message, code, status, body = ws.connect {
    socket = self.pebble.socket,
    path = ("/v1/tasks/%s/websocket/%s"):format(self.task, name),
  }
  if conn then
    self.conns[name] = conn
    self.text[name] = ""
  end
  return conn, message, code, status, body
end

---The request and all its streams.
---@param pebble tests.Contract
---@param argv string[]
---@param request? table
---@return tests.ContractExec
function M.open(pebble, argv, request)
  local self = M.request(pebble, argv, request)
  for _, name in ipairs(self.streams) do
    assert(self:connect(name))
  end
  return self
end

---@param name string
---@param data string
---@param kind? "text"
function Exec:send(name, data, kind)
  assert(self.conns[name]:send(data, kind))
  assert(self.conns[name]:flush())
end

---Says that no more input comes.
function Exec:finish()
  self:send("stdio", '{"command":"end"}', "text")
end

---@param command table
function Exec:control(command)
  self:send("control", json.encode(command), "text")
end

---@param name string "SIGTERM"
function Exec:signal(name)
  self:control { command = "signal", signal = { name = name } }
end

-- All that is there on one stream.
local function receive(self, name)
  local conn = self.conns[name]
  if self.over[name] then
    return
  end
  conn:flush()
  while true do
    local data, kind, code = conn:recv()
    if code == "again" then
      return
    elseif not data or kind == "close" then
      self.over[name] = self.over[name] or (data and "close" or "eof")
      return
    elseif kind == "text" then
      assert(json.decode(data).command == "end", "unknown: " .. data)
      self.over[name] = "end"
      return
    end
    self.text[name] = self.text[name] .. data
  end
end

---Reads until `done` says so, or until stdio and stderr have ended.
---@param done? fun(): any
---@return tests.ContractExec self
function Exec:read(done)
  local deadline = sys.monotonic() + LIMIT
  done = done or function()
    return self.over.stdio and (self.over.stderr or not self.conns.stderr)
  end
  for name in pairs(self.conns) do
    receive(self, name) -- what came with the answer to the upgrade
  end
  while not done() do
    local entries = {}
    for name, conn in pairs(self.conns) do
      if not self.over[name] then
        entries[#entries + 1] = { fd = conn:fd(), name = name, read = true,
          write = conn:pending() > 0 }
      end
    end
    assert(#entries > 0, "the streams have ended")
    assert(sys.monotonic() < deadline, "nothing more came")
    for _, entry in ipairs(assert(poll.wait(entries, 1))) do
      receive(self, entry.name)
    end
  end
  return self
end

function Exec:close()
  for _, conn in pairs(self.conns) do
    conn:close()
  end
end

---Runs a command to its end.
---@param pebble tests.Contract
---@param argv string[]
---@param options? {request?: table, stdin?: string}
---@return {change: table, code: integer?, stdout: string, stderr: string?}
function M.run(pebble, argv, options)
  options = options or {}
  local self = M.open(pebble, argv, options.request)
  if options.stdin then
    self:send("stdio", options.stdin)
  end
  self:finish()
  self:read()
  local change = pebble:wait(self.change)
  self:close()
  local data = change.tasks[1].data
  return {
    change = change,
    code = data and data["exit-code"],
    stdout = self.text.stdio,
    stderr = self.text.stderr,
  }
end

return M
