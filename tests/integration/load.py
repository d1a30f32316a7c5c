# SPDX-License-Identifier: Apache-2.0
"""Keeps a Temporal cluster busy while units come and go.

usage: load.py COUNT PER_SECOND ADDRESS [ADDRESS...]

Starts COUNT workflows, each with an activity, at an even pace over all the
frontends, each of which has a worker; a frontend that does not answer is left
for the next one, as a client behind a service does. Prints `N done` now and
then, at the end one line of JSON: how many ended well, how long that took, the
longest time in which none did, and how many calls went to another frontend.
Exit code 0 means every workflow ended with its result.
"""
import asyncio
import json
import os
import sys
import time
import traceback
from datetime import timedelta

from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from workflow import NAMESPACE, Greeting, ensure_namespace, greet, retried

PATIENCE = 120  # seconds for one workflow
CALL = 8  # seconds for one call before another frontend is asked
REST = 10  # seconds in which a frontend that failed is not asked again
STEP = 20  # a line of progress for so many


class Load:
    def __init__(self, clients):
        self.clients = clients
        self.prefix = f"load-{os.getpid()}-{time.time_ns()}-"
        self.ended = []
        self.moved = 0
        self.resting = {}  # by the client's number: until when

    def choose(self, turn):
        """The client whose turn it is, or the next one that is not resting."""
        count, now = len(self.clients), time.monotonic()
        for step in range(count):
            number = (turn + step) % count
            if self.resting.get(number, 0) < now:
                return number
        return turn % count

    async def attempt(self, client, name):
        try:
            handle = await client.start_workflow(
                Greeting.run,
                "world",
                id=name,
                task_queue=self.prefix,
                task_timeout=timedelta(seconds=5),
                rpc_timeout=timedelta(seconds=CALL),
            )
        except WorkflowAlreadyStartedError:
            handle = client.get_workflow_handle(name)
        return await asyncio.wait_for(handle.result(), CALL)

    async def one(self, number):
        deadline = time.monotonic() + PATIENCE
        turn = number
        while True:
            at = self.choose(turn)
            try:
                result = await self.attempt(
                    self.clients[at], f"{self.prefix}{number}"
                )
                break
            except (RPCError, RuntimeError, asyncio.TimeoutError) as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"workflow {number}: {error}") from error
                self.resting[at] = time.monotonic() + REST
                self.moved += 1
                turn = at + 1
                await asyncio.sleep(0.2)
        assert result == "hello world", result
        self.ended.append(time.monotonic())
        if len(self.ended) % STEP == 0:
            print(len(self.ended), "done", flush=True)

    async def run(self, count, per_second):
        started, tasks = time.monotonic(), []
        for number in range(count):
            tasks.append(asyncio.create_task(self.one(number + 1)))
            await asyncio.sleep(1 / per_second)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        times = sorted(self.ended)
        for error in outcomes:
            if error:
                print(error, file=sys.stderr)
        return {
            "count": count,
            "ended": len(times),
            "took": round(time.monotonic() - started, 1),
            "gap": round(max(b - a for a, b in zip(times, times[1:])), 2),
            "moved": self.moved,
        }


async def run(count, per_second, addresses):
    clients = [
        await retried(
            "connect", lambda: Client.connect(address, namespace=NAMESPACE)
        )
        for address in addresses
    ]
    for client in clients:
        await retried("find the namespace", lambda: ensure_namespace(client))
    load = Load(clients)
    for client in clients:
        worker = Worker(
            client,
            task_queue=load.prefix,
            workflows=[Greeting],
            activities=[greet],
            workflow_runner=UnsandboxedWorkflowRunner(),
        )
        asyncio.create_task(worker.run())
    await load.one(0)
    load.ended.clear()
    load.moved = 0
    report = await load.run(count, per_second)
    print(json.dumps(report), flush=True)
    leave(0 if report["ended"] == count else 1)


def leave(code):
    """Ends at once: workers of a frontend that is gone take long to end, and
    the SDK's native threads may abort the interpreter while it shuts down."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main():
    # A frontend that is gone would be a line of log for every call.
    Runtime.set_default(
        Runtime(telemetry=TelemetryConfig(logging=LoggingConfig("ERROR")))
    )
    count, per_second = int(sys.argv[1]), float(sys.argv[2])
    try:
        asyncio.run(run(count, per_second, sys.argv[3:]))
    except Exception:
        traceback.print_exc()
    leave(1)


if __name__ == "__main__":
    main()
