-- SPDX-License-Identifier: Apache-2.0
-- host.proc with memory running out (main.c).
local fs = require "host.fs"
local proc = require "host.proc"

arm()
local result = assert(proc.run {
  argv = { "/bin/cat" }, stdin = ("x"):rep(100000),
  env = { A = "1", B = "2" }, cwd = "/",
})
assert(result.code == 0 and #result.stdout == 100000)
assert(select(3, proc.run { argv = { "no-such-program" } }) == "ENOENT")
local reader, writer = assert(fs.pipe())
local process = assert(proc.spawn {
  argv = { "/bin/sleep", "60" }, stdin = "pipe", stdout = "pipe",
  stderr = "null", fds = { [5] = writer }, group = true,
})
assert(process:kill("KILL", true))
assert(process:wait().signal == "KILL")
assert(process:stdout():read() == "")
process:close()
reader:close()
