"""What a call teaches, in the terminal: its segments, the proposed recordings as files, and the plan's lines for them.

Never writes into the plan, and never over a file unless told so.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from rich.console import Console
from rich.table import Table

from probe_runner.attempt import attempt
from probe_runner.terminal import keep, line_of, shown
from probe_runner.voice.ear.hearing import Ear
from probe_runner.voice.ear.sound import RATE, Samples
from probe_runner.voice.ear.tone_plan import TonePlanError, tone_plan
from probe_runner.voice.memory.hindsight import call_heard
from probe_runner.voice.memory.keepsake import Keepsake, NotKept, read_keepsake
from probe_runner.voice.memory.learning import Proposal, Segment, meaning_of, proposals_of, segments_of
from probe_runner.voice.memory.lesson import lesson, voice_for_lesson
from probe_runner.voice.probe import make_voice_probe
from probe_runner.voice_target import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from probe_runner.secrets import Secrets
    from probe_runner.target import Target

LEARNED, NOTHING = 0, 2
"""Exit codes."""
KEPT = "call"
MARGIN_S = 0.24
"""The ends of a segment are known to this; a recording's own silence is cut off when it is read."""
HEADINGS = ("from", "to", "seconds", "kind", "dBFS", "repeats", "could be")


@dataclass(frozen=True)
class Shelf:
    """Where the recordings go, and from where the plan names them."""

    out: Path
    plan_folder: Path
    is_forced: bool


async def call_to_learn(target: Target, listen_s: float, work_dir: Path, secrets: Secrets) -> None:
    """Call once with nothing registered, telling each step, and keep the call in ``work_dir``."""
    console, voice = Console(), voice_for_lesson(target.voice, listen_s) if target.voice else None
    console.print(shown(f"calling {target.name} ({target.id}) {target.address}", "bold"))
    console.print("An agent who answers is told that this is a test, and let go.", style="dim")
    probe = make_voice_probe(work_dir, lesson, secrets)
    pupil = target.model_copy(update={"voice": voice})
    outcome = await attempt(probe, pupil, work_dir, lambda step: console.print(line_of(step)))
    keep(work_dir / KEPT, outcome.exhibits)
    if outcome.detail:
        console.print(shown(outcome.detail, "dim"), soft_wrap=True)


def show_lesson(place: Path, shelf: Shelf) -> int:
    """Show what the call in this folder teaches, and write it; the exit code."""
    console, complaints = Console(), Console(stderr=True)
    try:
        kept = read_keepsake(place)
        segments, proposals = _lesson_of(kept)
    except (NotKept, TonePlanError) as error:
        complaints.print(shown(f"nothing can be learned: {error}"), style="red", soft_wrap=True)
        return NOTHING
    console.print(_table(kept, segments, proposals) if segments else "Nothing was heard in this call.")
    if not proposals:
        console.print("Nothing to propose: the call was not answered, or too little was said in it.", style="yellow")
        return NOTHING
    files = names_of(proposals)
    if in_the_way := taken(shelf, files):
        complaints.print(shown(in_the_way), style="red", soft_wrap=True)
        return NOTHING
    for file, proposal in files.items():
        _write(shelf, file, _cut(kept, proposal))
        console.print(shown(f"{shelf.out / file}  {proposal.end_s - proposal.start_s:.1f} s: {proposal.why}"))
    _print_plan(console, shelf, files)
    return LEARNED


def _lesson_of(kept: Keepsake) -> tuple[tuple[Segment, ...], tuple[Proposal, ...]]:
    said, voice = kept.record.signalling, kept.record.voice
    ear = Ear((), tone_plan(voice.tone_plan), voice.agent_tone_hz)
    for start in range(0, len(kept.samples), RATE):
        ear.hear(kept.samples[start : start + RATE])
    segments = segments_of(call_heard(ear, said, kept.record.now_s))
    return segments, proposals_of(segments, said)


def _table(kept: Keepsake, segments: Sequence[Segment], proposals: Sequence[Proposal]) -> Table:
    table = Table(*HEADINGS, title="What was heard, in seconds since dialling", expand=False)
    for segment in segments:
        table.add_row(
            f"{segment.start_s:.1f}",
            f"{segment.end_s:.1f}",
            f"{segment.length_s:.1f}",
            segment.kind.value,
            f"{_level(_part(kept, segment.start_s, segment.end_s)):.0f}",
            "" if segment.repeats_s is None else f"{segment.repeats_s:.1f} s",
            meaning_of(segment, proposals, kept.record.signalling),
        )
    return table


def names_of(proposals: Iterable[Proposal]) -> dict[str, Proposal]:
    """A file name for each: its role, and a number from the second of a role on."""
    counts: Counter[str] = Counter()
    named = {}
    for proposal in proposals:
        counts[proposal.role] += 1
        number = counts[proposal.role]
        named[f"{proposal.role}{f'-{number}' if number > 1 else ''}.wav"] = proposal
    return named


def taken(shelf: Shelf, files: Iterable[str]) -> str:
    """What is in the way, in words; nothing when the files may be written."""
    if shelf.out.exists() and not shelf.out.is_dir():
        return f"{shelf.out} is a file: name a folder with --out"
    there = [file for file in files if os.path.lexists(shelf.out / file)]
    if not there or shelf.is_forced:
        return ""
    return f"{shelf.out} already has {', '.join(there)}: name another folder with --out, or replace them with --force"


def names_in_the_way(shelf: Shelf) -> str:
    """The same for every file that a call could teach, to be asked before anybody is called."""
    return taken(shelf, [f"{role}.wav" for role in ROLES])


def _part(kept: Keepsake, start_s: float, end_s: float) -> Samples:
    begin = kept.record.signalling.recording_s or 0.0
    return kept.samples[max(0, int((start_s - begin) * RATE)) : max(0, int((end_s - begin) * RATE))]


def _cut(kept: Keepsake, proposal: Proposal) -> Samples:
    margin = 0.0 if proposal.role == "hold_music" else MARGIN_S  # a loop must begin where it ends
    return _part(kept, proposal.start_s - margin, proposal.end_s + margin)


def _level(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-10)) if len(samples) else -100.0


def _write(shelf: Shelf, file: str, samples: Samples) -> None:
    shelf.out.mkdir(parents=True, exist_ok=True)
    sound = io.BytesIO()
    soundfile.write(sound, samples, RATE, format="WAV", subtype="PCM_16")
    if shelf.is_forced:
        (shelf.out / file).unlink(missing_ok=True)  # a link is replaced, not written through
    with (shelf.out / file).open("xb") as stream:
        stream.write(sound.getvalue())


def _print_plan(console: Console, shelf: Shelf, files: Mapping[str, Proposal]) -> None:
    console.print("\nListen to them. Then paste what is right under the target's \\[target.voice]:\n")
    for line in plan_lines(shelf, files):
        console.print(shown(line, "bold"), soft_wrap=True)
    if not shelf.out.resolve().is_relative_to(shelf.plan_folder.resolve()):
        console.print(shown(f"\nFirst move {shelf.out} to where the plan lies: {shelf.plan_folder}", "yellow"))


def plan_lines(shelf: Shelf, files: Mapping[str, Proposal]) -> list[str]:
    """A line of TOML for each role; paths as the plan's folder sees them."""
    folder, plan = shelf.out.resolve(), shelf.plan_folder.resolve()
    beside = os.path.relpath(folder, plan) if folder.is_relative_to(plan) else folder.name
    roles: dict[str, list[str]] = {}
    for file, proposal in files.items():
        roles.setdefault(proposal.role.value, []).append(f'"{(Path(beside) / file).as_posix()}"')
    lists = {role: ", ".join(paths) for role, paths in roles.items()}
    return [f"{role} = {listed if len(roles[role]) == 1 else f'[{listed}]'}" for role, listed in lists.items()]
