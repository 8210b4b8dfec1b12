"""The one shape of every probe, and how its outcome becomes a fact. Knows no channel and no bus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from probe_runner.target import Target
from shared.vocabulary import Concern, EvidenceKind, Finding, LegVerdict, Step


@dataclass(frozen=True)
class Exhibit:
    """A piece of evidence before it is stored. ``file``: its name inside the test, e.g. ``call.ogg``."""

    kind: EvidenceKind
    file: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Outcome:
    """What one run of a probe found. It never raises for what the customer would have met: that is the finding."""

    state: str
    accessibility: LegVerdict
    agent: LegVerdict
    detail: str = ""
    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    measures: dict[str, float] = field(default_factory=dict)
    concerns: tuple[Concern, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()


OnStep = Callable[[Step], None]
"""Told of each step while the probe runs, for whoever watches."""


class Probe(Protocol):
    """Test a target once, as a customer would. ``references``: the folder of the plan's own sound files."""

    def __call__(self, target: Target, references: Path, on_step: OnStep) -> Awaitable[Outcome]:
        """Return within ``target.deadline_s``, whatever happens."""
        ...
