-- SPDX-License-Identifier: Apache-2.0
-- Pebble for the peers: the same program for each, a daemon of its own for
-- each, and between them and a dispatch, while calls are counted, a proxy
-- that keeps the requests.
local fs = require "host.fs"
local net = require "host.lab.net"
local proc = require "host.proc"
local sys = require "host.sys"

local M = {}

M.SOCKET = "/charm/containers/temporal/pebble.socket"
local START_SECONDS <const> = 20

local function argv_of(socket, dir)
  local real = sys.getenv "CHARMLAB_PEBBLE"
  if real then
    return { real, "run", "--create-dirs" }
  end
  return { sys.executable(), "supervise", "--socket", socket, "--cwd", dir }
end

---@class bench.Pebble
---@field socket string
---@field process host.proc.process

---@param dir string a new folder
---@return bench.Pebble
function M.start(dir)
  assert(fs.mkdirs(dir))
  local socket = dir .. "/pebble.socket"
  local env = sys.environ()
  env.PEBBLE, env.PEBBLE_SOCKET = dir, socket
  env.PATH = "/bench/bin:" .. env.PATH
  local log <close> = assert(fs.open(dir .. "/log", "a"))
  local process = assert(proc.spawn {
    argv = argv_of(socket, dir),
    env = env,
    stdout = log,
    stderr = "stdout",
    group = true,
  })
  local deadline = sys.monotonic() + START_SECONDS
  while not fs.stat(socket) do
    assert(sys.monotonic() < deadline, "Pebble does not come up: see " .. dir)
    sys.sleep(0.01)
  end
  return { socket = socket, process = process }
end

--- Which Pebble a dispatch finds; nil: none.
---@param socket? string
function M.point(socket)
  assert(fs.mkdirs((M.SOCKET:gsub("/[^/]*$", ""))))
  fs.remove(M.SOCKET)
  if socket then
    assert(fs.symlink(socket, M.SOCKET))
  end
end

-- What comes from one side goes to the other, until either ends.
local function pump(loop, from, to, seen)
  while true do
    local data, _, code = from:read(65536)
    if data == "" or not data and code ~= "again" then
      return
    elseif data then
      seen(data)
      local first = 1
      while first <= #data do
        first = first + (to:write(data, first) or 0)
      end
    else
      loop:readable(from:fd())
    end
  end
end

local function relay(loop, client, socket, requests)
  local pebble = assert(net.connect { path = socket })
  local asking = false
  local answers = loop:spawn(pump, loop, pebble, client, function()
    asking = false
  end)
  pump(loop, client, pebble, function(data)
    if asking then
      requests[#requests] = requests[#requests] .. data
    else
      requests[#requests + 1] = data
    end
    asking = true
  end)
  pebble:shutdown()
  answers:join()
  pebble:close()
  client:close()
end

---@class bench.Proxy
---@field socket string of it
---@field target string of the Pebble behind it
---@field requests string[] as they came, in order

---@param loop lab.Loop
---@param socket string
---@return bench.Proxy
function M.proxy(loop, socket)
  local listener = assert(net.listen { path = socket })
  local self = { socket = socket, requests = {} }
  loop:spawn(function()
    while true do
      local client, _, code = listener:accept()
      if client then
        loop:spawn(relay, loop, client, self.target, self.requests)
      elseif code == "again" then
        loop:readable(listener:fd())
      end
    end
  end)
  return self
end

return M
