"""A pretend rest of the house: answers the dashboard's asks on a real nats-server, as the services would.

It keeps what it was asked to do in ``World.commands``, so that a test can count.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from natsd import Nats
from scenery import TARGETS

from shared import asks, events
from shared.vocabulary import (
    NAMESPACE,
    Cause,
    Evidence,
    EvidenceKind,
    Leg,
    LegVerdict,
    Result,
    Slot,
    TargetCard,
    TicketState,
)

OWNERS = {"probe-runner": "ask.test.>", "escalation": "ask.ticket.>", "reporting": "ask.record.>"}
CHUNK = 50_000


@dataclass
class World:
    """What the pretend services know. ``commands``: everything that was ordered, in order."""

    now: datetime
    targets: tuple[TargetCard, ...] = TARGETS
    tests: list[Any] = field(default_factory=list)
    tickets: dict[UUID, asks.TicketView] = field(default_factory=dict)
    timelines: dict[UUID, list[Any]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    commands: list[asks.Ask] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    beats: list[events.Beat] = field(default_factory=list)
    parked: int = 0
    refuse: dict[str, asks.Refused] = field(default_factory=dict)
    agent_time_day_s: dict[str, float] = field(default_factory=dict)

    def keep(self, kind: EvidenceKind, name: str, media_type: str, data: bytes) -> Evidence:
        self.objects[name] = data
        checksum = hashlib.sha256(data).hexdigest()
        return Evidence(kind=kind, name=name, media_type=media_type, size=len(data), sha256=checksum)

    def test(self, target: str, at: datetime, cause: Cause | None = None, **more: Any) -> Any:
        """A test that ended: passed without a cause, inconclusive with one of ours, else failed."""
        card = next(card for card in self.targets if card.id == target)
        test_id = more.pop("test_id", None) or uuid4()
        is_ours = cause is not None and cause.is_ours
        leg = Leg.AGENT if cause and cause.layer in {"queue", "agent"} else Leg.ACCESSIBILITY
        passed = LegVerdict(result=Result.PASSED)
        broken = LegVerdict(result=Result.INCONCLUSIVE if is_ours else Result.FAILED, cause=cause)
        nothing = LegVerdict(result=Result.NOT_REACHED)
        values = {
            "id": events.conclusion_id_for(test_id),
            "at": at,
            "test_id": test_id,
            "target": target,
            "target_name": card.name,
            "channel": card.channel,
            "started_at": at - timedelta(seconds=17.4),
            "runner": "probe-runner-1",
            "slot": Slot.containing(at, card.interval_s),
            "state": "agent_confirmed" if cause is None else "queued" if leg is Leg.AGENT else "answered",
            "accessibility": broken if cause and leg is Leg.ACCESSIBILITY else passed,
            "agent": passed if cause is None else broken if leg is Leg.AGENT else nothing,
            **more,
        }
        if cause is None:
            fact: Any = events.TestPassed(**values)
        elif is_ours:
            fact = events.TestInconclusive(**values, cause=cause)
        else:
            fact = events.TestFailed(**values, leg=leg, cause=cause)
        self.tests.insert(0, fact)
        return fact

    def open_ticket(self, test: Any, number: str, at: datetime) -> UUID:
        ticket = uuid5(NAMESPACE, f"ticket/{test.test_id}")
        self.tickets[ticket] = asks.TicketView(
            ticket=ticket,
            number=number,
            target=test.target,
            target_name=test.target_name,
            channel=test.channel,
            state=TicketState.OPENED,
            is_confirmed=False,
            severity=test.severity,
            leg=test.leg,
            cause=test.cause,
            summary=f"{test.leg} failed: {test.cause}",
            opened_at=at,
            version=0,
        )
        self.timelines[ticket] = []
        self.happened(
            ticket,
            events.TicketOpened,
            at,
            number=number,
            target_name=test.target_name,
            channel=test.channel,
            severity=test.severity,
            test_id=test.test_id,
            failed_at=test.at,
            leg=test.leg,
            cause=test.cause,
            summary=test.detail or f"{test.cause}",
        )
        return ticket

    def happened(self, ticket: UUID, kind: type, at: datetime, **more: Any) -> None:
        view = self.tickets[ticket]
        version = view.version + 1
        self.timelines[ticket].append(
            kind(id=uuid4(), at=at, ticket=ticket, version=version, target=view.target, **more)
        )
        changes: dict[str, Any] = {"version": version}
        if kind is events.TicketAcknowledged:
            changes |= {"state": TicketState.ACKNOWLEDGED, "acknowledged_at": at, "acknowledged_by": more.get("actor")}
        elif kind is events.TicketFailureRepeated:
            changes |= {"is_confirmed": True, "failures": view.failures + 1}
        elif kind is events.TicketResolved:
            changes |= {"state": TicketState.RESOLVED, "resolved_at": at}
        elif kind is events.TicketReopened:
            changes |= {"state": TicketState.REOPENED, "resolved_at": None, "reopenings": view.reopenings + 1}
        elif kind is events.TicketClosed:
            changes |= {"state": TicketState.CLOSED, "ended_at": at}
        elif kind is events.TicketCancelled:
            changes |= {"state": TicketState.CANCELLED, "ended_at": at}
        self.tickets[ticket] = view.model_copy(update=changes)

    # --- answers --------------------------------------------------------------------------------------------

    def answer(self, subject: str, data: bytes) -> asks.Answer:
        self.asked[subject] += 1
        question = next(ask for ask in _all_asks() if ask.subject == subject).model_validate_json(data)
        if (refused := self.refuse.get(subject)) is not None:
            self.commands.append(question)
            return refused
        return getattr(self, "on_" + type(question).__name__.lower())(question)

    def on_readboard(self, _ask: asks.ReadBoard) -> asks.BoardRead:
        now = datetime.now(UTC)
        rows = tuple(self._row(card, now) for card in self.targets)
        beats = tuple(beat.model_copy(update={"at": now}) for beat in self.beats)
        return asks.BoardRead(at=now, rows=rows, beats=beats, parked=self.parked)

    def _row(self, card: TargetCard, now: datetime) -> asks.BoardRow:
        mine = [test for test in self.tests if test.target == card.id]
        tickets = [view for view in self.tickets.values() if view.target == card.id and not view.state.is_over]
        return asks.BoardRow(
            target=card,
            last=mine[0] if mine else None,
            recent=tuple(test.type.removeprefix("Test").lower() for test in reversed(mine[:12])),
            next_slot=Slot.containing(now, card.interval_s).next,
            ticket=tickets[0] if tickets else None,
            agent_time_day_s=self.agent_time_day_s.get(card.id, 0.0),
        )

    def on_readtests(self, ask: asks.ReadTests) -> asks.TestsRead:
        mine = [test for test in self.tests if ask.target in {None, test.target}]
        start = int(ask.before or 0)
        end = start + ask.limit
        return asks.TestsRead(tests=tuple(mine[start:end]), next=str(end) if end < len(mine) else None)

    def on_readtest(self, ask: asks.ReadTest) -> asks.TestRead:
        return asks.TestRead(test=next((test for test in self.tests if test.test_id == ask.test_id), None))

    def on_readticketrecord(self, ask: asks.ReadTicketRecord) -> asks.Answer:
        if ask.ticket not in self.tickets:
            return asks.Refused(refused="unknown_ticket", message="No ticket of this id is on record.")
        return asks.TicketRead(view=self.tickets[ask.ticket], timeline=tuple(self.timelines[ask.ticket]))

    def on_readticketrecords(self, ask: asks.ReadTicketRecords) -> asks.TicketRecordsRead:
        newest = sorted(self.tickets.values(), key=lambda view: view.opened_at, reverse=True)
        return asks.TicketRecordsRead(tickets=tuple(newest[: ask.limit]))

    def on_listtickets(self, _ask: asks.ListTickets) -> asks.TicketsListed:
        opened = [view for view in self.tickets.values() if not view.state.is_over]
        return asks.TicketsListed(tickets=tuple(sorted(opened, key=lambda view: view.opened_at, reverse=True)))

    def on_readevidence(self, ask: asks.ReadEvidence) -> asks.EvidenceRead:
        data = self.objects[ask.name]
        part = data[ask.offset : ask.offset + CHUNK]
        return asks.EvidenceRead(data=base64.b64encode(part), size=len(data))

    def on_runtest(self, ask: asks.RunTest) -> asks.TestAnnounced:
        self.commands.append(ask)
        return asks.TestAnnounced(test_id=ask.command_id)

    def on_acknowledgeticket(self, ask: asks.AcknowledgeTicket) -> asks.Answer:
        return self._act(ask, events.TicketAcknowledged, note=ask.note)

    def on_noteticket(self, ask: asks.NoteTicket) -> asks.Answer:
        return self._act(ask, events.TicketNoted, note=ask.note)

    def on_resolveticket(self, ask: asks.ResolveTicket) -> asks.Answer:
        return self._act(ask, events.TicketResolved, note=ask.note)

    def on_closeticket(self, ask: asks.CloseTicket) -> asks.Answer:
        return self._act(ask, events.TicketClosed, reason=ask.reason)

    def on_cancelticket(self, ask: asks.CancelTicket) -> asks.Answer:
        return self._act(ask, events.TicketCancelled, reason=ask.reason)

    def _act(self, ask: Any, kind: type, **more: Any) -> asks.Answer:
        self.commands.append(ask)
        self.happened(ask.ticket, kind, datetime.now(UTC), actor=ask.actor, command_id=ask.command_id, **more)
        return self.tickets[ask.ticket]


@dataclass
class StandIn:
    """Answers as the world that is there at the moment."""

    world: World

    def answer(self, subject: str, data: bytes) -> asks.Answer:
        return self.world.answer(subject, data)


def _all_asks() -> list[type[asks.Ask]]:
    return [ask for ask in asks.Ask.__subclasses__() if "subject" in ask.__dict__]


W = TypeVar("W", World, StandIn)


@asynccontextmanager
async def answering(nats: Nats, world: W, services: tuple[str, ...] = tuple(OWNERS)) -> AsyncIterator[W]:
    """Answer for ``services``, each with its own user and rights."""
    clients = []
    for service in services:
        client = await nats.client(service)
        clients.append(client)

        async def on_ask(message: Any) -> None:
            await message.respond(world.answer(message.subject, message.data).model_dump_json().encode())

        await client.subscribe(OWNERS[service], cb=on_ask)
        await client.flush()
    try:
        yield world
    finally:
        for client in clients:
            await client.close()
