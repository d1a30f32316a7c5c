-- SPDX-License-Identifier: Apache-2.0
-- host.lab.net, host.lab.pty and host.lab.signals with memory running out
-- (main.c).
local fs = require "host.fs"
local net = require "host.lab.net"
local proc = require "host.proc"
local pty = require "host.lab.pty"
local signals = require "host.lab.signals"
local sys = require "host.sys"

arm()
local long = DIR .. ("/" .. ("d"):rep(60)):rep(2)
assert(fs.mkdirs(long))
for _, place in ipairs { { path = long .. "/s" }, { host = "127.0.0.1" } } do
  local listener = assert(net.listen(place))
  place.port = place.host and listener:port()
  local client = assert(net.connect(place))
  client:write("hello")
  local server = assert(listener:accept())
  assert(server:read() == "hello")
  assert(place.host or server:peercred().pid == sys.getpid())
end
assert(select(3, net.connect { path = long .. "/none" }) == "ENOENT")
local a, b = assert(net.pair())
assert(select(3, a:read()) == "again" and b:fd() ~= a:fd())
local s <close> = assert(signals.block { "USR1", "USR2" })
sys.kill(sys.getpid(), "USR1")
assert(s:read()[1] == "USR1")
local master, slave = assert(pty.open { columns = 10, rows = 5 })
assert(pty.resize(master, 20, 6))
local process <close> = assert(proc.spawn {
  argv = { "/bin/stty", "size" }, stdin = slave, stdout = slave,
  stderr = slave, terminal = true,
})
assert(process:wait().code == 0)
slave:close()
local line = master:read(1)
repeat
  local data, _, code = master:read(100)
  assert(data or code == "EIO")
  line = line .. (data or "")
until not data
assert(line == "6 20\r\n")
