"""Replicas of the probe-runner's rooms on a real server, each with its own connection, for tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from natsd import Nats
from prometheus_client import CollectorRegistry
from pydantic import TypeAdapter
from targets import plan_text, probes

from probe_runner.due import Announcer
from probe_runner.figures import Figures
from probe_runner.jobs import Jobs
from probe_runner.plan_book import PlanBook
from probe_runner.probe import Probe
from probe_runner.run import Runner
from probe_runner.target import Target
from shared.events import AnyTestFact, TestFact
from shared.service import Health

FACTS: TypeAdapter[Any] = TypeAdapter(AnyTestFact)


@dataclass
class Replica:
    """One probe-runner without its HTTP edge."""

    client: Client
    health: Health
    book: PlanBook
    announcer: Announcer
    jobs: Jobs

    @property
    def js(self) -> JetStreamContext:
        return self.client.jetstream()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Take jobs meanwhile."""
        task = asyncio.create_task(self.jobs.take_jobs(self.client))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def write_plan(folder: Path, *targets: Target) -> Path:
    file = folder / "plan.toml"
    file.write_text(plan_text(*targets))
    return file


@asynccontextmanager
async def replica(nats: Nats, plan: Path, probe: Probe, *, concurrency: int = 3) -> AsyncIterator[Replica]:
    client = await nats.client("probe-runner")
    health, figures = Health(), Figures(CollectorRegistry())
    book = PlanBook(plan, health)
    runner = Runner(probes(probe), plan.parent, "r1")
    jobs = Jobs(book, runner, figures, health, "r1", concurrency)
    await book.look(client.jetstream())
    try:
        yield Replica(client, health, book, Announcer(book, figures, health), jobs)
    finally:
        await client.close()


@asynccontextmanager
async def replicas(nats: Nats, plan: Path, probe: Probe, count: int) -> AsyncIterator[list[Replica]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(replica(nats, plan, probe)) for _ in range(count)]


async def messages(nats: Nats, stream: str) -> list[Any]:
    """Everything a stream holds, oldest first."""
    admin = await nats.client("admin")
    js, found = admin.jetstream(), []
    last = (await js.stream_info(stream)).state.last_seq
    for sequence in range(1, last + 1):
        try:
            found.append(await js.get_msg(stream, sequence))
        except NotFoundError:
            continue
    await admin.close()
    return found


async def facts(nats: Nats) -> list[TestFact]:
    """How every test ended so far."""
    return [FACTS.validate_json(message.data) for message in await messages(nats, "TESTS")]


async def pending(nats: Nats) -> int:
    """Jobs that nobody has acknowledged."""
    client = await nats.client("admin")
    info = await client.jetstream().consumer_info("DUE", "probe-runner")
    await client.close()
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


def body(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(message.data)
    return found
