"""A ticket's wishes on their way to the probe-runner. The whole way, with real tickets, is in test_app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from natsd import Nats
from tellings import NOON, after, failed, wish

from escalation.decision import TicketUnknown, conclude, obey
from escalation.requests import MOST_REFUSALS, Requests
from escalation.ticket import Ticket, project
from shared.asks import CancelTicket, Refused, RunTicketTest, TestAnnounced, TicketView
from shared.bus import connect
from shared.events import TicketTestRequested
from shared.settings import Settings
from shared.subjects import TEST_REQUESTS, TICKETS

OPENING = conclude(None, failed(), NOON)
TICKET: Any = project(None, OPENING)
CANCELLED: Any = project(TICKET, obey(TICKET, wish(CancelTicket, TICKET.id, reason="a drill"), NOON))


@dataclass
class Way:
    """The bus between a ticket and the probe-runner."""

    escalation: Any
    admin: Any
    ticket: Ticket | None = TICKET
    asked: list[RunTicketTest] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)

    given_up: list[Any] = field(default_factory=list)

    def give_up(self, wish: TicketTestRequested, why: str, now: Any) -> None:
        self.given_up.append((wish.test_id, why, now))

    def view(self, ticket: UUID) -> TicketView:
        if self.ticket is None:
            raise TicketUnknown(ticket)
        return self.ticket.view()

    async def put(self, data: bytes) -> None:
        await self.escalation.jetstream().publish(f"ticket.test-requested.{TICKET.id}", data)

    async def settled(self) -> None:
        """Until nothing waits in the durable any more."""
        async with asyncio.timeout(20):
            while True:
                info = await self.admin.jetstream().consumer_info(TICKETS, TEST_REQUESTS)
                if info.delivered.stream_seq and not info.num_pending and not info.num_ack_pending:
                    return
                await asyncio.sleep(0.02)

    async def answer(self, message: Any) -> None:
        self.asked.append(RunTicketTest.model_validate_json(message.data))
        told = self.answers.pop(0) if self.answers else TestAnnounced(test_id=self.asked[-1].test_id)
        await message.respond(told.model_dump_json().encode())


@pytest.fixture
async def way(nats: Nats) -> AsyncIterator[Way]:
    escalation = await connect(Settings(**nats.settings("escalation")))
    admin, probe_runner = await nats.client("admin"), await nats.client("probe-runner")
    made = Way(escalation, admin)
    await probe_runner.subscribe("order.test.run", cb=made.answer)
    await probe_runner.flush()
    yield made
    for client in (escalation, admin, probe_runner):
        await client.close()


@asynccontextmanager
async def carrying(way: Way) -> AsyncIterator[None]:
    running = asyncio.create_task(
        Requests(way.escalation, way.view, way.give_up, lambda: after(10), refused_again_s=0.05).run()
    )
    try:
        yield
    finally:
        while not running.done():
            running.cancel()
            await asyncio.wait({running}, timeout=0.5)


async def test_a_wish_whose_time_has_come_is_asked_for_once(way):
    wanted = OPENING[1]
    await way.put(wanted.model_dump_json().encode())

    async with carrying(way):
        await way.settled()

    (asked,) = way.asked
    assert (asked.test_id, asked.command_id, asked.origin) == (wanted.test_id, wanted.id, wanted.purpose)


async def test_a_wish_whose_time_has_not_come_waits(way):
    wanted = OPENING[1]
    assert isinstance(wanted, TicketTestRequested)
    now = [NOON]
    await way.put(wanted.model_copy(update={"not_before": after(0.3)}).model_dump_json().encode())

    running = asyncio.create_task(Requests(way.escalation, way.view, way.give_up, lambda: now[0]).run())
    async with asyncio.timeout(20):
        while not (info := await way.admin.jetstream().consumer_info(TICKETS, TEST_REQUESTS)).num_redelivered:
            await asyncio.sleep(0.02)
    assert (way.asked, info.num_ack_pending) == ([], 1)
    now[0] = after(1)
    await way.settled()
    running.cancel()
    await asyncio.wait({running})

    assert len(way.asked) == 1


async def test_a_wish_that_is_refused_for_a_while_is_asked_again(way):
    way.answers = [Refused(refused="unknown_target", message="There is no plan in force yet.")] * 2
    await way.put(OPENING[1].model_dump_json().encode())

    async with carrying(way):
        await way.settled()

    assert len(way.asked) == 3
    assert way.given_up == []


async def test_a_ticket_is_told_when_its_test_is_refused_for_good(way):
    way.answers = [Refused(refused="unknown_target", message="There is no target cc-inbound.")] * 9
    await way.put(OPENING[1].model_dump_json().encode())

    async with carrying(way):
        await way.settled()

    assert len(way.asked) == MOST_REFUSALS
    assert way.given_up == [(OPENING[1].test_id, "There is no target cc-inbound.", after(10))]


@pytest.mark.parametrize("ticket", [CANCELLED, None], ids=["over", "unknown"])
async def test_nobody_is_called_for_a_ticket_that_needs_no_test(way, ticket):
    way.ticket = ticket
    await way.put(OPENING[1].model_dump_json().encode())

    async with carrying(way):
        await way.settled()

    assert way.asked == []


async def test_what_is_no_wish_is_parked_and_the_next_is_carried(way):
    await way.put(b"garbage")
    await way.put(OPENING[1].model_dump_json().encode())

    async with carrying(way):
        await way.settled()

    parked = await way.admin.jetstream().get_msg("DEAD", seq=1)
    assert (parked.subject, parked.data) == ("dead.escalation.TICKETS.1", b"garbage")
    assert len(way.asked) == 1
