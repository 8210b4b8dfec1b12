"""One fixed sample of every contract, each with every field set: what ``tests/shared/golden`` pins."""

from __future__ import annotations

import base64
from typing import Any

from pydantic import BaseModel
from samples import NOW, PIC, at, card, failed, happened, opened, passed, test_of, uid

from shared import asks
from shared.asks import Ask
from shared.events import Beat, TestJob
from shared.vocabulary import (
    Actor,
    Cause,
    Channel,
    Concern,
    Evidence,
    EvidenceKind,
    Finding,
    Grade,
    Leg,
    LegVerdict,
    Origin,
    Result,
    Severity,
    Slot,
    Step,
)

SLOT = Slot.containing(NOW, 1_800)

FULL_TEST: dict[str, Any] = {
    "origin": Origin.ON_DEMAND,
    "slot": SLOT,
    "ticket": uid("one"),
    "requested_by": PIC,
    "is_drill": True,
    "severity": Severity.ERROR,
    "runner": "host-1",
    "state": "queued",
    "accessibility": LegVerdict(result=Result.PASSED, note="greeting heard at 2.1 s"),
    "agent": LegVerdict(result=Result.FAILED, cause=Cause.QUEUE_TIMEOUT, note="120 s on hold"),
    "steps": (Step(name="dial", at_s=0), Step(name="agent", at_s=122.5, is_ok=False, note="nobody")),
    "findings": (Finding(name="hold-music", is_for=False, at_s=9.25, note="until the end"),),
    "measures": {"post_dial_delay_s": 0.75, "mos": 4.2},
    "concerns": (Concern(name="mos", grade=Grade.WARNING, value=3.8, limit=4.0, note="below its threshold"),),
    "evidence": (
        Evidence(
            kind=EvidenceKind.RECORDING,
            name="tests/cc-inbound/1/call.ogg",
            media_type="audio/ogg",
            size=52_311,
            sha256="0" * 64,
        ),
    ),
}

SAID = {"actor": Actor(id="ioc.andi", role="ioc"), "command_id": uid("command")}

VIEW = asks.TicketView(
    ticket=uid("one"),
    number="SB-20261122-0001",
    target="cc-inbound",
    target_name="Contact centre",
    channel=Channel.VOICE,
    state="acknowledged",
    is_confirmed=True,
    is_drill=True,
    severity=Severity.CRITICAL,
    leg=Leg.AGENT,
    cause=Cause.AGENT_NO_ANSWER,
    summary="nobody answers after the menu",
    opened_at=at(0),
    acknowledged_at=at(60),
    acknowledged_by=PIC,
    resolved_at=at(120),
    ended_at=at(180),
    failures=3,
    passes=1,
    reopenings=2,
    retest=uid("retest"),
    version=9,
)

BEAT = Beat(
    service="escalation",
    instance="host-2",
    at=at(2),
    started_at=at(0),
    is_ready=False,
    notices=("bus: not connected",),
    restarts=1,
)


def _ask(kind: str, /, **fields: Any) -> Ask:
    question: Ask = getattr(asks, kind)(command_id=uid("command"), actor=PIC, **fields)
    return question


SAMPLES: tuple[BaseModel, ...] = (
    card(service_line="Retail", severity=Severity.WARNING),
    passed(**FULL_TEST),
    failed(**FULL_TEST, leg=Leg.AGENT, cause=Cause.QUEUE_TIMEOUT, detail="120 s on hold, then hung up"),
    test_of("Inconclusive", **FULL_TEST, cause=Cause.PROBER_CRASHED, detail="worker died with signal 9"),
    test_of("Missed", **FULL_TEST, detail="no probe-runner was alive"),
    TestJob(
        test_id=uid("job"),
        target=card(),
        origin=Origin.RETEST,
        slot=SLOT,
        ticket=uid("one"),
        requested_by=PIC,
        is_drill=True,
        announced_at=NOW,
    ),
    opened(**SAID, is_drill=True),
    happened("FailureRepeated", 2, **SAID, summary="again"),
    happened("PassNoted", 3, **SAID),
    happened("TestRequested", 4, **SAID, attempt=2),
    happened("Acknowledged", 5, **SAID, note="on it"),
    happened("Noted", 6, **SAID),
    happened("Resolved", 7, **SAID, note="trunk mended"),
    happened("Reopened", 8, **SAID, summary="still busy"),
    happened("Closed", 9, **SAID, reason="by hand"),
    happened("Cancelled", 10, **SAID),
    BEAT,
    _ask("RunTest", target="cc-inbound", is_drill=True),
    _ask("RunTicketTest", target="cc-inbound", test_id=uid("job"), origin="retest", ticket=uid("one"), is_drill=True),
    _ask("AcknowledgeTicket", ticket=uid("one"), note="on it"),
    _ask("NoteTicket", ticket=uid("one"), note="still looking"),
    _ask("ResolveTicket", ticket=uid("one"), note="mended"),
    _ask("CloseTicket", ticket=uid("one"), reason="cannot be tested"),
    _ask("CancelTicket", ticket=uid("one"), reason="planned work"),
    _ask("ListTickets", is_open_only=False, limit=10),
    _ask("ReadTicket", ticket=uid("one")),
    _ask("ReadBoard"),
    _ask("ReadTests", target="cc-inbound", ticket=uid("one"), limit=10, before="a-cursor"),
    _ask("ReadTest", test_id=uid("job")),
    _ask("ReadTicketRecord", ticket=uid("one")),
    _ask("ReadTicketRecords", target="cc-inbound", limit=10, before="a-cursor"),
    _ask("ReadEvidence", name="tests/cc-inbound/1/call.ogg", offset=262_144),
    asks.Refused(refused="unknown_ticket", message="No such ticket.", values={"ticket": str(uid("one"))}),
    asks.TestAnnounced(test_id=uid("job")),
    VIEW,
    asks.TicketsListed(tickets=(VIEW,)),
    asks.TicketRead(view=VIEW, timeline=(opened(), happened("Noted", 2))),
    asks.BoardRead(
        at=NOW,
        rows=(
            asks.BoardRow(
                target=card(),
                last=passed(),
                recent=("failed", "passed"),
                next_slot=SLOT,
                ticket=VIEW,
                agent_time_day_s=72.5,
                agent_time_hour_s=12.25,
            ),
            asks.BoardRow(target=card("wa-bot"), next_slot=SLOT),
        ),
        beats=(BEAT,),
        parked=1,
        notices=("the plan has no target gone",),
    ),
    asks.TestsRead(tests=(passed(2), failed(1)), next="a-cursor"),
    asks.TestRead(test=passed()),
    asks.TicketRecordsRead(tickets=(VIEW,), next="a-cursor"),
    asks.EvidenceRead(data=base64.b64encode(b"\x00bytes\xff"), size=7),
)
