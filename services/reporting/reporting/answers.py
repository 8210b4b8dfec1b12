"""Who is asked what, and what comes back. Knows the asks and the record; writes nothing."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from faststream.nats import NatsBroker

from reporting import cursor
from reporting.beats import Beats
from reporting.board import AgentTime, make_rows, notices
from reporting.cursor import BadCursor, Cursor
from reporting.evidence import EvidenceDamaged, EvidenceReader, EvidenceTooLarge, UnknownEvidence
from reporting.hearing import Parked
from reporting.periods import day_of, hour_before
from reporting.records import Records
from reporting.targets import Targets
from shared.asks import (
    BoardRead,
    EvidenceRead,
    ReadBoard,
    ReadEvidence,
    ReadTest,
    ReadTests,
    ReadTicketRecord,
    ReadTicketRecords,
    Refused,
    TestRead,
    TestsRead,
    TicketRead,
    TicketRecordsRead,
)
from shared.inbox import StoreAway

T = TypeVar("T")

AT_ONCE = 8
"""Asks of one kind that may wait for the database or the bus at the same time."""


@dataclass(frozen=True)
class Answers:
    """Everything an answer is made of."""

    broker: NatsBroker
    records: Records
    targets: Targets
    beats: Beats
    parked: Parked
    evidence: EvidenceReader
    clock: Callable[[], datetime]

    async def on_read_board(self, _ask: ReadBoard) -> BoardRead | Refused:
        """The board, now."""
        parked = await self.parked.count(await self.broker.connect())
        now, cards = self.clock(), self.targets.cards
        beats = self.beats.lately(now)

        def read() -> BoardRead:
            tickets = self.records.open_tickets()
            latest = self.records.latest([card.id for card in cards])
            spent = AgentTime(self.records.agent_time(day_of(now)), self.records.agent_time(hour_before(now)))
            rows = make_rows(cards, latest, tickets, spent, now)
            return BoardRead(at=now, rows=rows, beats=beats, parked=parked, notices=notices(cards, tickets))

        return await _reading(read)

    async def on_read_tests(self, ask: ReadTests) -> TestsRead | Refused:
        """A page of tests."""

        def page() -> TestsRead:
            found = self.records.tests(_cursor(ask.before), ask.limit, target=ask.target, ticket=ask.ticket)
            return TestsRead(tests=tuple(found.items), next=str(found.next) if found.next else None)

        return await _reading(page)

    async def on_read_test(self, ask: ReadTest) -> TestRead | Refused:
        """One test."""
        return await _reading(lambda: TestRead(test=self.records.test(ask.test_id)))

    async def on_read_ticket(self, ask: ReadTicketRecord) -> TicketRead | Refused:
        """One ticket with what happened to it."""

        def read() -> TicketRead | Refused:
            view = self.records.ticket(ask.ticket)
            if view is None:
                values = {"ticket": str(ask.ticket)}
                return Refused(refused="unknown_ticket", message="No ticket of this id is on record.", values=values)
            return TicketRead(view=view, timeline=tuple(self.records.timeline(view)))

        return await _reading(read)

    async def on_read_tickets(self, ask: ReadTicketRecords) -> TicketRecordsRead | Refused:
        """A page of tickets."""

        def page() -> TicketRecordsRead:
            found = self.records.tickets(_cursor(ask.before), ask.limit, target=ask.target)
            return TicketRecordsRead(tickets=tuple(found.items), next=str(found.next) if found.next else None)

        return await _reading(page)

    async def on_read_evidence(self, ask: ReadEvidence) -> EvidenceRead | Refused:
        """A part of one object."""
        js = (await self.broker.connect()).jetstream(timeout=2)
        try:
            data, size = await self.evidence.part(js, ask.name, ask.offset)
        except UnknownEvidence as error:
            return Refused(refused="unknown_evidence", message=str(error), values={"name": error.name})
        except EvidenceTooLarge as error:
            values = {"name": error.name, "size": str(error.size)}
            return Refused(refused="evidence_too_large", message=str(error), values=values)
        except EvidenceDamaged as error:
            return Refused(refused="evidence_damaged", message=str(error), values={"name": error.name})
        return EvidenceRead(data=base64.b64encode(data), size=size)


def subscribe(broker: NatsBroker, answers: Answers) -> None:
    """Let the asks in. Replicas share them."""
    for ask, handler in (
        (ReadBoard, answers.on_read_board),
        (ReadTests, answers.on_read_tests),
        (ReadTest, answers.on_read_test),
        (ReadTicketRecord, answers.on_read_ticket),
        (ReadTicketRecords, answers.on_read_tickets),
        (ReadEvidence, answers.on_read_evidence),
    ):
        broker.subscriber(ask.subject, queue="reporting", max_workers=AT_ONCE, description=ask.__doc__)(handler)


async def _reading(work: Callable[[], T | Refused]) -> T | Refused:
    try:
        return await asyncio.to_thread(work)
    except StoreAway as error:
        return Refused(refused="store_away", message=f"The record cannot be read now: {error}"[:4_000])
    except BadCursor as error:
        return Refused(refused="bad_cursor", message=str(error), values={"before": error.word})


def _cursor(word: str | None) -> Cursor | None:
    return None if word is None else cursor.read(word)
