# SPDX-License-Identifier: Apache-2.0
"""A server that answers every request with 200 and the same JSON.

usage: python3 agreeing_peer.py SOCKET JSON: prints "ready" when it listens;
ends when its standard input does.
"""
import os
import socket
import sys
import threading


def serve(conn, body):
    with conn:
        seen = b""
        while b"\r\n\r\n" not in seen:
            data = conn.recv(65536)
            if not data:
                return
            seen += data
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                     b"Connection: close\r\nContent-Length: %d\r\n\r\n%s"
                     % (len(body), body))
        conn.shutdown(socket.SHUT_WR)
        while conn.recv(65536):
            pass


def listen(listener, body):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve, args=(conn, body), daemon=True).start()


server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(64)
threading.Thread(target=listen, args=(server, sys.argv[2].encode()),
                 daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
os._exit(0)
