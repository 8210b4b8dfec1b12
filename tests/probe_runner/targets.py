"""Targets, jobs and probes for tests, sound unless told otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from probe_runner.probe import Exhibit, OnStep, Outcome, Probe
from probe_runner.target import Chat, Target
from shared.events import TestJob
from shared.vocabulary import Channel, EvidenceKind, LegVerdict, Result, Step

PASSED = LegVerdict(result=Result.PASSED)
NOT_REACHED = LegVerdict(result=Result.NOT_REACHED)
CHAT = {
    "connect_within_s": 2,
    "agent_within_s": 2,
    "agent_speaks_within_s": 0.4,
    "dialogue": [{"expect": "petugas", "within_s": 1}, {"choose": "9", "expect": "tunggu", "within_s": 0.6}],
}
CHALLENGE = {"challenge": "Berapa 7 tambah 5?", "challenge_answer": r"\b12\b"}


def chat(**more: Any) -> Chat:
    return Chat.model_validate({**CHAT, **more})


def chat_target(**more: Any) -> Target:
    values = {"id": "webchat", "name": "Web Chat", "channel": "webchat", "address": "ws://127.0.0.1:1/chat"}
    return Target.model_validate({**values, "interval_s": 60, "chat": CHAT, **more})


def plan_text(*targets: Target) -> str:
    """The targets as a plan file would have them."""
    tables = []
    for target in targets:
        assert target.chat is not None
        turns = ", ".join(f'{{ choose = "{turn.choose}" }}' for turn in target.chat.dialogue[1:])
        tables.append(
            f'[[target]]\nid = "{target.id}"\nname = "{target.name}"\nchannel = "webchat"\n'
            f'address = "{target.address}"\ninterval_s = {target.interval_s}\n'
            f"[target.chat]\nagent_within_s = 2\ndialogue = [{turns}]\n"
        )
    return "\n".join(tables)


def job(target: Target | None = None, **more: Any) -> TestJob:
    values = {"test_id": uuid4(), "target": (target or chat_target()).card, "origin": "on_demand"}
    return TestJob.model_validate({**values, "announced_at": datetime.now(UTC), **more})


def outcome(**more: Any) -> Outcome:
    values: dict[str, Any] = {"state": "agent_confirmed", "accessibility": PASSED, "agent": PASSED}
    return Outcome(**{**values, **more})


def exhibit(data: bytes = b"{}", file: str = "transcript.json") -> Exhibit:
    return Exhibit(EvidenceKind.TRANSCRIPT, file, "application/json", data)


class PretendProbe:
    """A probe that finds what it is told, and counts its runs by target."""

    def __init__(self, found: Outcome | Exception | None = None, *, takes_s: float = 0) -> None:
        self.found, self.takes_s = found or outcome(exhibits=(exhibit(),)), takes_s
        self.runs: list[str] = []
        self.started = asyncio.Event()
        self.most_at_once = self.now = 0

    async def __call__(self, target: Target, references: Path, on_step: OnStep) -> Outcome:  # noqa: ARG002
        self.runs.append(target.id)
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        self.started.set()
        try:
            on_step(Step(name="connected", at_s=0))
            await asyncio.sleep(self.takes_s)
        finally:
            self.now -= 1
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def probes(probe: Probe) -> dict[Channel, Probe]:
    return {Channel.WEBCHAT: probe}


async def until(is_so: Callable[[], bool | Awaitable[bool]], limit_s: float = 20) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(limit_s):
        while True:
            said = is_so()
            if said if isinstance(said, bool) else await said:
                return
            await asyncio.sleep(0.02)
