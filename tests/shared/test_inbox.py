from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from natsd import Nats
from pydantic import TypeAdapter
from samples import passed
from structlog.testing import capture_logs
from waiting import eventually

from shared import subjects
from shared.events import AnyTestFact, Fact
from shared.inbox import TRIES, Inbox, Move, StalePosition, StoreAway, position_name


@dataclass
class Memory:
    """A store that keeps what it was given, and can be made to stumble."""

    positions: dict[str, int] = field(default_factory=dict)
    taken: list[Fact] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    tries: dict[str, int] = field(default_factory=dict)
    is_away: bool = False
    poison: str = ""

    def position(self, name: str) -> int:
        if self.is_away:
            raise StoreAway("gone to lunch")
        return self.positions.get(name, 0)

    def take(self, facts: Sequence[Fact], move: Move) -> None:
        if self.is_away:
            raise StoreAway("gone to lunch")
        if self.positions.get(move.name, 0) != move.previous:
            raise StalePosition(move)
        for fact in facts:
            if fact.runner == self.poison != "":
                self.tries[str(fact.id)] = self.tries.get(str(fact.id), 0) + 1
                raise RuntimeError("poison")
        self.positions[move.name] = move.last
        self.taken += facts
        self.moves.append(move)

    @property
    def numbers(self) -> list[int]:
        return [int(fact.measures["number"]) for fact in self.taken]


def numbered(*numbers: int, **more: object) -> list[Fact]:
    return [passed(number, measures={"number": number}, **more) for number in numbers]


async def publish(client: Client, facts: Sequence[Fact]) -> None:
    js = client.jetstream()
    await asyncio.gather(*[await js.publish_async(fact.subject, fact.model_dump_json().encode()) for fact in facts])


def make_inbox(client: Client, store: Memory, name: str = "one", **more: object) -> Inbox:
    return Inbox(
        js=client.jetstream(),
        service="escalation",
        stream=subjects.TESTS,
        durable=f"escalation-{name}",
        facts=TypeAdapter(AnyTestFact),
        position=store.position,
        take=store.take,
        wait_s=0.3,
        **more,
    )


@asynccontextmanager
async def following(inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(inbox.run())
    yield task
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.5)


@pytest.fixture
async def speaker(nats: Nats):
    client = await nats.client("probe-runner")
    yield client
    await client.close()


@pytest.fixture
async def reader(nats: Nats):
    client = await nats.client("escalation")
    yield client
    await client.close()


@pytest.fixture
async def admin(nats: Nats):
    client = await nats.client("admin")
    yield client.jetstream()
    await client.close()


async def has_taken(store: Memory, count: int) -> None:
    async def taken() -> int:
        return len(store.taken)

    assert await eventually(taken, lambda seen: seen >= count, 60) == count


def is_one_chain(moves: Sequence[Move]) -> bool:
    """Whether each move begins where the one before ended."""
    lasts = [0, *(move.last for move in moves)]
    return [move.previous for move in moves] == lasts[:-1]


async def test_facts_are_taken_in_order_and_in_batches(speaker, reader):
    store = Memory()
    await publish(speaker, numbered(*range(1, 1_001)))
    async with following(make_inbox(reader, store)):
        await has_taken(store, 1_000)
    assert store.numbers == list(range(1, 1_001))
    assert is_one_chain(store.moves)
    assert max(move.last - move.previous for move in store.moves) <= 256
    assert len(store.moves) < 50


async def test_it_begins_where_the_store_ended(speaker, reader):
    store = Memory()
    await publish(speaker, numbered(1, 2, 3))
    async with following(make_inbox(reader, store)):
        await has_taken(store, 3)
    await publish(speaker, numbered(4, 5))
    async with following(make_inbox(reader, store, "another")):
        await has_taken(store, 5)
    assert store.numbers == [1, 2, 3, 4, 5]


async def test_a_delivery_with_a_hole_begins_anew_and_nothing_is_lost(speaker, reader):
    store = Memory()
    inbox = make_inbox(reader, store)
    async with following(inbox):
        await publish(speaker, numbered(1, 2))
        await has_taken(store, 2)
        thief = await reader.jetstream().pull_subscribe_bind(stream=subjects.TESTS, durable=inbox.durable)
        stealing = asyncio.create_task(thief.fetch(3, timeout=5))  # another process with the same durable
        for number in range(3, 60):
            await publish(speaker, numbered(number))
        stolen = await stealing
        assert stolen
        await has_taken(store, 59)
    assert store.numbers == list(range(1, 60))
    assert is_one_chain(store.moves)


async def test_a_durable_that_was_deleted_is_made_anew(speaker, reader, admin):
    store = Memory()
    inbox = make_inbox(reader, store)
    async with following(inbox):
        await publish(speaker, numbered(1))
        await has_taken(store, 1)
        await admin.delete_consumer(subjects.TESTS, inbox.durable)
        await publish(speaker, numbered(2, 3))
        await has_taken(store, 3)
    assert store.numbers == [1, 2, 3]


async def test_a_killed_server_loses_and_doubles_nothing(nats, speaker, reader):
    store = Memory()
    async with following(make_inbox(reader, store, batch=16)):
        for round_ in range(3):
            first = round_ * 200 + 1
            await publish(speaker, numbered(*range(first, first + 200)))
            nats.kill()
            await nats.start()
            await eventually(lambda: asyncio.sleep(0, speaker.is_connected), within_s=20)
        await has_taken(store, 600)
    assert store.numbers == list(range(1, 601))
    assert is_one_chain(store.moves)


async def test_of_two_replicas_one_takes_and_the_other_stands_by(nats, speaker, reader):
    store, second = Memory(), await nats.client("escalation")
    async with following(make_inbox(second, store, "two")):
        async with following(make_inbox(reader, store, "one")):
            for first in range(1, 301, 50):
                await publish(speaker, numbered(*range(first, first + 50)))
            await has_taken(store, 300)
        await publish(speaker, numbered(*range(301, 351)))
        await has_taken(store, 350)
    assert store.numbers == list(range(1, 351))
    assert is_one_chain(store.moves)
    await second.close()


async def test_a_fact_nobody_can_read_is_parked_and_the_next_is_taken(speaker, reader, admin):
    store = Memory()
    await publish(speaker, numbered(1))
    await speaker.jetstream().publish("test.passed.x", b"{}")
    await publish(speaker, numbered(2))
    async with following(make_inbox(reader, store)):
        await has_taken(store, 2)
    letter = await admin.get_msg(subjects.DEAD, 1)
    assert letter.subject == "dead.escalation.TESTS.2"
    assert (letter.data, letter.headers["Sambung-Subject"]) == (b"{}", "test.passed.x")
    assert "type" in letter.headers["Sambung-Reason"]


async def test_the_one_fact_that_cannot_be_taken_is_tried_then_parked_alone(speaker, reader, admin):
    store = Memory(poison="bad")
    await publish(speaker, numbered(*range(1, 31)))
    await publish(speaker, numbered(31, runner="bad"))
    await publish(speaker, numbered(*range(32, 61)))
    with capture_logs() as logs:
        async with following(make_inbox(reader, store)):
            await has_taken(store, 59)
    assert store.numbers == [*range(1, 31), *range(32, 61)]
    (tries,) = store.tries.values()
    assert TRIES <= tries <= TRIES + 6, "alone, after the batches it was in were halved down to it"
    assert (await admin.stream_info(subjects.DEAD)).state.messages == 1
    assert (await admin.get_msg(subjects.DEAD, 1)).subject == "dead.escalation.TESTS.31"
    assert [line["sequence"] for line in logs if line["event"] == "message_parked"] == [31]


async def test_a_fact_is_not_counted_out_while_the_store_is_away(speaker, reader, admin):
    store = Memory(is_away=True)
    await publish(speaker, numbered(1, 2))
    with capture_logs() as logs:
        async with following(make_inbox(reader, store)):

            async def complaints():
                return [line for line in logs if line["event"] == "store_away"]

            await eventually(complaints)
            store.is_away = False
            await has_taken(store, 2)
    assert (await admin.stream_info(subjects.DEAD)).state.messages == 0


async def test_a_stream_shorter_than_the_position_raises_the_alarm_and_nothing_is_taken(speaker, reader, admin):
    store = Memory()
    store.positions[position_name(await admin.stream_info(subjects.TESTS))] = 10
    await publish(speaker, numbered(1, 2))
    inbox = make_inbox(reader, store)
    async with following(inbox):

        async def alarm():
            return inbox.alarm

        assert "TESTS ends at 2, but its facts were taken up to 10" in await eventually(alarm)
        assert store.taken == []
        with pytest.raises(NotFoundError):
            await reader.jetstream().consumer_info(subjects.TESTS, inbox.durable)


async def test_a_stream_made_anew_is_read_from_its_beginning(speaker, reader, admin):
    store = Memory()
    async with following(make_inbox(reader, store)):
        await publish(speaker, numbered(*range(1, 6)))
        await has_taken(store, 5)
        config = (await admin.stream_info(subjects.TESTS)).config
        await admin.delete_stream(subjects.TESTS)
        await admin.add_stream(config)
        await publish(speaker, numbered(6, 7))
        await has_taken(store, 7)
    assert store.numbers == list(range(1, 8))
    assert len(store.positions) == 2


async def test_a_position_that_another_wiped_is_noticed_without_a_new_fact(speaker, reader):
    store = Memory()
    async with following(make_inbox(reader, store)):
        await publish(speaker, numbered(1, 2, 3))
        await has_taken(store, 3)
        store.positions.clear()
        await has_taken(store, 6)
    assert store.numbers == [1, 2, 3, 1, 2, 3]


async def test_facts_that_fell_out_of_the_stream_unread_are_said_to_be_missing(speaker, reader, admin):
    store = Memory()
    async with following(make_inbox(reader, store)):
        await publish(speaker, numbered(1))
        await has_taken(store, 1)
    await publish(speaker, numbered(2, 3, 4))
    await admin.purge_stream(subjects.TESTS, seq=4)
    with capture_logs() as logs:
        async with following(make_inbox(reader, store)):
            await has_taken(store, 2)
    assert store.numbers == [1, 4]
    assert [(line["first"], line["position"]) for line in logs if line["event"] == "stream_hole"] == [(4, 1)]


async def test_it_ends_when_it_is_told_to(reader):
    task = asyncio.create_task(make_inbox(reader, Memory()).run())
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
    assert task.done()
