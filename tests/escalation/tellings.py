"""Tests' endings and people's wishes, as short as a sentence, fixed unless told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from shared.asks import Ask
from shared.events import TestFailed, TestInconclusive, TestMissed, TestPassed, conclusion_id_for
from shared.vocabulary import NAMESPACE, Actor, Cause, Channel, Leg, LegVerdict, Result

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BUDI = Actor(id="budi", role="ioc")


def uid(word: object) -> UUID:
    return uuid5(NAMESPACE, f"telling/{word}")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def failed(test: object = "first", target: str = "cc-inbound", **more: Any) -> TestFailed:
    wrong = {"leg": Leg.AGENT, "cause": Cause.AGENT_NO_ANSWER, "detail": "rang for 60 s", **more}
    return TestFailed(**_ended(test, target, Result.FAILED, wrong))


def passed(test: object = "fine", target: str = "cc-inbound", **more: Any) -> TestPassed:
    return TestPassed(**_ended(test, target, Result.PASSED, more))


def inconclusive(test: object = "unsure", target: str = "cc-inbound", **more: Any) -> TestInconclusive:
    return TestInconclusive(**_ended(test, target, Result.INCONCLUSIVE, {"cause": Cause.PROBER_CRASHED, **more}))


def missed(test: object = "missed", target: str = "cc-inbound", **more: Any) -> TestMissed:
    return TestMissed(**_ended(test, target, Result.INCONCLUSIVE, more))


def wish(kind: type[Ask], ticket: UUID, **more: Any) -> Any:
    return kind(**{"command_id": uuid4(), "actor": BUDI, "ticket": ticket, **more})


def _ended(test: object, target: str, agent: Result, more: dict[str, Any]) -> dict[str, Any]:
    test_id = test if isinstance(test, UUID) else uid(f"{target}/{test}")
    return {
        "id": conclusion_id_for(test_id),
        "at": NOON,
        "test_id": test_id,
        "target": target,
        "target_name": f"Target {target}",
        "channel": Channel.VOICE,
        "started_at": NOON - timedelta(seconds=30),
        "accessibility": LegVerdict(result=Result.PASSED),
        "agent": LegVerdict(result=agent),
        **more,
    }
