-- SPDX-License-Identifier: Apache-2.0
-- What the soak test's http and tcp checks look at: a server on loopback that
-- answers 200 for the path of a file that is there, and otherwise 503. Prints
-- its port; ends with its standard input.
local fs = require "host.fs"
local http = require "lab.http"
local loops = require "lab.loop"
local net = require "host.lab.net"

local loop = loops.new()
local listener = assert(net.listen { host = "127.0.0.1" })
http.serve(loop, listener, function(request)
  local there = fs.stat(request.path) ~= nil
  return { status = there and 200 or 503, body = there and "yes" or "no" }
end)
io.stdout:write(listener:port(), "\n")
io.stdout:flush()
loop:spawn(function()
  loop:readable(0)
  loop:stop()
end)
loop:run()
