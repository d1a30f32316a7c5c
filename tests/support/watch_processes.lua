-- SPDX-License-Identifier: Apache-2.0
-- Writes every command line that any process of the machine shows, each once,
-- until STOP exists: what a curious user would see in /proc meanwhile.
-- usage: charmhost run tests/support/watch_processes.lua OUT STOP
local fs = require "host.fs"
local sys = require "host.sys"

local OUT <const>, STOP <const> = arg[1], arg[2]
local INTERVAL <const> = 0.01

local seen = {}
repeat
  for _, pid in ipairs(assert(fs.list("/proc"))) do
    local line = pid:find("^%d+$") and fs.read("/proc/" .. pid .. "/cmdline")
    if line and line ~= "" and not seen[line] then
      seen[line] = true
      assert(fs.append(OUT, (line:gsub("%z", " ")) .. "\n"))
    end
  end
  sys.sleep(INTERVAL)
until fs.stat(STOP)
