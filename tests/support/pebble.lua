-- SPDX-License-Identifier: Apache-2.0
-- A Pebble for specs: the one whose socket PEBBLE_SOCKET names, to check the
-- client against the original, or the lab's own supervisor.
local client = require "pebble.client"
local fs = require "host.fs"
local peer = require "tests.support.peer"
local sys = require "host.sys"

local M = {}

---@class tests.Pebble
---@field client pebble.Client
---@field socket string
---@field dir string a folder for files
local Pebble = {}
Pebble.__index = Pebble

---@return tests.Pebble
function M.start()
  local self = setmetatable({
    dir = assert(fs.mkdtemp("/tmp/charmhost-pebble-")),
    socket = sys.getenv "PEBBLE_SOCKET",
  }, Pebble)
  if not self.socket then
    self.peer = peer.supervisor()
    self.socket = self.peer.socket
  end
  self.client = client.new { socket = self.socket, name = "wl" }
  return self
end

local function hex(char)
  return ("%02x"):format(char:byte())
end

---A service or label name that nothing else has used.
---@param prefix string
---@return string
function Pebble.name(_, prefix)
  return prefix .. "-" .. sys.random(4):gsub(".", hex)
end

function Pebble:stop()
  self.client:close()
  if self.peer then
    self.peer:stop()
  end
  fs.remove_all(self.dir)
end

return M
