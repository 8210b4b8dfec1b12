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
from probe_runner.probe import Exhibit
from shared.events import TestFailed, TestInconclusive, TestJob, TestPassed
from shared.vocabulary import EvidenceKind, Origin, Result

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from probe_runner.probe import Probe
    from probe_runner.target import Target
    from shared.events import TestFact
    from shared.vocabulary import LegVerdict, Step

PASSED, FAILED, INCONCLUSIVE = 0, 1, 2
"""Exit codes."""

COLOURS = {Result.PASSED: "green", Result.FAILED: "red", Result.INCONCLUSIVE: "yellow", Result.NOT_REACHED: "dim"}


async def show_probe(probe: Probe, target: Target, references: Path, evidence: Path | None) -> int:
    """Run the probe once and show it; exhibits go into the folder ``evidence`` if there is one. The exit code."""
    console = Console()
    console.print(shown(f"{target.name} ({target.id}) {target.address}", "bold"))
    console.print("One test from this terminal: nothing of it is published or recorded.", style="dim")
    started_at = datetime.now(UTC)
    is_dull = not console.is_terminal
    with Progress(SpinnerColumn(), TimeElapsedColumn(), console=console, transient=True, disable=is_dull) as waiting:
        waiting.add_task(target.id, total=None)
        outcome = await attempt(probe, target, references, lambda step: console.print(line_of(step)))
    job = TestJob(test_id=uuid4(), target=target.card, origin=Origin.ON_DEMAND, announced_at=started_at)
    fact = conclude(Run(job, started_at, datetime.now(UTC), "terminal"), outcome)
    _show_verdict(console, fact)
    if evidence is not None:
        for path in keep(evidence, (*outcome.exhibits, _conclusion(fact))):
            console.print(shown(f"kept {path} ({path.stat().st_size} bytes)"), soft_wrap=True)
    return _exit_code(fact)


def _show_verdict(console: Console, fact: TestFact) -> None:
    table = Table("leg", "result", "cause", "note", title=Text(fact.type.removeprefix("Test").upper()), expand=False)
    for name, verdict in (("accessibility", fact.accessibility), ("agent", fact.agent)):
        table.add_row(name, _coloured(verdict), verdict.cause.value if verdict.cause else "", shown(verdict.note))
    console.print(table)
    console.print(f"reached: {fact.state}", highlight=False)
    if isinstance(fact, TestFailed | TestInconclusive):
        console.print(shown(f"cause: {fact.cause.value}  {fact.detail}"))
    for finding in fact.findings:
        sign = "for" if finding.is_for else "against"
        console.print(shown(f"{finding.at_s:8.2f} s  {sign:8}{finding.name}  {finding.note}"))
    for concern in fact.concerns:
        limit = "" if concern.value is None else f"{concern.value:g}, limit {concern.limit or 0:g}"
        console.print(shown(f"{concern.grade.value:10}{concern.name}  {limit}  {concern.note}", "yellow"))
    if fact.measures:
        measures = Table("measure", "value")
        for name, figure in fact.measures.items():
            measures.add_row(name, f"{figure:g}")
        console.print(measures)


def line_of(step: Step) -> Text:
    """One step as one line."""
    return shown(f"{step.at_s:8.2f} s  {step.name:20}  {step.note}", "" if step.is_ok else "red")


def shown(text: str, style: str = "") -> Text:
    """Text of others, which must not steer the terminal."""
    return Text("".join(letter if letter.isprintable() else " " for letter in text), style=style)


def _coloured(verdict: LegVerdict) -> Text:
    return Text(verdict.result.value, style=COLOURS[verdict.result])


def keep(folder: Path, exhibits: Sequence[Exhibit]) -> list[Path]:
    """Write the exhibits into a folder of their own; the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / exhibit.file for exhibit in exhibits]
    for path, exhibit in zip(files, exhibits, strict=True):
        path.write_bytes(exhibit.data)
    return files


def _conclusion(fact: TestFact) -> Exhibit:
    """The verdict, for judging the kept call again one day."""
    return Exhibit(EvidenceKind.PROBE_LOG, "test.json", "application/json", fact.model_dump_json().encode())


def _exit_code(fact: TestFact) -> int:
    if isinstance(fact, TestPassed):
        return PASSED
    return FAILED if isinstance(fact, TestFailed) else INCONCLUSIVE
