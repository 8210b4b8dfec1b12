"""Kept calls judged again, in the terminal: what was said then, what today's rules say. Says nothing on the bus."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from probe_runner.terminal import shown
from probe_runner.voice.ear.hearing import Ear
from probe_runner.voice.ear.likeness import Reference
from probe_runner.voice.ear.listener import NoReferenceError, read_reference
from probe_runner.voice.ear.tone_plan import TonePlanError, tone_plan
from probe_runner.voice.memory.comparison import Comparison, Word, compare, verdict_of
from probe_runner.voice.memory.keepsake import Keepsake, NotKept, read_keepsake
from probe_runner.voice.memory.rejudging import as_far_as_kept, rejudge
from probe_runner.voice.timeline import Role

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from probe_runner.target import Target
    from probe_runner.voice_target import Voice

SAME, CANNOT, CHANGED = 0, 2, 3
"""Exit codes."""
MOST_REFERENCES = 64

CODES = {Word.SAME: SAME, Word.CHANGED: CHANGED, Word.UNDECIDED: CANNOT, Word.UNCOMPARED: CANNOT}
SAYS = {
    Word.SAME: "Same verdict.",
    Word.CHANGED: "The verdict would be another.",
    Word.UNDECIDED: "Cannot be told: today's rules would have listened on when the recording ended.",
    Word.UNCOMPARED: "Nothing to compare with: there is no test.json beside the timeline.",
}
Expected = Callable[[Keepsake], "Voice"]
"""What the call is judged by; raises ``NotKept`` when that cannot be known."""


class Review(BaseModel):
    """One kept call, looked at again: in short, and in full. ``why``: the reason that it could not be."""

    place: str
    word: str = ""
    then: str = ""
    today: str = ""
    target: str = ""
    test_id: str = ""
    comparison: Comparison | None = None
    why: str = ""

    @property
    def code(self) -> int:
        """The exit code."""
        return CODES[self.comparison.word] if self.comparison else CANNOT


def review(place: Path, references: Path, expected: Expected) -> Review:
    """Judge one kept call again. ``references``: the folder that the plan's sounds are relative to."""
    try:
        kept = read_keepsake(place)
        voice = expected(kept)
        ear = Ear(_known(references, voice), tone_plan(voice.tone_plan), voice.agent_tone_hz)
        again = rejudge(kept.record, voice, ear, kept.samples)
    except (NotKept, NoReferenceError, TonePlanError) as error:
        return Review(place=str(place), why=str(error))
    was = verdict_of(kept.test) if kept.test else None
    now = as_far_as_kept(was, again) if was else again.verdict
    made = compare(was, now, again.settled_s)
    return Review(
        place=str(place),
        word=made.word,
        then=was.in_short if was else "",
        today=now.in_short,
        target=kept.test.target if kept.test else "",
        test_id=str(kept.test.test_id) if kept.test else "",
        comparison=made,
    )


def expected_of(targets: Mapping[str, Target] | None, target: str) -> Expected:
    """By today's expectations of these targets (``target``: whose, when the call does not say), else those kept."""

    def expected(kept: Keepsake) -> Voice:
        if targets is None:
            return kept.record.voice
        name = target or (kept.test.target if kept.test else "")
        found = targets.get(name)
        if found is None or found.voice is None:
            there = ", ".join(one.id for one in targets.values() if one.voice) or "none"
            raise NotKept(Path(name or "?"), f"no voice target of the plan; name one with --target, there are: {there}")
        return found.voice

    return expected


def _known(folder: Path, voice: Voice) -> list[Reference]:
    return [_reference(folder, role, path) for role, paths in voice.references.items() for path in paths]


@lru_cache(maxsize=MOST_REFERENCES)
def _reference(folder: Path, role: str, path: PurePosixPath) -> Reference:
    """Read once for all the calls of a run."""
    return read_reference(folder, role, path, is_loop=role == Role.HOLD_MUSIC)


def show_review(made: Review, *, is_json: bool) -> int:
    """Show it; the exit code."""
    if is_json:
        print(made.model_dump_json())  # noqa: T201  what the program was asked for
        return made.code
    if made.comparison is None:
        Console(stderr=True).print(shown(f"cannot be judged: {made.why}"), style="red", soft_wrap=True)
        return CANNOT
    _show(Console(), made, made.comparison)
    return made.code


def _show(console: Console, made: Review, said: Comparison) -> None:
    console.print(shown(f"{made.target or made.place}  {made.test_id}".strip(), "bold"))
    table = Table("", "then", "today")
    others = {difference.what for difference in said.differences}
    for row in said.rows:
        was = row.was if said.was else "not known"
        table.add_row(row.what, shown(was), shown(row.now, "bold yellow" if row.what in others else ""))
    console.print(table)
    for finding in said.findings:
        console.print(shown(f"evidence gone  {finding.was}" if finding.was else f"evidence new   {finding.now}"))
    for leg in (said.now.accessibility, said.now.agent):
        if leg.note:
            console.print(shown(leg.note, "dim"))
    console.print(SAYS[said.word], style="yellow" if said.word is Word.CHANGED else "")


def review_each(places: Iterable[str], references: Path, expected: Expected) -> None:
    """One line of JSON for each line that names a folder, as soon as it is judged."""
    for place in places:
        print(review(Path(place.rstrip("\n")), references, expected).model_dump_json())  # noqa: T201  the answer
        sys.stdout.flush()
