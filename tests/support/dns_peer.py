# SPDX-License-Identifier: Apache-2.0
"""A DNS server that knows one name, for specs.

usage: python3 dns_peer.py SOCKET ADDRESS,NAME,ANSWER: listens on ADDRESS:53
(SOCKET is not used), answers with the address ANSWER for NAME, with no such
name for all others. Prints "ready" when it listens; ends when its standard
input does.
"""
import os
import socket
import struct
import sys
import threading

A = 1
NO_SUCH_NAME = 3


def read_name(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels).lower(), at + 5


def answer(query, name, address):
    asked, end = read_name(query)
    (kind,) = struct.unpack(">H", query[end - 4:end - 2])
    known = asked == name
    records = b""
    if known and kind == A:
        records = struct.pack(">HHHIH", 0xC00C, A, 1, 60, 4)
        records += socket.inet_aton(address)
    flags = 0x8580 | (0 if known else NO_SUCH_NAME)
    head = query[:2] + struct.pack(">HHHHH", flags, 1, bool(records), 0, 0)
    return head + query[12:end] + records


def main():
    listen, name, address = sys.argv[2].split(",")
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((listen, 53))
    print("ready", flush=True)

    def serve():
        while True:
            query, peer = server.recvfrom(1500)
            server.sendto(answer(query, name, address), peer)

    threading.Thread(target=serve, daemon=True).start()
    sys.stdin.buffer.read()
    os._exit(0)


main()
