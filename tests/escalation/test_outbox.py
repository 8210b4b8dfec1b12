"""The log onto the bus: every fact once, in order, whoever publishes and whatever happens to the stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from natsd import Nats
from tellings import NOON, failed

from escalation.application import Tickets
from escalation.outbox import PLACE, ForeignMessage, Outbox
from escalation.settings import event_store
from shared.inbox import Move, StoreAway
from shared.streams import provision
from shared.subjects import TICKETS

STREAM = "TESTS@20261122T000000"


@pytest.fixture
async def admin(nats: Nats) -> AsyncIterator[Any]:
    client = await nats.client("admin")
    yield client.jetstream()
    await client.close()


@pytest.fixture
def store(tmp_path) -> Any:
    tickets = Tickets(event_store(f"sqlite:///{tmp_path}/escalation.db"))
    yield tickets
    tickets.close()


def save(store: Tickets, *tests: Any) -> None:
    here = store.position(STREAM)
    store.take(tests, Move(STREAM, here, here + len(tests)), NOON)


@asynccontextmanager
async def publishing(nats: Nats, store: Any, replicas: int = 1) -> AsyncIterator[list[Outbox]]:
    clients = [await nats.client("escalation") for _ in range(replicas)]
    outboxes = [Outbox(client.jetstream(), store) for client in clients]
    running = [asyncio.create_task(outbox.run()) for outbox in outboxes]
    try:
        yield outboxes
    finally:
        for task, client in zip(running, clients, strict=True):
            while not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=0.5)
            await client.close()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def said(admin: Any) -> list[Any]:
    info = await admin.stream_info(TICKETS)
    first, last = info.state.first_seq, info.state.last_seq
    return [await admin.get_msg(TICKETS, seq=number) for number in range(first, last + 1)]


async def all_said(admin: Any, store: Tickets) -> bool:
    facts = store.facts_after(0, 10_000)
    if not (await admin.stream_info(TICKETS)).state.messages:
        return False
    return int((await admin.get_last_msg(TICKETS, "ticket.>")).headers[PLACE]) == facts[-1][0]


async def expect_exactly(admin: Any, store: Tickets) -> None:
    messages = await said(admin)
    assert [(int(one.headers[PLACE]), one.data) for one in messages] == [
        (place, fact.model_dump_json().encode()) for place, fact in store.facts_after(0, 10_000)
    ]


async def test_every_fact_is_said_in_order_with_its_attributes(nats, admin, store):
    save(store, failed(1), failed(2), failed(1, target="cc-bot"))

    async with publishing(nats, store):
        await until(lambda: all_said(admin, store))

    await expect_exactly(admin, store)
    first, fact = (await said(admin))[0], store.facts_after(0, 1)[0][1]
    assert first.subject == f"ticket.opened.{fact.ticket}"
    assert first.headers["Nats-Msg-Id"] == first.headers["ce-id"] == str(fact.id)
    assert (first.headers["ce-type"], first.headers["ce-source"]) == ("sambung.TicketOpened", "/sambung/escalation")


async def test_it_is_woken_when_there_is_news(nats, admin, store, monkeypatch):
    monkeypatch.setattr("escalation.outbox.POLL_S", 3_600)
    async with publishing(nats, store) as (outbox,):
        store.on_saved = outbox.wake.set
        save(store, failed(1))
        await until(lambda: all_said(admin, store))
        save(store, failed(2))
        await until(lambda: all_said(admin, store))

    await expect_exactly(admin, store)


async def test_a_new_process_goes_on_where_the_stream_ends(nats, admin, store):
    save(store, *(failed(number) for number in range(100)))
    async with publishing(nats, store):
        await until(lambda: all_said(admin, store))
    save(store, failed("next"))

    async with publishing(nats, store) as (outbox,):
        await until(lambda: all_said(admin, store))
        async with asyncio.timeout(20):
            while not outbox.published:
                await asyncio.sleep(0.02)

    await expect_exactly(admin, store)
    assert outbox.published == 1


async def test_competing_replicas_neither_lose_nor_double(nats, admin, store):
    async with publishing(nats, store, replicas=3) as outboxes:
        for batch in range(20):
            save(store, *(failed(f"{batch}/{number}", target=f"cc-{number}") for number in range(30)))
            for outbox in outboxes:
                outbox.wake.set()
            await asyncio.sleep(0)
        await until(lambda: all_said(admin, store))

    await expect_exactly(admin, store)
    assert sum(outbox.published for outbox in outboxes) <= 20 * 30 + 30


async def test_a_replica_that_looks_while_another_publishes_loses_nothing(nats, admin, store):
    save(store, failed(1))
    async with publishing(nats, store):
        await until(lambda: all_said(admin, store))
    save(store, *(failed(f"second {number}") for number in range(8)))
    client = await nats.client("escalation")
    late = Outbox(client.jetstream(), store)
    look = late.js.stream_info

    async def look_and_dream(stream: str) -> Any:
        """The state is old by the time it arrives: the other one was quick."""
        state = await look(stream)
        async with publishing(nats, store):
            await until(lambda: all_said(admin, store))
        save(store, *(failed(f"third {number}") for number in range(30)))
        late.js.stream_info = look
        return state

    async def dreamt_and_all_said() -> bool:
        return late.js.stream_info == look and await all_said(admin, store)

    late.js.stream_info = look_and_dream
    running = asyncio.create_task(late.run())
    await until(dreamt_and_all_said)
    running.cancel()
    await asyncio.wait({running})
    await client.close()

    await expect_exactly(admin, store)


async def test_a_server_that_is_killed_and_comes_back_gets_the_rest(nats, admin, store):
    async with publishing(nats, store) as (outbox,):
        save(store, failed(1))
        await until(lambda: all_said(admin, store))
        nats.kill()
        save(store, *(failed(f"while away {number}") for number in range(100)))
        outbox.wake.set()
        await nats.start()
        async with asyncio.timeout(20):
            while outbox.position < store.facts_after(0, 10_000)[-1][0]:
                await asyncio.sleep(0.05)

    await expect_exactly(admin, store)


async def test_a_stream_that_is_made_anew_gets_everything(nats, admin, store):
    save(store, failed(1), failed(2))
    async with publishing(nats, store):
        await until(lambda: all_said(admin, store))
    await admin.delete_stream(TICKETS)
    await provision(admin)

    async with publishing(nats, store):
        await until(lambda: all_said(admin, store))

    await expect_exactly(admin, store)


async def test_a_stream_emptied_by_age_is_not_told_old_stories_again(nats, admin, store):
    save(store, failed(1), failed(2))
    async with publishing(nats, store) as (outbox,):
        await until(lambda: all_said(admin, store))
        async with asyncio.timeout(20):
            while store.floor() < outbox.position:
                await asyncio.sleep(0.02)
    await admin.purge_stream(TICKETS)
    save(store, failed(3))

    async with publishing(nats, store) as (outbox,):
        async with asyncio.timeout(20):
            while not outbox.published:
                await asyncio.sleep(0.02)

    assert [one.data for one in await said(admin)] == [store.facts_after(0, 10)[-1][1].model_dump_json().encode()]


async def test_a_strangers_message_is_an_alarm(nats, store):
    escalation = await nats.client("escalation")
    await escalation.jetstream().publish("ticket.opened.by-a-stranger", b"{}")

    with pytest.raises(ForeignMessage, match="by-a-stranger"):
        await Outbox(escalation.jetstream(), store).run()

    await escalation.close()


async def test_a_store_that_is_away_is_tried_again(nats, admin, store, monkeypatch):
    save(store, failed(1))
    read, troubles = store.facts_after, [StoreAway("gone for lunch")]

    def facts_after(position: int, limit: int) -> Any:
        if troubles:
            raise troubles.pop()
        return read(position, limit)

    monkeypatch.setattr(store, "facts_after", facts_after)
    async with publishing(nats, store) as (outbox,):
        async with asyncio.timeout(20):
            while outbox.published < 2:
                await asyncio.sleep(0.02)

    await expect_exactly(admin, store)
