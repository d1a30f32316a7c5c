-- SPDX-License-Identifier: Apache-2.0
-- Stands between the dispatches of a trial (tests/support/kill.lua) and its
-- Pebble: takes the socket away at the n-th request, before Pebble has heard
-- it or when it has answered, until `back`.
local fs = require "host.fs"
local net = require "host.lab.net"

local M = {}

---@class tests.PebbleCut
---@field cut boolean the socket was taken away
local Cut = {}
Cut.__index = Cut

local function send(loop, sock, data)
  while data ~= "" do
    local n, _, code = sock:write(data)
    if n then
      data = data:sub(n + 1)
    elseif code == "again" then
      loop:writable(sock:fd())
    else
      return
    end
  end
end

-- Calls each for what comes, until either side is gone or it says false.
local function pump(loop, from, each)
  while true do
    local data, _, code = from:read(65536)
    if data and data ~= "" then
      if each(data) == false then
        return
      end
    elseif code == "again" then
      loop:readable(from:fd())
    else
      return
    end
  end
end

function Cut:take_away()
  if not self.cut then
    self.cut = true
    fs.remove(self.path)
    self.acceptor:cancel()
    self.acceptor:join()
    self.listener:close()
  end
end

-- A request is one write of the client; so many are let through.
local function is_request(data)
  return data:find("^%u+ /v1/") ~= nil
end

local function serve(self, client)
  local loop <const> = self.loop
  local server <const> = assert(net.connect { path = self.real, timeout = 5 })
  local late = false
  local answers <const> = loop:spawn(pump, loop, server, function(data)
    if late then
      self:take_away()
      client:shutdown()
      return false
    end
    send(loop, client, data)
  end)
  pump(loop, client, function(data)
    if is_request(data) then
      self.requests = self.requests + 1
      if self.at == self.requests and self.mode == "before" then
        self:take_away()
        return false
      end
      late = self.at == self.requests
    end
    send(loop, server, data)
  end)
  answers:cancel()
  answers:join()
  client:close()
  server:close()
end

local function accept(self)
  while not self.cut do
    local client, message, code = self.listener:accept()
    if client then
      self.loop:spawn(serve, self, client)
    elseif code == "again" then
      self.loop:readable(self.listener:fd())
    else
      error(message, 0)
    end
  end
end

---Puts the socket back, and lets all requests through from now on.
function Cut:back()
  self.at, self.requests = nil, 0
  if self.cut then
    self.cut = false
    self.listener = assert(net.listen { path = self.path })
    self.acceptor = self.loop:spawn(accept, self)
  end
end

---Takes the socket away at that request, counted from now.
---@param at integer
---@param mode "before"|"after"
function Cut:arm(at, mode)
  self.at, self.mode, self.requests = at, mode, 0
end

---@param trial tests.Trial whose container is ready
---@param name string the container's
---@return tests.PebbleCut
function M.start(trial, name)
  local folder <const> = trial.agent.paths.containers .. "/" .. name
  local self <const> = setmetatable({
    loop = trial.loop, path = folder .. "/pebble.socket",
    real = folder .. "/real.socket", cut = true, requests = 0,
  }, Cut)
  assert(fs.rename(self.path, self.real))
  self:back()
  trial.pebble_socket = self.real
  return self
end

return M
