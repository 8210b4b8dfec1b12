"""Follows one recording through what comes in, once it was found there: where it is, and when it stops."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from probe_runner.voice.ear.sound import ACTIVE_DBFS, Frames, Numbers

SURE_OF_TAIL = 0.45
TAIL = 25
"""Frames (half a second) whose fit says that a recording goes on."""
DRIFT = 15
_TAIL_SLIP = 4
_NO_BETTER = 0.9
"""What fits so well where it is expected is not looked for beside that."""
SURE_OF_EACH = 0.55
"""What every half second of a window must score by itself. A phrase of one second that two announcements share fits
perfectly, and the window with it; what is around that phrase does not. Of 4,310 windows beside other recordings of the
same voices 39 (0.9 %) scored above 0.62 as a whole, but 2 (0.05 %) fitted throughout; of right ones 0.7 % were lost."""
_SOUNDING = 0.4
"""Of a half second, at least, that must sound for it to be judged."""


class Followed(Protocol):
    """What can be followed: a registered recording, or the call's own past."""

    def likeness_at(self, shape: Numbers, at_frame: int) -> float:
        """How well a shape fits at one place."""

    def is_silent_at(self, at_frame: int, count: int) -> bool:
        """Whether it pauses there."""


@dataclass(frozen=True)
class Found:
    """A match in frames; ``offset`` is live frame minus frame of what was recognised."""

    start: int
    end: int
    offset: int
    score: float


def goes_on(found: Found, recording: Followed, window: Frames, shape: Numbers, now: int, count: int) -> Found | None:
    """The match that is being followed, the newest ``count`` frames longer; None when it has stopped."""
    if not (window.last(count).level > ACTIVE_DBFS).any():
        is_pause = recording.is_silent_at(now - count - found.offset, count)
        return replace(found, end=now) if is_pause else None
    slip = slip_of_tail(recording, shape, now - TAIL - found.offset)
    return None if slip is None else replace(found, end=now, offset=found.offset - slip)


def slip_of_tail(recording: Followed, shape: Numbers, place: int) -> int | None:
    """How far beside ``place`` the newest half second fits best; None when it does not fit."""
    tail = shape[-TAIL:]
    if recording.likeness_at(tail, place) >= _NO_BETTER:
        return 0
    score, slip = max((recording.likeness_at(tail, place + slip), slip) for slip in range(-_TAIL_SLIP, _TAIL_SLIP + 1))
    return slip if score >= SURE_OF_TAIL else None


def fits_throughout(recording: Followed, shape: Numbers, place: int) -> bool:
    """Whether every half second of a window fits at its place in a recording, or a little beside it."""
    pieces = [(shape[at : at + TAIL], place + at) for at in range(0, len(shape) - TAIL + 1, TAIL)]
    sounding = [(piece, at) for piece, at in pieces if float(piece.any(axis=1).mean()) >= _SOUNDING]
    return bool(sounding) and all(_fits(recording, piece, at) for piece, at in sounding)


def _fits(recording: Followed, piece: Numbers, place: int) -> bool:
    slips = sorted(range(-_TAIL_SLIP, _TAIL_SLIP + 1), key=abs)
    return any(recording.likeness_at(piece, place + slip) >= SURE_OF_EACH for slip in slips)
