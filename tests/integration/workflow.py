# SPDX-License-Identifier: Apache-2.0
"""Runs real workflows through a Temporal server, for `make up` and the tests.

usage: workflow.py ADDRESS [COUNT]

Registers the namespace `default` where it is missing, runs COUNT workflows
(1 if not given), each with an activity, and sees that the visibility store
lists every one of them. Prints what it did; exit code 0 means all of it.
"""
import asyncio
import os
import sys
import time
import traceback
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio import activity, workflow
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
)
from temporalio.client import Client, WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

NAMESPACE = "default"
PATIENCE = 60  # seconds
# A server of 1.17 rereads its namespaces every 10 seconds, each of a cluster
# at its own time. Until the last has, what falls to one that lacks the namespace
# is refused, or lost with its workflow never ending.
REREAD = 11


@activity.defn
async def greet(name: str) -> str:
    return f"hello {name}"


@workflow.defn
class Greeting:
    @workflow.run
    async def run(self, name: str) -> str:
        return await workflow.execute_activity(
            greet, name, start_to_close_timeout=timedelta(seconds=30)
        )


async def retried(what, call):
    """The call's result, as soon as it gives one within PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await call()
        except (RPCError, RuntimeError, WorkflowFailureError) as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"cannot {what} in {PATIENCE} s") from error
            await asyncio.sleep(0.3)


async def ensure_namespace(client):
    """Registers the namespace where it is missing; returns when every server
    has had the time to read of it."""
    service = client.workflow_service
    try:
        await service.describe_namespace(
            DescribeNamespaceRequest(namespace=NAMESPACE)
        )
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        await service.register_namespace(
            RegisterNamespaceRequest(
                namespace=NAMESPACE,
                workflow_execution_retention_period=Duration(seconds=86400),
            )
        )
        await asyncio.sleep(REREAD)


async def list_runs(client, prefix):
    runs = client.list_workflows(f'WorkflowType = "{Greeting.__name__}"')
    return {run.id async for run in runs if run.id.startswith(prefix)}


async def complete(client, prefix, count):
    """Runs the workflows with a worker of their own; gives their results."""
    queue = prefix + "queue"

    async def one(number):
        return await client.execute_workflow(
            Greeting.run, "world", id=f"{prefix}{number}", task_queue=queue
        )

    async with Worker(
        client,
        task_queue=queue,
        workflows=[Greeting],
        activities=[greet],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        return await asyncio.gather(*map(one, range(count)))


async def run(address, count):
    client = await retried(
        "connect", lambda: Client.connect(address, namespace=NAMESPACE)
    )
    await retried("register the namespace", lambda: ensure_namespace(client))
    # A server that is just up may not have all of its shards yet.
    trial = f"trial-{os.getpid()}-{time.time_ns()}-"
    await retried("run a workflow", lambda: complete(client, trial, 1))

    prefix = f"greeting-{os.getpid()}-{time.time_ns()}-"
    started = time.monotonic()
    results = await complete(client, prefix, count)
    took = time.monotonic() - started
    assert results == ["hello world"] * count, results

    async def all_listed():
        listed = await list_runs(client, prefix)
        if len(listed) < count:
            raise RuntimeError(f"visibility lists {len(listed)} of {count}")
        return listed

    listed = await retried("list the workflows", all_listed)
    print(
        f"{count} workflow(s) with an activity completed in {took:.1f} s and "
        f"{len(listed)} listed from the visibility store: {results[0]}"
    )


def main():
    address = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    code = 0
    try:
        asyncio.run(run(address, count))
    except Exception:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # The SDK's native threads may abort the interpreter while it shuts down.
    os._exit(code)


if __name__ == "__main__":
    main()
