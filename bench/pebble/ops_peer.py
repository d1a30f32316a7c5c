# SPDX-License-Identifier: Apache-2.0
"""One measurement of ops.pebble, as bench/pebble/ours.lua makes it.

usage: ops_peer.py SOCKET push|pull LOCAL REMOTE | SOCKET exec|replan COUNT
"""
import statistics
import sys
import time

from ops import pebble

socket, action, first, *rest = sys.argv[1:]
client = pebble.Client(socket_path=socket)
client.timeout = 600.0


def push():
    with open(first, "rb") as source:
        client.push(rest[0], source)


def pull():
    with client.pull(rest[0], encoding=None) as source, \
            open(first, "wb") as target:
        while data := source.read(65536):
            target.write(data)


def once(work):
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


client.get_system_info()
if action in ("push", "pull"):
    seconds = once({"push": push, "pull": pull}[action])
else:
    work = {"exec": lambda: client.exec(["true"]).wait(),
            "replan": client.replan_services}[action]
    seconds = statistics.median(once(work) for _ in range(int(first)))
sys.stderr.write("%.6f\n" % seconds)
