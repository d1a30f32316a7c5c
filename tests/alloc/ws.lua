-- SPDX-License-Identifier: Apache-2.0
-- host.ws, and refused connections of host.http, host.rpc and host.pq, with
-- memory running out (main.c).
local http = require "host.http"
local net = require "host.lab.net"
local pq = require "host.pq"
local rpc = require "host.rpc"
local ws = require "host.ws"

local FRAME <const> = "\x82\x03abc"

arm()
local a, b = assert(net.pair())
b:write(FRAME)
local conn = assert(ws.adopt(a:fd(), { role = "client" }))
a:detach()
assert(conn:recv() == "abc")
assert(conn:send(("x"):rep(1000), "text"))
assert(conn:flush() == 0)
assert(#b:read() > 1000)
assert(select(3, conn:recv()) == "again")
b:close()
assert(select(3, conn:recv()) == "closed")
conn:close()

local socket = DIR .. "/none"
assert(not ws.connect { socket = socket, path = "/x" })
assert(not rpc.connect("unix", socket, 1))
assert(not http.client({ socket = socket }):request { path = "/x" })
assert(select(3, pq.connect("host=" .. DIR .. " user=x", { timeout = 1 })))
