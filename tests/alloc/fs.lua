-- SPDX-License-Identifier: Apache-2.0
-- host.fs, host.sys and host.poll with memory running out (main.c).
local fs = require "host.fs"
local poll = require "host.poll"
local sys = require "host.sys"

arm()
assert(fs.mkdirs(DIR .. "/a/b"))
assert(fs.write(DIR .. "/a/f", ("x"):rep(100000), { mode = 384, sync = true }))
assert(#assert(fs.read(DIR .. "/a/f")) == 100000)
assert(fs.copy(DIR .. "/a/f", DIR .. "/a/g"))
assert(#assert(fs.list(DIR .. "/a")) == 3)
assert(fs.stat(DIR .. "/a").type == "directory")
assert(fs.realpath(DIR .. "/a/../a") == fs.realpath(DIR .. "/a"))
assert(select(3, fs.read(DIR .. "/none")) == "ENOENT")
do
  local file <close> = assert(fs.open(DIR .. "/a/f"))
  assert(#file:read(2000) == 2000)
end
local reader, writer = assert(fs.pipe())
writer:write("x")
local entries = { { fd = reader, read = true }, { fd = 0 } }
assert(poll.wait(entries, 1)[1] == entries[1])
assert(sys.environ().PATH and sys.getpwnam("root") and sys.getgrnam("root"))
assert(#sys.random(3000) == 3000 and #sys.sha256("x") == 64)
assert(fs.remove_all(DIR .. "/a"))
