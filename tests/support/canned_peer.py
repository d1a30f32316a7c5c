# SPDX-License-Identifier: Apache-2.0
"""A Pebble that answers with given bytes, for the specs of the client.

usage: python3 canned_peer.py SOCKET ANSWERS: ANSWERS is JSON, a list of
[start of "METHOD target", bytes]; the first that fits is sent and the
connection closed. Prints "ready"; ends when its standard input does.
"""
import json
import os
import socket
import sys
import threading


def serve(conn, answers):
    stream = conn.makefile("rb")
    start = b" ".join(stream.readline().split()[:2]).decode()
    size = 0
    while True:
        line = stream.readline().rstrip(b"\r\n").lower()
        if not line:
            break
        if line.startswith(b"content-length:"):
            size = int(line[15:])
    stream.read(size)
    for prefix, answer in answers:
        if start.startswith(prefix):
            conn.sendall(answer.encode("latin1"))
            break
    stream.close()
    conn.close()


def main():
    answers = json.loads(sys.argv[2])
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(16)
    print("ready", flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)),
                     daemon=True).start()
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve, args=(conn, answers),
                         daemon=True).start()


main()
