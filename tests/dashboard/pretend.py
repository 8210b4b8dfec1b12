"""A pretend rest of the house: answers the dashboard's asks on a real nats-server, as the services would.

It keeps what it was asked to do in ``World.commands``, so that a test can count.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

import numpy as np
import soundfile
from natsd import Nats

from shared import asks, events
from shared.vocabulary import (
    NAMESPACE,
    Actor,
    Cause,
    Channel,
    Evidence,
    EvidenceKind,
    Finding,
    Leg,
    LegVerdict,
    Origin,
    Result,
    Slot,
    Step,
    TargetCard,
    TicketState,
)

OWNERS = {"probe-runner": "ask.test.>", "escalation": "ask.ticket.>", "reporting": "ask.record.>"}
CHUNK = 50_000

TARGETS = (
    TargetCard(
        id="ivr-pusat",
        name="IVR 1500600 Pusat",
        service_line="Layanan Pelanggan",
        channel=Channel.VOICE,
        address="sip:1500600@10.20.1.5",
        interval_s=1_800,
    ),
    TargetCard(
        id="ivr-gangguan",
        name="IVR 1500700 Gangguan",
        service_line="Pengaduan Gangguan",
        channel=Channel.VOICE,
        address="sip:1500700@10.20.1.5",
        interval_s=1_800,
    ),
    TargetCard(
        id="webchat",
        name="Web Chat pelanggan.id",
        service_line="Digital",
        channel=Channel.WEBCHAT,
        address="wss://pelanggan.id/chat",
        interval_s=1_800,
    ),
    TargetCard(
        id="whatsapp",
        name="WhatsApp Bot",
        service_line="Digital",
        channel=Channel.WHATSAPP,
        address="+62 811 1500 600",
        interval_s=3_600,
    ),
    TargetCard(
        id="telegram",
        name="Telegram @LayananBot",
        service_line="Digital",
        channel=Channel.TELEGRAM,
        address="@LayananBot",
        interval_s=3_600,
    ),
    TargetCard(
        id="email",
        name="E-mail bantuan@pelanggan.id",
        service_line="Back office",
        channel=Channel.EMAIL,
        address="bantuan@pelanggan.id",
        interval_s=3_600,
    ),
)

TRANSCRIPT = """\
00:00.4  IVR    Selamat datang di layanan pelanggan. Tekan satu untuk informasi, tekan sembilan untuk Agent.
00:07.1  UJI    [menekan 9]
00:07.4  IVR    Mohon tunggu, Anda akan terhubung ke Agent kami.
00:10.2  IVR    [musik tunggu]
00:13.9  AGENT  Selamat siang, dengan Rina, ada yang dapat dibantu?
00:15.1  UJI    Ini panggilan uji sistem. Terima kasih.
"""

TRACE = """\
10:31:02.113 > INVITE sip:1500600@10.20.1.5 SIP/2.0
10:31:02.118 < SIP/2.0 100 Trying
10:31:02.420 < SIP/2.0 180 Ringing
10:31:02.731 < SIP/2.0 200 OK
10:31:02.732 > ACK sip:1500600@10.20.1.5 SIP/2.0
10:31:18.902 > BYE sip:1500600@10.20.1.5 SIP/2.0
10:31:18.911 < SIP/2.0 200 OK
"""


def tone() -> bytes:
    """Three seconds of a telephone tone, as Ogg/Opus."""
    time = np.arange(48_000 * 3) / 48_000
    into = io.BytesIO()
    soundfile.write(into, 0.2 * np.sin(2 * np.pi * 425 * time), 48_000, format="OGG", subtype="OPUS")
    return into.getvalue()


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
        return asks.TestAnnounced(test_id=ask.test_id or uuid4())

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


def busy_day(now: datetime) -> World:
    """A realistic board: most is well, one line fails with a ticket, one bot cannot be judged, one test is old."""
    world = World(now)
    for card in world.targets:
        for back in range(14, 0, -1):
            at = now - timedelta(seconds=card.interval_s * back + 40)
            unlucky = {("whatsapp", 5): Cause.BOT_NO_REPLY, ("ivr-pusat", 9): Cause.PROBER_CRASHED}
            world.test(card.id, at, unlucky.get((card.id, back)))
    world.test("ivr-pusat", now - timedelta(minutes=4, seconds=12), **_full(world, None))
    _failing_line(world, now)
    world.test("webchat", now - timedelta(minutes=4))
    world.test("whatsapp", now - timedelta(minutes=9), Cause.PROBER_NO_REFERENCE)
    world.test("email", now - timedelta(seconds=2))
    world.tests = [
        test for test in world.tests if test.target != "telegram" or now - test.at > timedelta(hours=2, minutes=20)
    ]
    old = world.test("whatsapp", now - timedelta(days=1, hours=3), Cause.BOT_NO_REPLY)
    world.tests.sort(key=lambda test: test.at, reverse=True)
    past = world.open_ticket(old, "SBG-2026-0041", now - timedelta(days=1, hours=3))
    world.happened(
        past, events.TicketAcknowledged, now - timedelta(days=1, hours=2, minutes=57), actor=Actor(id="ioc.dewi")
    )
    world.happened(
        past, events.TicketResolved, now - timedelta(days=1, hours=2, minutes=20), actor=Actor(id="ioc.dewi")
    )
    world.happened(past, events.TicketClosed, now - timedelta(days=1, hours=2, minutes=19), test_id=uuid4())
    for service, restarts in (("probe-runner", 0), ("escalation", 2), ("reporting", 0), ("dashboard", 0)):
        world.beats.append(
            events.Beat(
                service=service,
                instance=f"{service}-1",
                at=now,
                started_at=now - timedelta(hours=3),
                is_ready=True,
                restarts=restarts,
                notices=("plan: refused: line 14: interval_s must be 60..86400 (got 5)",)
                if service == "probe-runner"
                else (),
            )
        )
    world.parked = 3
    return world


def _failing_line(world: World, now: datetime) -> None:
    failed = world.test(
        "ivr-gangguan",
        now - timedelta(minutes=13),
        Cause.QUEUE_TIMEOUT,
        detail="no agent after 120 s of hold music",
        **_full(world, Cause.QUEUE_TIMEOUT),
    )
    ticket = world.open_ticket(failed, "SBG-2026-0042", now - timedelta(minutes=13))
    repeated = world.test(
        "ivr-gangguan",
        now - timedelta(minutes=12),
        Cause.QUEUE_TIMEOUT,
        origin=Origin.CONFIRMING,
        detail="no agent after 120 s of hold music",
        **_full(world, Cause.QUEUE_TIMEOUT),
    )
    world.happened(
        ticket,
        events.TicketTestRequested,
        now - timedelta(minutes=13),
        test_id=repeated.test_id,
        purpose=Origin.CONFIRMING,
        not_before=now - timedelta(minutes=12, seconds=30),
    )
    world.happened(
        ticket,
        events.TicketFailureRepeated,
        now - timedelta(minutes=12),
        test_id=repeated.test_id,
        leg=Leg.AGENT,
        cause=Cause.QUEUE_TIMEOUT,
        summary="no agent after 120 s of hold music",
    )


def _full(world: World, cause: Cause | None) -> dict[str, Any]:
    """Everything a voice test leaves behind."""
    name = uuid4().hex[:8]
    steps = [
        Step(name="dialled", at_s=0.0),
        Step(name="ringing", at_s=0.31),
        Step(name="answered", at_s=0.62, note="200 OK"),
        Step(name="greeting_heard", at_s=1.05, note="matched ivr-greeting.wav, 0.97"),
        Step(name="key_pressed", at_s=7.1, note="9"),
        Step(name="transfer_heard", at_s=7.4),
        Step(name="hold_music_heard", at_s=10.2),
        Step(name="agent_heard", at_s=13.9, is_ok=cause is None, note="speech after the hold music"),
        Step(name="hung_up", at_s=16.8),
    ]
    return {
        "steps": tuple(steps),
        "findings": (
            Finding(name="hold_music_ended", is_for=True, at_s=13.4, note="hold music stopped and did not come back"),
            Finding(
                name="agent_greeting_matched", is_for=cause is None, at_s=13.9, note="agent-greeting.wav, score 0.94"
            ),
            Finding(name="unknown_music_heard", is_for=False, at_s=14.2, note="2.1 s of music that is not registered"),
        ),
        "measures": {
            "post_dial_delay_s": 0.31,
            "answer_time_s": 0.62,
            "jitter_ms": 2.4,
            "mos": 4.31,
            "rtp_loss_percent": 0.0,
        },
        "evidence": (
            world.keep(EvidenceKind.RECORDING, f"{name}/call.ogg", "audio/ogg", tone()),
            world.keep(EvidenceKind.TRANSCRIPT, f"{name}/transcript.txt", "text/plain", TRANSCRIPT.encode()),
            world.keep(EvidenceKind.SIP_TRACE, f"{name}/sip.txt", "text/plain", TRACE.encode()),
        ),
    }
