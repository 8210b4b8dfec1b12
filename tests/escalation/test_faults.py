"""kill -9 of workers and of nats-server while 5,000 results flow: nothing is lost, nothing comes twice, all in order.

Escalation runs as real processes, one to three of them, on either store. A kill comes only after something has moved
since the last one, so each hits a process at work; the end is reached when every result is accounted for.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats.errors
import nats.js.errors
import pytest
from nats.js.api import AckPolicy, ConsumerConfig
from natsd import Nats
from pydantic import TypeAdapter
from tellings import failed, uid

from escalation.application import Tickets
from escalation.settings import event_store
from shared.bus import cloud_event
from shared.events import AnyTicketFact, TestFailed, TicketFact, TicketFailureRepeated, TicketOpened
from shared.subjects import TESTS, TICKETS

RESULTS = 5_000
TARGETS = 50
ROUNDS = 8
WINDOW = 50
DEADLINE_S = 90
EXPECTED = RESULTS + TARGETS  # each first failure also asks for a confirming test
BUS_TROUBLE = (nats.errors.Error, nats.js.errors.Error, TimeoutError, OSError)

FACTS: TypeAdapter[TicketFact] = TypeAdapter(AnyTicketFact)


def result(number: int) -> TestFailed:
    return failed(uid(number), target=f"target-{number % TARGETS}", detail=str(number))


@dataclass
class Worker:
    """One replica; whenever it is killed it comes back under the same name."""

    name: str
    nats: Nats
    database_url: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        settings = {
            "NATS_URL": self.nats.url,
            "NATS_USER": "escalation",
            "NATS_PASSWORD": "secret-escalation",
            "DATABASE_URL": self.database_url,
            "INSTANCE": self.name,
            "HTTP_PORT": "0",
        }
        environment = {**os.environ, **{f"SAMBUNG_{name}": value for name, value in settings.items()}}
        with Path(self.nats.folder / f"{self.name}.log").open("ab") as output:
            command = [sys.executable, "-m", "escalation"]
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class Scene:
    """Everybody on it, and how far the stream of tickets has come."""

    nats: Nats
    workers: list[Worker]
    admin: Any
    tester: Any
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)

    async def length(self, stream: str) -> int:
        """Messages in the stream; asks again while the server is away."""
        while True:
            try:
                return (await self.admin.jetstream(timeout=1).stream_info(stream)).state.last_seq
            except BUS_TROUBLE:
                await asyncio.sleep(0.1)

    async def moves(self, beyond: int) -> int:
        while (length := await self.length(TICKETS)) <= beyond and length < EXPECTED:
            await asyncio.sleep(0.02)
        return length

    async def publish(self, until: int) -> None:
        """All results up to number ``until``, in order and once: the stream's own length says where to go on."""
        while (done := await self.length(TESTS)) < until:
            facts = [result(number) for number in range(done, min(done + WINDOW, until))]
            with suppress(*BUS_TROUBLE):
                await self._publish(facts, done)

    async def _publish(self, facts: list[TestFailed], done: int) -> None:
        js, answers = self.tester.jetstream(), []
        for number, fact in enumerate(facts):
            headers = {**cloud_event(fact, "probe-runner"), "Nats-Expected-Last-Sequence": str(done + number)}
            answers.append(await js.publish_async(fact.subject, fact.model_dump_json().encode(), headers=headers))
        async with asyncio.timeout(2):
            await asyncio.gather(*answers)

    async def kill_somebody(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, 0.25))
        if self.chance.random() < 0.3:
            self.kills["nats-server"] += 1
            self.nats.kill()
            await self.nats.start()
        else:
            self.kills["worker"] += 1
            worker = self.chance.choice(self.workers)
            worker.kill()
            worker.start()


@asynccontextmanager
async def set_scene(server: Nats, database_url: str, replicas: int) -> AsyncIterator[Scene]:
    workers = [Worker(f"w{number}", server, database_url) for number in range(replicas)]
    admin, tester = await server.client("admin"), await server.client("probe-runner")
    for worker in workers:
        worker.start()
    try:
        yield Scene(server, workers, admin, tester, random.Random(replicas))  # noqa: S311  chance, not secrecy
    finally:
        for worker in workers:
            worker.kill()
        await tester.close()
        await admin.close()


@pytest.mark.parametrize("replicas", [1, 2, 3])
async def test_nothing_is_lost_or_doubled_or_out_of_order_under_kill_9(nats, database_url, replicas):
    async with set_scene(nats, database_url, replicas) as scene, asyncio.timeout(DEADLINE_S):
        moved = 0
        for number in range(1, ROUNDS + 1):
            publishing = asyncio.create_task(scene.publish(RESULTS * number // ROUNDS))
            moved = await scene.moves(beyond=moved)
            await scene.kill_somebody()
            await publishing
        while await scene.length(TICKETS) < EXPECTED:
            await asyncio.sleep(0.1)

    stored = kept(database_url)
    assert await said(nats) == stored
    assert effects_by_target(stored) == {
        f"target-{target}": [uid(number) for number in range(target, RESULTS, TARGETS)] for target in range(TARGETS)
    }
    assert Counter(fact.target for fact in stored if isinstance(fact, TicketOpened)) == {
        f"target-{target}": 1 for target in range(TARGETS)
    }
    assert sum(scene.kills.values()) == ROUNDS


def effects_by_target(facts: list[TicketFact]) -> dict[str, list[Any]]:
    """The tests that had an effect, in the order they had it."""
    effects: dict[str, list[Any]] = {}
    for fact in facts:
        if isinstance(fact, TicketOpened | TicketFailureRepeated):
            effects.setdefault(fact.target, []).append(fact.test_id)
    return effects


def kept(database_url: str) -> list[TicketFact]:
    """Everything in the event store."""
    tickets = Tickets(event_store(database_url))
    facts = [fact for _, fact in tickets.facts_after(0, limit=10 * EXPECTED)]
    tickets.close()
    return facts


async def said(server: Nats) -> list[TicketFact]:
    """Everything in the stream TICKETS."""
    admin = await server.client("admin")
    unasked = ConsumerConfig(ack_policy=AckPolicy.NONE)
    following = await admin.jetstream().pull_subscribe("ticket.>", stream=TICKETS, config=unasked)
    facts: list[TicketFact] = []
    length = (await admin.jetstream().stream_info(TICKETS)).state.messages
    while len(facts) < length:
        facts += [FACTS.validate_json(message.data) for message in await following.fetch(1_000, timeout=5)]
    await admin.close()
    return facts
