"""A call's timeline and its test's findings as lanes to draw: times, looks and words. Knows no page and no browser.

All times in seconds since dialling, inside the axis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboard import moments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.player.timeline import Match, Span, Timeline
    from dashboard.wording import Words
    from shared.vocabulary import Finding

MOST_DRAWN = 1_500
"""Of a lane's stretches and of its marks, each: a page must stay usable whatever a call did."""

HEARD = ("silence", "no_rtp", "ringback", "busy", "congestion", "tone", "music", "speech")
"""The kinds of sound that have a look of their own."""

ROLES = ("greeting", "menu", "transfer", "hold_music", "queue", "closed", "full", "agent_greeting")
OTHER = "other"
PERCENT = 100


@dataclass(frozen=True)
class Piece:
    """A stretch of a lane. ``look``: a class of the style sheet. ``more``: lines told on hover."""

    start_s: float
    end_s: float
    look: str
    text: str
    more: tuple[str, ...] = ()
    is_again: bool = False


@dataclass(frozen=True)
class Mark:
    """A moment of a lane."""

    at_s: float
    look: str
    text: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lane:
    """One row under the waveform. ``left_out``: how much of it is not drawn."""

    name: str
    pieces: tuple[Piece, ...] = ()
    marks: tuple[Mark, ...] = ()
    left_out: int = 0


def lanes_of(timeline: Timeline, findings: Sequence[Finding], words: Words) -> tuple[Lane, ...]:
    """The lanes, from what was concluded down to what was done."""
    return (
        _lane("findings", timeline, marks=finding_marks(timeline, findings, words)),
        _lane("heard", timeline, [_heard(span, words) for span in timeline.spans]),
        _lane("recognised", timeline, [_recognised(match, words) for match in timeline.matches]),
        _lane("signalled", timeline, _phases(timeline, words), _signs(timeline, words)),
        _lane("steps", timeline, marks=_steps(timeline, words)),
    )


def _lane(name: str, timeline: Timeline, pieces: Sequence[Piece] = (), marks: Sequence[Mark] = ()) -> Lane:
    """In order of time, inside the axis, and no more than can be drawn."""
    end_s = timeline.end_s
    first = sorted(pieces, key=lambda piece: piece.start_s)[:MOST_DRAWN]
    points = sorted(marks, key=lambda mark: mark.at_s)[:MOST_DRAWN]
    return Lane(
        name,
        tuple(replace(piece, start_s=min(piece.start_s, end_s), end_s=_end(piece, end_s)) for piece in first),
        tuple(replace(mark, at_s=min(max(0.0, mark.at_s), end_s)) for mark in points),
        len(pieces) - len(first) + len(marks) - len(points),
    )


def _end(piece: Piece, end_s: float) -> float:
    """Never before the piece's own start, whatever the file says."""
    return min(max(piece.start_s, piece.end_s), end_s)


def finding_marks(timeline: Timeline, findings: Sequence[Finding], words: Words) -> list[Mark]:
    """The verdict's findings. A finding counts the recording's seconds."""
    return [
        Mark(
            timeline.begin_s + finding.at_s,
            "for" if finding.is_for else "against",
            words.either(f"found.{finding.name}", _plainly(finding.name)),
            (finding.note,) if finding.note else (),
        )
        for finding in findings
    ]


def _heard(span: Span, words: Words) -> Piece:
    more = [_stretch(span.start_s, span.end_s, words)]
    if span.sureness < 1:
        more.append(words("player.sure", n=round(span.sureness * PERCENT)))
    if span.repeats_s is not None:
        more.append(words("player.again", n=_number(span.repeats_s, words)))
    look = f"heard-{span.kind if span.kind in HEARD else OTHER}"
    text = words.either(f"heard.{span.kind}", _plainly(span.kind))
    return Piece(span.start_s, span.end_s, look, text, tuple(more), is_again=span.repeats_s is not None)


def _recognised(match: Match, words: Words) -> Piece:
    part = words(
        "player.part",
        start=_number(match.from_s, words),
        end=_number(match.to_s, words),
        length=_number(match.length_s, words),
    )
    score = words("player.score", n=moments.number(match.score, 2, words))
    more = (_stretch(match.start_s, match.end_s, words), part, score, match.file)
    look = f"role-{match.name if match.name in ROLES else OTHER}"
    text = words.either(f"role.{match.name}", _plainly(match.name))
    return Piece(match.start_s, match.end_s, look, text, tuple(line for line in more if line))


def _phases(timeline: Timeline, words: Words) -> list[Piece]:
    """Ringing, connected, and where packets were missing."""
    said, end_s = timeline.signalling, timeline.end_s
    ended = said.ended_s if said.ended_s is not None else end_s
    found = []
    if said.ringing_s is not None:
        found.append((said.ringing_s, said.answered_s if said.answered_s is not None else ended, "ringing"))
    if said.answered_s is not None:
        found.append((said.answered_s, ended, "connected"))
    found += [(start, end, "gap") for start, end in said.gaps]
    return [
        Piece(start, end, f"phase-{phase}", words(f"phase.{phase}"), (_stretch(start, end, words),))
        for start, end, phase in found
    ]


def _signs(timeline: Timeline, words: Words) -> list[Mark]:
    said = timeline.signalling
    found = [
        Mark(sign.at_s, "sign", words.either(f"sign.{sign.name}", _plainly(sign.name)), (sign.note,) * bool(sign.note))
        for sign in said.signs
    ]
    found += [Mark(at_s, "key", words("player.key", keys=timeline.voice.press)) for at_s in said.keys_s]
    if said.ended_s is not None:
        last = f"{said.code or ''} {said.reason}".strip()
        found.append(Mark(said.ended_s, "end", words("player.ended"), (last,) if last else ()))
    return found


def _steps(timeline: Timeline, words: Words) -> list[Mark]:
    return [Mark(at_s, "step", words.either(f"did.{name}", _plainly(name))) for name, at_s in timeline.milestones]


def _plainly(name: str) -> str:
    return name.replace("_", " ").replace(".", " · ")


def _number(seconds: float, words: Words) -> str:
    return moments.number(seconds, 1, words)


def _stretch(start_s: float, end_s: float, words: Words) -> str:
    return words("player.stretch", start=_number(start_s, words), end=_number(end_s, words))
