"""The service: facts in, answers out. Puts the rooms together; the rules are in them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

from faststream.asgi import AsgiFastStream
from nats.aio.client import Client
from prometheus_client import CollectorRegistry
from pydantic import TypeAdapter

from reporting.answers import Answers, subscribe
from reporting.beats import Beats
from reporting.database import Database
from reporting.evidence import EvidenceReader
from reporting.hearing import Parked, hear_beats
from reporting.metrics import make_gauges, measure
from reporting.records import Records
from reporting.settings import ReportingSettings
from reporting.store import Store
from reporting.targets import Targets
from shared import subjects
from shared.bus import make_broker
from shared.events import AnyTestFact, AnyTicketFact
from shared.inbox import Inbox, StoreAway
from shared.service import Health, make_service

LOOK_AGAIN_S = 2.0
STREAMS: dict[str, TypeAdapter[Any]] = {
    subjects.TESTS: TypeAdapter(AnyTestFact),
    subjects.TICKETS: TypeAdapter(AnyTicketFact),
}

Loop = Callable[[Client], Coroutine[Any, Any, None]]


def make_app(settings: ReportingSettings, database: Database, clock: Callable[[], datetime]) -> AsgiFastStream:
    """The service over a database. ``clock`` says the time now, in UTC."""
    broker, health, registry = make_broker(settings), Health(), CollectorRegistry()
    inboxes: dict[str, Inbox] = {}
    records, targets, beats = Records(database), Targets(), Beats()
    gauges = make_gauges(registry)

    async def hear(client: Client) -> None:
        await hear_beats(client, beats, clock)

    async def look_at_store(_client: Client) -> None:
        while True:
            with suppress(StoreAway):  # the database remembers its trouble, and the check below tells it
                await asyncio.to_thread(records.ping)
            await asyncio.sleep(LOOK_AGAIN_S)

    async def count(_client: Client) -> None:
        await measure(gauges, inboxes)

    health.checks["store"] = lambda: database.trouble
    health.checks["streams"] = lambda: "; ".join(inbox.alarm for inbox in inboxes.values() if inbox.alarm)
    subscribe(broker, Answers(broker, records, targets, beats, Parked(), EvidenceReader(), clock))
    follow = [_following(settings, Store(database), inboxes, stream) for stream in STREAMS]
    loops = (*follow, targets.follow, hear, look_at_store, count)
    return make_service(settings, broker, health, loops=loops, registry=registry)


def make_inbox(settings: ReportingSettings, client: Client, store: Store, stream: str) -> Inbox:
    """The way of one stream into the store, on a durable of this instance's own."""
    return Inbox(
        js=client.jetstream(),
        service="reporting",
        stream=stream,
        durable=f"reporting-{stream}-{subjects.token(settings.instance)}",
        facts=STREAMS[stream],
        position=store.position,
        take=store.take,
    )


def _following(settings: ReportingSettings, store: Store, inboxes: dict[str, Inbox], stream: str) -> Loop:
    async def follow(client: Client) -> None:
        inboxes[stream] = make_inbox(settings, client, store, stream)
        await inboxes[stream].run()

    follow.__name__ = f"follow {stream}"
    return follow
