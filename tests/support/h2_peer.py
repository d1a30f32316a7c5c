# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 server of a few frames, for tests/unit/host/http_spec.lua.

usage: python3 h2_peer.py SOCKET KIND: "length" answers with a content-length
and trailers, "only" with nothing but headers (as gRPC does for an error),
"reset" not at all. Prints "ready"; ends when its standard input does.
"""
import os
import socket
import struct
import sys
import threading

DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
            + struct.pack(">I", stream) + payload)


def field(name, value):
    return b"\0%c%s%c%s" % (len(name), name, len(value), value)


STATUS_200 = b"\x88"  # from the static table


def answer(kind, stream):
    if kind == "reset":
        return frame(RST_STREAM, 0, stream, struct.pack(">I", 2))
    if kind == "only":
        return frame(HEADERS, END_STREAM | END_HEADERS, stream,
                     STATUS_200 + field(b"grpc-status", b"5"))
    return (frame(HEADERS, END_HEADERS, stream,
                  STATUS_200 + field(b"content-length", b"4"))
            + frame(DATA, 0, stream, b"body")
            + frame(HEADERS, END_STREAM | END_HEADERS, stream,
                    field(b"grpc-status", b"0")))


def serve(conn, kind):
    stream = conn.makefile("rb")
    stream.read(24)  # the preface
    conn.sendall(frame(SETTINGS, 0, 0))
    while True:
        head = stream.read(9)
        if len(head) < 9:
            return
        stream.read(int.from_bytes(head[:3], "big"))
        number = int.from_bytes(head[5:], "big")
        if head[3] == SETTINGS and not head[4] & ACK:
            conn.sendall(frame(SETTINGS, ACK, 0))
        if head[3] in (DATA, HEADERS) and head[4] & END_STREAM:
            conn.sendall(answer(kind, number))


def main():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(16)
    print("ready", flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)),
                     daemon=True).start()
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve, args=(conn, sys.argv[2]),
                         daemon=True).start()


main()
