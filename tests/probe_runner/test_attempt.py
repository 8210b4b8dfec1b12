from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from targets import chat_target

from probe_runner import attempt as attempt_room
from probe_runner.attempt import attempt
from probe_runner.probe import OnStep, Outcome
from probe_runner.target import Target
from shared.vocabulary import Cause, Result


async def never(target: Target, references: Path, on_step: OnStep) -> Outcome:  # noqa: ARG001
    await asyncio.Event().wait()
    raise AssertionError


async def slow_inside(target: Target, references: Path, on_step: OnStep) -> Outcome:  # noqa: ARG001
    raise TimeoutError("a time limit of the probe's own")


async def test_a_probe_that_does_not_end_is_stopped_and_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    target = chat_target()
    monkeypatch.setattr(attempt_room, "GRACE_S", 0.1 - target.deadline_s)

    found = await attempt(never, target, Path(), lambda _: None)

    assert (found.accessibility.result, found.accessibility.cause) == (Result.INCONCLUSIVE, Cause.PROBER_DEADLINE)


async def test_a_timeout_inside_the_probe_is_a_crash_and_not_the_deadline() -> None:
    found = await attempt(slow_inside, chat_target(), Path(), lambda _: None)

    assert found.accessibility.cause is Cause.PROBER_CRASHED
    assert "a time limit of the probe's own" in found.detail
