"""One probe in the terminal: its steps as they come, then the verdict. Says nothing on the bus."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from probe_runner.attempt import attempt
from probe_runner.conclusion import Run, conclude
from shared.events import TestFailed, TestInconclusive, TestJob, TestPassed
from shared.vocabulary import Origin, Result

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from probe_runner.probe import Exhibit, Probe
    from probe_runner.target import Target
    from shared.events import TestFact
    from shared.vocabulary import LegVerdict, Step

PASSED, FAILED, INCONCLUSIVE = 0, 1, 2
"""Exit codes."""

COLOURS = {Result.PASSED: "green", Result.FAILED: "red", Result.INCONCLUSIVE: "yellow", Result.NOT_REACHED: "dim"}


async def show_probe(probe: Probe, target: Target, references: Path, evidence: Path | None) -> int:
    """Run the probe once and show it; exhibits go into the folder ``evidence`` if there is one. The exit code."""
    console = Console()
    console.print(_shown(f"{target.name} ({target.id}) {target.address}", "bold"))
    console.print("One test from this terminal: nothing of it is published or recorded.", style="dim")
    started_at = datetime.now(UTC)
    is_dull = not console.is_terminal
    with Progress(SpinnerColumn(), TimeElapsedColumn(), console=console, transient=True, disable=is_dull) as waiting:
        waiting.add_task(target.id, total=None)
        outcome = await attempt(probe, target, references, lambda step: console.print(_line(step)))
    job = TestJob(test_id=uuid4(), target=target.card, origin=Origin.ON_DEMAND, announced_at=started_at)
    fact = conclude(Run(job, started_at, datetime.now(UTC), "terminal"), outcome)
    _show_verdict(console, fact)
    if evidence is not None:
        _keep(console, evidence, outcome.exhibits)
    return _exit_code(fact)


def _show_verdict(console: Console, fact: TestFact) -> None:
    table = Table("leg", "result", "cause", "note", title=Text(fact.type.removeprefix("Test").upper()), expand=False)
    for name, verdict in (("accessibility", fact.accessibility), ("agent", fact.agent)):
        table.add_row(name, _coloured(verdict), verdict.cause.value if verdict.cause else "", _shown(verdict.note))
    console.print(table)
    console.print(f"reached: {fact.state}", highlight=False)
    if isinstance(fact, TestFailed | TestInconclusive):
        console.print(_shown(f"cause: {fact.cause.value}  {fact.detail}"))
    for finding in fact.findings:
        sign = "for" if finding.is_for else "against"
        console.print(_shown(f"{finding.at_s:8.2f} s  {sign:8}{finding.name}  {finding.note}"))
    if fact.measures:
        measures = Table("measure", "value")
        for name, figure in fact.measures.items():
            measures.add_row(name, f"{figure:g}")
        console.print(measures)


def _line(step: Step) -> Text:
    return _shown(f"{step.at_s:8.2f} s  {step.name:20}  {step.note}", "" if step.is_ok else "red")


def _shown(text: str, style: str = "") -> Text:
    """Text of others, which must not steer the terminal."""
    return Text("".join(letter if letter.isprintable() else " " for letter in text), style=style)


def _coloured(verdict: LegVerdict) -> Text:
    return Text(verdict.result.value, style=COLOURS[verdict.result])


def _keep(console: Console, folder: Path, exhibits: Sequence[Exhibit]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for exhibit in exhibits:
        path = folder / exhibit.file
        path.write_bytes(exhibit.data)
        console.print(Text(f"kept {path} ({len(exhibit.data)} bytes, {exhibit.media_type})"))


def _exit_code(fact: TestFact) -> int:
    if isinstance(fact, TestPassed):
        return PASSED
    return FAILED if isinstance(fact, TestFailed) else INCONCLUSIVE
