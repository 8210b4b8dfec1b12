"""Hear tests and people, let Tickets decide, say what came of it. Knows the bus; knows no rule and no SQL."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

import structlog
from pydantic import TypeAdapter

from escalation.decision import Refusal, Wish
from escalation.metrics import Metrics
from escalation.outbox import Outbox
from escalation.requests import Requests
from shared.asks import (
    AcknowledgeTicket,
    Answer,
    CancelTicket,
    CloseTicket,
    ListTickets,
    NoteTicket,
    ReadTicket,
    Refused,
    ResolveTicket,
    TicketRead,
    TicketsListed,
    TicketView,
)
from shared.bus import make_broker
from shared.events import AnyTestFact
from shared.inbox import Inbox, Move, StoreAway
from shared.service import Health, make_service
from shared.subjects import TESTS, token

if TYPE_CHECKING:
    from faststream.asgi import AsgiFastStream
    from nats.aio.client import Client

    from escalation.application import Tickets
    from escalation.settings import Settings

A = TypeVar("A", bound=Answer)

QUEUE = "escalation"
"""Of all replicas, one hears each ask."""

WATCH_S = 2.0

log = structlog.get_logger()


@dataclass
class Desk:
    """What a running escalation has open. ``tickets`` is None until the store was reached for the first time."""

    settings: Settings
    open_tickets: Callable[[], Tickets]
    clock: Callable[[], datetime]
    health: Health = field(default_factory=Health)
    metrics: Metrics = field(default_factory=Metrics)
    tickets: Tickets | None = None
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    inbox: Inbox | None = None
    store_complaint: str = "not opened yet"

    async def store(self) -> Tickets:
        """The tickets, as soon as there are any."""
        await self.opened.wait()
        return cast("Tickets", self.tickets)

    def close(self) -> None:
        """Let go of the store."""
        if self.tickets is not None:
            self.tickets.close()

    async def answer(self, use: Callable[[Tickets], A]) -> A | Refused:
        """Let the tickets be used, in a thread; a rule's no, or a store that is away, is an answer too."""
        if self.tickets is None:
            return away("the store is not open yet")
        try:
            return await asyncio.to_thread(use, self.tickets)
        except Refusal as refusal:
            log.info("refused", code=refusal.code, **refusal.values)
            return refusal.answer
        except StoreAway as error:
            log.warning("store_away", error=str(error))
            return away("the store cannot be reached")

    async def obey(self, wish: Wish) -> TicketView | Refused:
        """Do what a person wants of a ticket."""
        answer = await self.answer(lambda tickets: tickets.obey(wish, self.clock()))
        if isinstance(answer, TicketView):
            log.info("obeyed", ask=type(wish).__name__, ticket=answer.number, by=wish.actor.id)
        return answer


def make_app(settings: Settings, open_tickets: Callable[[], Tickets], clock: Callable[[], datetime]) -> AsgiFastStream:
    """Escalation, ready to be served. ``open_tickets`` opens the event store; it is tried until it succeeds."""
    desk = Desk(settings, open_tickets, clock)
    broker = make_broker(settings)
    desk.health.checks["store"] = lambda: desk.store_complaint
    desk.health.checks["tests"] = lambda: desk.inbox.alarm if desk.inbox else ""

    @broker.subscriber(AcknowledgeTicket.subject, queue=QUEUE)
    async def on_acknowledge(wish: AcknowledgeTicket) -> TicketView | Refused:
        return await desk.obey(wish)

    @broker.subscriber(NoteTicket.subject, queue=QUEUE)
    async def on_note(wish: NoteTicket) -> TicketView | Refused:
        return await desk.obey(wish)

    @broker.subscriber(ResolveTicket.subject, queue=QUEUE)
    async def on_resolve(wish: ResolveTicket) -> TicketView | Refused:
        return await desk.obey(wish)

    @broker.subscriber(CloseTicket.subject, queue=QUEUE)
    async def on_close(wish: CloseTicket) -> TicketView | Refused:
        return await desk.obey(wish)

    @broker.subscriber(CancelTicket.subject, queue=QUEUE)
    async def on_cancel(wish: CancelTicket) -> TicketView | Refused:
        return await desk.obey(wish)

    @broker.subscriber(ListTickets.subject, queue=QUEUE)
    async def on_list(ask: ListTickets) -> TicketsListed | Refused:
        return await desk.answer(lambda tickets: tickets.latest(ask.limit, is_open_only=ask.is_open_only))

    @broker.subscriber(ReadTicket.subject, queue=QUEUE)
    async def on_read(ask: ReadTicket) -> TicketRead | Refused:
        return await desk.answer(lambda tickets: tickets.timeline(ask.ticket))

    app = make_service(settings, broker, desk.health, loops=loops_of(desk), registry=desk.metrics.registry)
    app.after_shutdown(desk.close)
    return app


def loops_of(desk: Desk) -> tuple[Callable[[Client], Any], ...]:
    """What runs beside the asks, each for ever."""

    async def watch_store(_: Client) -> None:
        while True:
            complaint = await asyncio.to_thread(look_at_store, desk)
            if complaint and complaint != desk.store_complaint:
                log.warning("store_away", error=complaint)
            desk.store_complaint = complaint
            if desk.tickets:
                desk.opened.set()
            await asyncio.sleep(WATCH_S if desk.tickets else random.uniform(0.1, 0.5))  # noqa: S311  to spread replicas

    async def take_tests(client: Client) -> None:
        tickets = await desk.store()

        def take(tests: Sequence[Any], move: Move) -> None:
            tickets.take(tests, move, desk.clock())

        desk.inbox = desk.metrics.inbox = Inbox(
            js=client.jetstream(),
            service=desk.settings.service,
            stream=TESTS,
            durable=durable_for(desk.settings.instance),
            facts=TypeAdapter(AnyTestFact),
            position=tickets.position,
            take=take,
        )
        await desk.inbox.run()

    async def publish_tickets(client: Client) -> None:
        tickets, loop = await desk.store(), asyncio.get_running_loop()
        outbox = desk.metrics.outbox = Outbox(client.jetstream(), tickets)
        tickets.on_saved = lambda: loop.call_soon_threadsafe(outbox.wake.set)
        await outbox.run()

    async def carry_requests(client: Client) -> None:
        tickets = await desk.store()
        await Requests(client, tickets.view, tickets.give_up, desk.clock).run()

    return watch_store, take_tests, publish_tickets, carry_requests


def look_at_store(desk: Desk) -> str:
    """Open the store if it is not open, and see whether it answers: what is wrong, or ""."""
    try:
        if desk.tickets is None:
            desk.tickets = desk.open_tickets()
            log.info("store_opened")
        desk.metrics.see_store(desk.tickets.count_open(), desk.tickets.last_place())
    except StoreAway as error:
        return str(error) or "away"
    return ""


def away(what: str) -> Refused:
    """Nothing was decided: ask again later."""
    return Refused(refused="store_away", message=f"Escalation cannot answer now: {what}. Ask again.")


def durable_for(instance: str) -> str:
    """The name of this replica's own consumer of TESTS."""
    return f"escalation-{token(instance)}"
