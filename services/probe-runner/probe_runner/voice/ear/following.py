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
    score, slip = max((recording.likeness_at(tail, place + slip), slip) for slip in range(-_TAIL_SLIP, _TAIL_SLIP + 1))
    return slip if score >= SURE_OF_TAIL else None
