# SPDX-License-Identifier: Apache-2.0
"""A WebSocket server that says anything, for tests/unit/host/ws_spec.lua.

usage: python3 ws_peer.py SOCKET: each path is one behaviour below; a path
/raw/HEX upgrades, sends these bytes and closes; /open/HEX stays open and then
reports the bytes it received. Prints "ready"; ends when its stdin does.
"""
import base64
import hashlib
import os
import socket
import struct
import sys
import threading
import time

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def exactly(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def read_frame(stream):
    first, second = exactly(stream, 2)
    size = second & 127
    if size == 126:
        size, = struct.unpack(">H", exactly(stream, 2))
    elif size == 127:
        size, = struct.unpack(">Q", exactly(stream, 8))
    assert second & 128, "a client's frames are masked"
    key = exactly(stream, 4)
    data = exactly(stream, size)
    mask = (key * (size // 4 + 1))[:size]
    data = (int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")
            ).to_bytes(size, "big")
    return first, data


def frame(first, data):
    size = len(data)
    if size < 126:
        return bytes([first, size]) + data
    if size < 65536:
        return bytes([first, 126]) + struct.pack(">H", size) + data
    return bytes([first, 127]) + struct.pack(">Q", size) + data


def echo(conn, stream):
    while True:
        first, data = read_frame(stream)
        conn.sendall(frame(first, data))
        if first & 15 == 8:
            return


def upgrade(conn, key, accept=None, extra=b""):
    digest = base64.b64encode(hashlib.sha1(key + GUID).digest())
    conn.sendall(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\n"
                 b"connection: keep-alive, Upgrade\r\n" + extra +
                 b"Sec-WebSocket-Accept: " + (accept or digest) + b"\r\n\r\n")


def serve(conn):
    stream = conn.makefile("rb")
    path = stream.readline().split()[1].decode()
    headers = {}
    while True:
        line = stream.readline().rstrip(b"\r\n")
        if not line:
            break
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    key = headers.get(b"sec-websocket-key", b"")
    try:
        behave(conn, stream, path, key, headers)
    except (EOFError, OSError):
        pass
    stream.close()
    conn.close()


def behave(conn, stream, path, key, headers):
    if path == "/echo":
        upgrade(conn, key)
        echo(conn, stream)
    elif path.startswith("/raw/"):
        upgrade(conn, key)
        conn.sendall(bytes.fromhex(path[5:]))
    elif path.startswith("/open/"):
        upgrade(conn, key)
        conn.sendall(bytes.fromhex(path[6:]))
        first, data = read_frame(stream)
        conn.sendall(frame(0x81, b"%02x:%s" % (first, data.hex().encode())))
        time.sleep(0.2)
    elif path == "/header":
        upgrade(conn, key)
        conn.sendall(frame(0x81, headers.get(b"x-mine", b"none")))
    elif path == "/bad-accept":
        upgrade(conn, key, accept=b"AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    elif path == "/extension":
        upgrade(conn, key, extra=b"Sec-WebSocket-Extensions: x\r\n")
    elif path == "/plain":
        conn.sendall(b"HTTP/1.1 101 Fine\r\n\r\n")
    elif path == "/refuse":
        conn.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 8\r\n\r\n"
                     b"not here")
        time.sleep(5)
    elif path == "/not-http":
        conn.sendall(b"220 smtp ready\r\n\r\n")
    elif path == "/flood":
        conn.sendall(b"HTTP/1.1 101 X\r\n" + b"A: b\r\n" * 20000)
    elif path == "/silent":
        time.sleep(30)
    elif path == "/deaf":
        upgrade(conn, key)
        time.sleep(30)


def main():
    folder, name = os.path.split(sys.argv[1])
    os.chdir(folder)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(name)
    listener.listen(16)
    print("ready", flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)),
                     daemon=True).start()
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


main()
