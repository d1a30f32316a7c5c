# SPDX-License-Identifier: Apache-2.0
"""A misbehaving HTTP server for tests/unit/host/http_spec.lua.

usage: python3 http_peer.py SOCKET: each path is one behaviour below. Prints
"ready" when it listens; ends when its standard input does.
"""
import json
import os
import socket
import sys
import threading
import time

CRLF = b"\r\n"
connections = 0
seen = []


def read_request(stream):
    line = stream.readline().split()
    if not line:
        return None
    headers = {}
    while True:
        field = stream.readline().rstrip(CRLF)
        if not field:
            break
        name, _, value = field.partition(b":")
        headers[name.decode().lower()] = value.strip().decode()
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while True:
            size = int(stream.readline(), 16)
            body += stream.read(size)
            stream.readline()
            if size == 0:
                break
    else:
        body = stream.read(int(headers.get("content-length", "0")))
    return line[0].decode(), line[1].decode(), headers, body


def answer(conn, body, status="200 OK", extra=b""):
    conn.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s"
                 % (status.encode(), len(body), extra, body))


def chunked(conn, chunks, trailers=b""):
    conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                 b"Trailer: X-Sum\r\n\r\n")
    for chunk in chunks:
        conn.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    conn.sendall(b"0\r\n" + trailers + b"\r\n")


def behave(conn, number, served, method, path, headers, body):
    """Answers one request; False closes the connection."""
    if path == "/echo":
        answer(conn, json.dumps({
            "method": method, "path": path, "headers": headers,
            "body": body.decode("latin1"), "connection": number,
            "served": served,
        }).encode())
    elif path == "/size":
        answer(conn, b"%d" % len(body))
    elif path == "/missing":
        answer(conn, b'{"error":"no"}', "404 Not Found")
    elif path == "/headers":
        answer(conn, b"", extra=b"X-Two: a\r\nX-TWO: b\r\nX-Empty:\r\n")
    elif path == "/continue":
        conn.sendall(b"HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n")
        answer(conn, b"after", extra=b"X-Late: 1\r\n")
    elif path == "/trailers":
        chunked(conn, [b"ab", b"cd"], b"X-Sum: 42\r\n")
    elif path == "/large":
        chunked(conn, [bytes([65 + i % 26]) * 65536 for i in range(64)])
    elif path == "/marked":
        chunked(conn, [b"one", b"E", b"EN", b"ENDlong", b"ENDING", b"two"])
    elif path.startswith("/cut-mark-"):
        i = int(path[10:])
        conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (b"x" * 70000 + b"ENDING"[:i], b"ENDING"[i:] + b"y"):
            if piece:
                conn.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(0.02)
        conn.sendall(b"0\r\n\r\n")
    elif path == "/second-vanishes":
        seen.append(method)
        if served > 0:
            return False
        answer(conn, b"first")
    elif path == "/seen":
        answer(conn, b"%d" % len(seen))
    elif path == "/vanish":
        return False
    elif path == "/truncated":
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        return False
    elif path == "/broken-chunk":
        conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"zz\r\nab\r\n")
        return False
    elif path == "/garbage":
        conn.sendall(b"this is not http\r\n\r\n")
        return False
    elif path == "/flood":
        conn.sendall(b"HTTP/1.1 200 OK\r\n")
        for i in range(400):
            conn.sendall(b"X-%d: %s\r\n" % (i, b"y" * 1000))
        return False
    elif path == "/silent":
        time.sleep(30)
    elif path == "/drip":
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n")
        for _ in range(40):
            conn.sendall(b".")
            time.sleep(0.05)
    elif path == "/stall":
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nhalf")
        time.sleep(30)
    return True


def serve(conn, number):
    stream = conn.makefile("rb")
    served = 0
    try:
        while True:
            request = read_request(stream)
            if request is None or not behave(conn, number, served, *request):
                break
            served += 1
    except OSError:
        pass
    stream.close()
    conn.close()


def main():
    global connections
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
        connections += 1
        threading.Thread(target=serve, args=(conn, connections),
                         daemon=True).start()


main()
