-- SPDX-License-Identifier: Apache-2.0
-- host.http with memory running out (main.c); the peer answers thrice.
local fs = require "host.fs"
local http = require "host.http"
local proc = require "host.proc"

local PEER <const> = [[
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(4)
print(flush=True)
for _ in range(3):
    conn, _ = listener.accept()
    conn.recv(65536)
    conn.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nA: b\r\nA: c\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n"
                 b"3\r\nabc\r\n0\r\nT: u\r\n\r\n")
    conn.shutdown(socket.SHUT_WR)
    try:  # the request's body may still be on its way
        while conn.recv(65536):
            pass
    except ConnectionError:
        pass
    conn.close()
]]

local socket = DIR .. "/s"
local server = assert(proc.spawn {
  argv = { "/usr/bin/python3", "-c", PEER, socket },
  stdin = "null", stdout = "pipe", stderr = "null",
})
server:stdout():read(1)

arm()
local client = http.client { socket = socket }
local answer = assert(client:request {
  method = "POST", path = "/x", headers = { A = "b" }, body = { "x", "y" },
})
assert(answer.body == "abc" and answer.headers.a == "b, c")
assert(answer.trailers.t == "u")
local stream = assert(client:stream { path = "/x" })
assert(stream.status == 200 and stream.headers.a)
assert(stream:read() == "abc")
assert(stream:read() == "")
assert(stream:trailers().t == "u")
stream:close()
local copied = assert(client:stream { path = "/x" })
local file = assert(fs.open(DIR .. "/copy", "w"))
assert(copied:copy(file, "c") == 2)
assert(copied:read() == "c")
file:close()
client:close()
server:close()
