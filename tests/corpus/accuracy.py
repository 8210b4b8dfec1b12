"""Plays the corpus to the ear and the verdict and reports how often they are right: `make accuracy`.

`--half train` is for tuning, `--half unseen` reports (and writes docs/accuracy.md when it ran as a whole).
`--only NAME --show` takes one call again and tells its story.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from corpus import calls, conduct, listening, material, opinions, segments
from corpus.material import Half
from corpus.page import write_page
from corpus.report import of_half

SHOWN_EVERY_S = 5.0
_HOW = (
    "apt-get install asterisk-core-sounds-{en,es,fr,it,ru}-wav asterisk-prompt-fr-armelle asterisk-prompt-it-menardi "
    "asterisk-prompt-es-co asterisk-moh-opsound-wav espeak-ng flite"
)
Given, Made = TypeVar("Given"), TypeVar("Made")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 2 when there is nothing to run it with."""
    asked = _parser().parse_args(arguments)
    if absent := material.missing():
        _say(f"not installed, so not in the corpus: {', '.join(absent)}; all of it (Debian):\n  {_HOW}")
    halves = list(Half) if asked.half == "both" else [Half(asked.half)]
    if bare := [half for half in halves if not material.speakers(half)]:
        _say(f"nobody can speak in the half {bare[0]}: install at least espeak-ng")
        return 2
    if asked.only:
        return _only(asked.only, is_shown=asked.show)
    for half in halves:
        _half(half, asked)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=[*map(str, Half), "both"], default="both")
    parser.add_argument("--calls", type=int, default=calls.USUAL_COUNT, help="how many whole calls of each half")
    parser.add_argument("--segments", type=int, default=segments.USUAL_COUNT, help="how many segments of each half")
    parser.add_argument("--only", metavar="NAME", help="take this call alone, or all whose name contains it")
    parser.add_argument("--show", action="store_true", help="with --only: tell what happened, was heard and judged")
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md also when fewer were taken")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser


def _half(half: Half, asked: argparse.Namespace) -> None:
    began = time.monotonic()
    heard = _all(listening.hear, segments.segments(half, asked.segments), asked.processes, f"{half} segments")
    taken = _all(conduct.take, calls.calls(half, asked.calls), asked.processes, f"{half} calls")
    report = of_half(half, heard, taken)
    spent, played = time.monotonic() - began, sum(one.seconds for one in taken)
    _say(report)
    _say(f"{half}: {played / 3600:.1f} hours of calls in {spent / 60:.1f} minutes")
    is_whole = asked.calls >= calls.USUAL_COUNT and asked.segments >= segments.USUAL_COUNT
    if half is Half.UNSEEN and material.is_complete() and (is_whole or asked.write):
        _say(f"written: {write_page(report)}")


def _all(act: Callable[[Given], Made], given: Sequence[Given], processes: int, what: str) -> list[Made]:
    """Each of them, in as many processes as there are cores, in order; how far it is is shown."""
    made: list[Made] = []
    shown = time.monotonic()
    with get_context("fork").Pool(processes) as pool:
        for one in pool.imap(partial(_named, act), given, chunksize=1):
            made.append(one)
            if time.monotonic() - shown > SHOWN_EVERY_S or len(made) == len(given):
                shown = time.monotonic()
                sys.stderr.write(f"\r{what}: {len(made)} of {len(given)} ")
                sys.stderr.flush()
    sys.stderr.write("\n")
    return made


def _named(act: Callable[[Given], Made], given: Given) -> Made:
    """What goes wrong in another process says where: not every error can be sent as it is."""
    try:
        return act(given)
    except Exception as error:  # noqa: BLE001  whatever it was, it is raised again
        raise RuntimeError(f"{given.name}: {error!r}") from None


def _only(name: str, *, is_shown: bool) -> int:
    chosen = [spec for half in Half for spec in calls.calls(half, 4 * calls.USUAL_COUNT) if _is_meant(spec.name, name)]
    for spec in chosen:
        taken = conduct.take(spec, is_told=is_shown)
        _say(f"{spec.name} ({spec.known}, {spec.help}): {_opinions(taken)}")
        _lines(taken.story)
    return 0 if chosen else 2


def _is_meant(whole: str, asked: str) -> bool:
    """A whole name means one call, a part of a name all that have it."""
    is_whole = asked.startswith(tuple(f"{half}-" for half in Half))
    return whole == asked if is_whole else asked in whole


def _opinions(taken: conduct.Taken) -> str:
    said = [opinions.opinion(taken, is_probable_enough=enough) for enough in (False, True)]
    return f"proof: {said[0]}; probable: {said[1]}; access: {opinions.access_opinion(taken)}"


def _lines(lines: Iterable[str]) -> None:
    for line in lines:
        _say(line)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
