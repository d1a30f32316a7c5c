-- SPDX-License-Identifier: Apache-2.0
-- A server for specs, in a temporary folder: one of the Python peers beside
-- this file, or any program that says "ready" and listens on a Unix socket.
local fs = require "host.fs"
local http = require "host.http"
local poll = require "host.poll"
local proc = require "host.proc"
local sys = require "host.sys"

local M = {}

local START_SECONDS <const> = 20

---@class tests.Peer
---@field dir string
---@field socket string
local Peer = {}
Peer.__index = Peer

---@param argv fun(socket: string): string[]
---@param options? {folder?: string}
---@return tests.Peer started, but maybe not listening yet
function M.spawn(argv, options)
  options = options or {}
  local dir = assert(fs.mkdtemp("/tmp/charmhost-peer-"))
  local folder = options.folder and dir .. "/" .. options.folder or dir
  assert(fs.mkdirs(folder))
  local socket = folder .. "/s"
  return setmetatable({
    dir = dir,
    socket = socket,
    process = assert(proc.spawn {
      argv = argv(socket),
      stdin = "pipe", -- its end ends the peer
      stdout = "pipe",
      stderr = "null",
    }),
  }, Peer)
end

---@param script string name of a script beside this file
---@param options? {folder?: string, argument?: string, arguments?: string[]}
---a folder for the socket; what follows the socket on the command line
---@return tests.Peer listening
function M.start(script, options)
  options = options or {}
  local arguments = options.arguments or { options.argument }
  local self = M.spawn(function(socket)
    return { "python3", "tests/support/" .. script, socket,
      table.unpack(arguments) }
  end, options)
  local out, said = self.process:stdout(), ""
  repeat
    local ready = assert(poll.wait({ { fd = out, read = true } },
      START_SECONDS))
    local data = #ready == 1 and out:read(64) or ""
    said = said .. data
    assert(data ~= "", script .. " did not start")
  until said == "ready\n"
  return self
end

---Waits until the socket is there, for a program that does not say "ready".
---@return tests.Peer self
function Peer:wait_socket()
  local deadline = sys.monotonic() + START_SECONDS
  while not fs.lstat(self.socket) do
    assert(sys.monotonic() < deadline, "no socket at " .. self.socket)
    sys.sleep(0.02)
  end
  return self
end

---The lab's own supervisor, from beside this program.
---@return tests.Peer
function M.supervisor()
  local lab = sys.executable():match "^(.*)/" .. "/charmlab"
  local self = M.spawn(function(socket)
    return { lab, "supervise", "--socket", socket }
  end):wait_socket()
  -- the file is there before its listener
  local client = http.client { socket = self.socket }
  while not client:request { path = "/v1/system-info" } do
    sys.sleep(0.005)
  end
  client:close()
  return self
end

function Peer:stop()
  self.process:kill("TERM")
  if not self.process:wait(10) then
    self.process:kill("KILL")
    self.process:wait(5)
  end
  self.process:close()
  fs.remove_all(self.dir)
end

return M
