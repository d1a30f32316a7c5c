-- SPDX-License-Identifier: Apache-2.0
-- host.rpc, on a recorded exchange, with memory running out (main.c).
local fs = require "host.fs"
local rpc = require "host.rpc"

arm()
local replies <close> =
  assert(fs.open("tests/data/vectors/juju36-config-get.s2c.bin"))
local sent = assert(fs.open(DIR .. "/sent", "w"))
local conn = assert(rpc.adopt(replies, sent))
local result = assert(conn:call {
  context_id = "x", dir = "/", command = "config-get",
  args = { "--format=json" }, stdin = ("x"):rep(2000), timeout = 5,
})
assert(result.code == 0 and result.stdout == "{}\n")
assert(not conn:call { context_id = "x", dir = "/", command = "config-get" })

replies:seek("set", 0)
local second <close> = assert(rpc.adopt(replies, sent))
local number = assert(second:send {
  context_id = "x", dir = "/", command = "config-get",
})
assert(assert(second:receive(number)).stdout == "{}\n")
