"""Every recorded call of a period judged again, one after the other, and what would change. Keeps one at a time."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nats.aio.client import Client
from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from sambung.desk import end
from sambung.evidence import NoEvidence, lay_out, recorded_calls
from sambung.services import command_of
from shared.events import AnyTestFact

SAME, CANNOT, CHANGED = 0, 2, 3
"""Exit codes."""
LONGEST_LINE = 4 * 1_048_576
MOST_ROWS = 1_000
HEADINGS = ("started (UTC)", "target", "test", "then", "today")
PLAIN = {
    "same": "the same",
    "undecided": "not to be told: today's rules would have listened on",
    "without": "without recording or timeline",
    "broken": "cannot be judged",
}


@dataclass(frozen=True)
class Period:
    """From a moment, inclusive, to a moment, exclusive; of one target, or all."""

    since: datetime
    until: datetime
    target: str = ""


class Said(BaseModel):
    """What the judge says of one call; more stands in its line."""

    word: str = ""
    then: str = ""
    today: str = ""
    why: str = ""


@dataclass
class Tally:
    """What came of a period so far."""

    counts: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def take(self, test: AnyTestFact, said: Said) -> None:
        """Count one call."""
        word = said.word or "broken"
        self.counts[word] += 1
        if word == "changed":
            self.moves[said.then, said.today] += 1
            if len(self.rows) < MOST_ROWS:
                started = f"{test.started_at:%Y-%m-%d %H:%M:%S}"
                self.rows.append((started, test.target, str(test.test_id), said.then, said.today))
        if word in {"broken", "without"} and (said.why in self.reasons or len(self.reasons) < MOST_ROWS):
            self.reasons[said.why] += 1

    @property
    def code(self) -> int:
        """The exit code: whether anything would change, and whether anything could be judged at all."""
        if self.counts["changed"]:
            return CHANGED
        is_useless = self.counts.total() > 0 and self.counts["same"] == 0
        return CANNOT if is_useless else SAME


async def rejudge_period(client: Client, period: Period, words: list[str], *, is_json: bool) -> int:
    """Judge every call of the period again and show what would change; the exit code.

    ``words``: how the judge is started, after its name.
    """
    console, tally = Console(), Tally()
    async with _judge(words) as judge:
        with _progress(console, is_hidden=is_json) as progress:
            task = progress.add_task("", total=(period.until - period.since).total_seconds())
            async for test in recorded_calls(client, period.since, period.until, period.target):
                said, line = await _one(client, judge, test)
                tally.take(test, said)
                if is_json:
                    print(line)  # noqa: T201  what the program was asked for
                done = (period.until - test.started_at).total_seconds()
                progress.update(task, completed=done, description=f"{tally.counts.total()} calls, {test.started_at:%F}")
    if not is_json:
        show(console, tally)
    return tally.code


async def _one(client: Client, judge: Judge, test: AnyTestFact) -> tuple[Said, str]:
    with tempfile.TemporaryDirectory(prefix="sambung-rejudge-") as folder:
        try:
            await lay_out(client, test, Path(folder))
        except NoEvidence as gone:
            said = Said(word="without", why=str(gone))
            about = {"test_id": str(test.test_id), "target": test.target}
            return said, json.dumps({**said.model_dump(), **about})
        line = await judge.judge(Path(folder))
        return Said.model_validate_json(line), line


class Judge:
    """The probe-runner's judge, kept at work for a whole period."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def judge(self, folder: Path) -> str:
        """What it says of the call in that folder: a line of JSON; ends the program in words when it says no more."""
        if self._process.stdin is None or self._process.stdout is None:
            end("the judge has no ears")
        self._process.stdin.write(f"{folder}\n".encode())
        line = await self._process.stdout.readline()
        return line.decode().strip() or end("the judge has stopped; what it said stands above")


@asynccontextmanager
async def _judge(words: list[str]) -> AsyncIterator[Judge]:
    command = command_of("probe_runner", ["rejudge", "-", *words])
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=LONGEST_LINE)
    try:
        yield Judge(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _progress(console: Console, *, is_hidden: bool) -> Progress:
    columns = (SpinnerColumn(), BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=console, transient=True, disable=is_hidden or not console.is_terminal)


def show(console: Console, tally: Tally) -> None:
    """The calls whose verdict would be another, and the totals."""
    if tally.rows:
        table = Table(*HEADINGS, title="What would change")
        for row in tally.rows:
            table.add_row(*row)
        console.print(table)
    if tally.counts["changed"] > len(tally.rows):
        console.print(f"... and {tally.counts['changed'] - len(tally.rows)} more")
    totals = Table("calls", "")
    for (then, today), count in tally.moves.most_common():
        totals.add_row(str(count), f"{then} → {today}")
    for word, plain in PLAIN.items():
        if tally.counts[word]:
            totals.add_row(str(tally.counts[word]), plain)
    console.print(totals if tally.counts.total() else "no voice test ran in this time")
    for reason, count in tally.reasons.most_common(10):
        console.print(f"{count} times: {reason}", style="dim", markup=False, soft_wrap=True)
