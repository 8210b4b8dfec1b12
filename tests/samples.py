"""Facts for tests, fixed unless told otherwise: the same call makes the same fact, id and all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from shared import events
from shared.events import TestFact, TestFailed, TestPassed, TicketFact, TicketOpened, conclusion_id_for
from shared.vocabulary import NAMESPACE, Actor, Cause, Channel, Leg, LegVerdict, Result, Severity, TargetCard

NOW = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
PIC = Actor(id="budi")


def uid(word: object) -> UUID:
    return uuid5(NAMESPACE, f"sample/{word}")


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def card(target: str = "cc-inbound", **more: Any) -> TargetCard:
    values = {"name": f"Target {target}", "channel": Channel.VOICE, "address": "1500-123", "interval_s": 60}
    return TargetCard(id=target, **{**values, **more})


def passed(number: int = 1, target: str = "cc-inbound", **more: Any) -> TestPassed:
    return TestPassed(**{**_test(number, target, LegVerdict(result=Result.PASSED)), **more})


def failed(number: int = 1, target: str = "cc-inbound", **more: Any) -> TestFailed:
    wrong = {"leg": Leg.ACCESSIBILITY, "cause": Cause.TELCO_BUSY, "detail": "486 Busy Here", **more}
    return TestFailed(**{**_test(number, target, LegVerdict(result=Result.FAILED, cause=Cause.TELCO_BUSY)), **wrong})


def test_of(kind: str, number: int = 1, target: str = "cc-inbound", **more: Any) -> TestFact:
    """A test of any ending: Passed, Failed, Inconclusive or Missed."""
    if kind == "Failed":
        return failed(number, target, **more)
    if kind == "Inconclusive":
        more = {"cause": Cause.PROBER_CRASHED, **more}
    verdict = LegVerdict(result=Result.PASSED if kind == "Passed" else Result.INCONCLUSIVE)
    return getattr(events, f"Test{kind}")(**{**_test(number, target, verdict), **more})


test_of.__test__ = False  # type: ignore[attr-defined]


def _test(number: int, target: str, verdict: LegVerdict) -> dict[str, Any]:
    test_id = uid(f"{target}/{number}")
    return {
        "id": conclusion_id_for(test_id),
        "at": at(number),
        "test_id": test_id,
        "target": target,
        "target_name": f"Target {target}",
        "channel": Channel.VOICE,
        "started_at": at(number - 30),
        "accessibility": verdict,
        "agent": verdict,
    }


def opened(ticket: str = "one", target: str = "cc-inbound", seconds: float = 0, **more: Any) -> TicketOpened:
    values = {
        "number": f"SB-{ticket}",
        "target_name": f"Target {target}",
        "channel": Channel.VOICE,
        "severity": Severity.CRITICAL,
        "test_id": uid(f"{target}/1"),
        "failed_at": at(seconds - 5),
        "leg": Leg.ACCESSIBILITY,
        "cause": Cause.TELCO_BUSY,
        "summary": "busy",
    }
    return TicketOpened(**_happened(ticket, target, 1, seconds), **{**values, **more})


def happened(kind: str, version: int, ticket: str = "one", target: str = "cc-inbound", **more: Any) -> TicketFact:
    """A later fact of a ticket: Acknowledged, Noted, Resolved and so on; ``version`` is also its second."""
    usual: dict[str, Any] = {
        "FailureRepeated": {"test_id": uid(version), "leg": Leg.AGENT, "cause": Cause.AGENT_NO_ANSWER},
        "PassNoted": {"test_id": uid(version)},
        "TestRequested": {"test_id": uid(version), "purpose": "retest", "not_before": at(version)},
        "Acknowledged": {"actor": PIC},
        "Noted": {"note": "still looking", "actor": PIC},
        "Resolved": {"actor": PIC},
        "Reopened": {"test_id": uid(version), "cause": Cause.TELCO_BUSY},
        "Closed": {"test_id": uid(version)},
        "Cancelled": {"reason": "planned work", "actor": PIC},
    }[kind]
    fact: TicketFact = getattr(events, f"Ticket{kind}")(
        **_happened(ticket, target, version, version), **{**usual, **more}
    )
    return fact


def _happened(ticket: str, target: str, version: int, seconds: float) -> dict[str, Any]:
    return {
        "id": uid(f"{ticket}/{version}"),
        "at": at(seconds),
        "ticket": uid(ticket),
        "version": version,
        "target": target,
    }
