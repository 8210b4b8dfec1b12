"""A busy day in a pretend world: most is well, something fails, something is not known."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from pretend import World
from scenery import TRACE, TRANSCRIPT, tone

from shared import events
from shared.vocabulary import Actor, Cause, EvidenceKind, Finding, Leg, Origin, Step


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
