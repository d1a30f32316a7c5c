# SPDX-License-Identifier: Apache-2.0
"""Stands between a client and its Pebble, and cuts the line.

usage: python3 cutting_proxy.py SOCKET TARGET WHICH COUNT: for each number n
up to COUNT there is a socket SOCKET.n, which lets n pieces through, of all
connections together and in both directions, and then closes: WHICH is "one",
the connection of the next piece, or "all" of them, and takes no more. Prints
"ready"; ends when its standard input does.
"""
import os
import selectors
import socket
import sys
import threading


def listen(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    return listener


def serve(listener, target, cut_all, limit):
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ, None)
    left, done, other = limit, False, {}

    def close(conn):
        if conn in other:
            twin = other.pop(conn)
            other.pop(twin, None)
            for each in (conn, twin):
                selector.unregister(each)
                each.close()

    while True:
        for key, _ in selector.select():
            conn = key.fileobj
            if conn is listener:
                conn, _ = listener.accept()
                if done and cut_all:
                    conn.close()
                    continue
                twin = socket.socket(socket.AF_UNIX)
                twin.connect(target)
                other[conn], other[twin] = twin, conn
                selector.register(conn, selectors.EVENT_READ, None)
                selector.register(twin, selectors.EVENT_READ, None)
                continue
            if conn not in other:
                continue
            try:
                data = conn.recv(65536)
                if data and (done or left > 0):
                    left -= 1
                    other[conn].sendall(data)
                    continue
            except OSError:
                data = b""
            if data:
                done = True
                for each in list(other) if cut_all else [conn]:
                    close(each)
            else:
                close(conn)


path, target, which, count = sys.argv[1:]
for n in range(int(count)):
    threading.Thread(target=serve, daemon=True,
                     args=(listen(path + "." + str(n)), target,
                           which == "all", n)).start()
print("ready", flush=True)
sys.stdin.read()
os._exit(0)
