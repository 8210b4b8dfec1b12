"""What was heard, as the sound comes in: stretches of one kind, and registered recordings recognised in them.

Each 240 ms are looked at once, so a long call costs no more per second than a short one. Knows no file, no call and
no clock: the time is the sound's own, in seconds from its first sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from probe_runner.voice.likeness import Reference
from probe_runner.voice.sound import (
    ACTIVE_DBFS,
    HOP,
    HOP_S,
    RATE,
    Frames,
    Kind,
    Numbers,
    Samples,
    frames_of,
    kind_of,
    shape_of,
)
from probe_runner.voice.timeline import Match, Span

MATCH_FRAMES = 100
"""Two seconds: announcements of one voice that share a phrase of one second are still told apart."""
SURE = 0.62
"""Right recordings scored 0.75 and more in half of all windows through G.711, noise at -54 dBFS, -16 dB and slips of
20 to 60 ms every 0.7 s (0.9 without slips). Of 4,300 comparisons with other recordings of the same voices, human and
synthetic, 1 in 1,000 scored above 0.52; those above 0.6 shared a whole phrase."""

_CHUNK = 12
_MEMORY = 150
_SURE_OF_TAIL = 0.45
_TAIL = 25
_DRIFT = 15
_TAIL_SLIP = 4
_KIND_FRAMES = 100
_ENOUGH_FOR_KIND = 30
_PAUSE = _CHUNK
_VOICED_SHARE = 0.35
_SILENT_SHARE = 0.2


@dataclass(frozen=True)
class _Found:
    """A match in frames; ``offset`` is live frame minus frame of the reference."""

    start: int
    end: int
    offset: int
    score: float


class Follower:
    """Looks for one reference in what comes in and follows it once found."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._found: list[_Found] = []

    def follow(self, window: Frames, shape: Numbers, now: int) -> None:
        """Look at the newest frames and their shape; ``now`` counts all frames so far."""
        goes_on = self._going_on(window, shape, now)
        if goes_on is not None:
            self._found[-1] = goes_on
            return
        width = self._reference.width
        if len(window) < width or float((window.level[-width:] > ACTIVE_DBFS).mean()) < _VOICED_SHARE:
            return
        likeness = self._reference.likeness(shape[-width:])
        is_sounding = (window.last(_CHUNK).level > ACTIVE_DBFS).any()
        if likeness.score >= SURE and is_sounding and self._tail(shape, likeness.at_frame + width - _TAIL) is not None:
            self._note(now - width, now, likeness.at_frame, likeness.score)

    def _going_on(self, window: Frames, shape: Numbers, now: int) -> _Found | None:
        """The match that is being followed, one chunk longer; None when there is none or it has stopped."""
        found = self._found[-1] if self._found else None
        if found is None or now - found.end > _CHUNK:
            return None
        if not (window.last(_CHUNK).level > ACTIVE_DBFS).any():
            is_pause = self._reference.is_silent_at(now - _CHUNK - found.offset, _CHUNK)
            return replace(found, end=now) if is_pause else None
        slip = self._tail(shape, now - _TAIL - found.offset)
        return None if slip is None else replace(found, end=now, offset=found.offset - slip)

    def _tail(self, shape: Numbers, place: int) -> int | None:
        """How far beside ``place`` the newest half second fits best; None when it does not fit."""
        slips = range(-_TAIL_SLIP, _TAIL_SLIP + 1)
        score, slip = max((self._reference.likeness_at(shape[-_TAIL:], place + slip), slip) for slip in slips)
        return slip if score >= _SURE_OF_TAIL else None

    def _note(self, start: int, end: int, at_frame: int, score: float) -> None:
        before_window = at_frame if at_frame <= _DRIFT else 0
        offset = start - at_frame
        last = self._found[-1] if self._found else None
        if last is not None and self._is_same(last, start, offset):
            self._found[-1] = _Found(last.start, end, offset, max(score, last.score))
        else:
            self._found.append(_Found(max(0, start - before_window), end, offset, score))

    def _is_same(self, last: _Found, start: int, offset: int) -> bool:
        apart = abs(offset - last.offset)
        if self._reference.is_loop:
            apart = min(apart % self._reference.length, -apart % self._reference.length)
        return apart <= _DRIFT and start <= last.end + _MEMORY

    def matches(self) -> list[Match]:
        """Everything found so far."""
        return [self._match(found) for found in self._found]

    def _match(self, found: _Found) -> Match:
        reference = self._reference
        begin = max(0, found.start - found.offset)
        if reference.is_loop:
            begin %= reference.length
        start_s, end_s, from_s = found.start * HOP_S, found.end * HOP_S, begin * HOP_S
        to_s = from_s + end_s - start_s if reference.is_loop else (found.end - found.offset) * HOP_S
        to_s = to_s if reference.is_loop else min(to_s, reference.length_s)
        return Match(reference.name, start_s, end_s, from_s, to_s, reference.length_s, round(found.score, 3))


class Ear:
    """Takes sound in pieces of any size and says what was in it."""

    def __init__(self, references: Sequence[Reference]) -> None:
        self._followers = [Follower(reference) for reference in references]
        self._rest: Samples = np.zeros(0, np.float32)
        self._shape: Numbers | None = None
        self._recent: Frames | None = None
        self._waiting: Frames | None = None
        self._now = 0
        self._run_start, self._pause = 0, _PAUSE
        self._pending: int | None = None
        self._spans: list[Span] = []

    @property
    def heard_until_s(self) -> float:
        """How far the sound has been listened to."""
        return self._now * HOP_S

    @property
    def spans(self) -> tuple[Span, ...]:
        """What kinds of sound there were, in order and without gaps (the newest 0.6 s may be undecided)."""
        return tuple(self._spans)

    @property
    def matches(self) -> tuple[Match, ...]:
        """Which registered recordings were recognised, in order of their beginnings."""
        found = [match for follower in self._followers for match in follower.matches()]
        return tuple(sorted(found, key=lambda match: match.start_s))

    def hear(self, samples: Samples) -> None:
        """Take in the next samples."""
        sound = np.concatenate([self._rest, samples])
        frames, self._shape = frames_of(sound, self._shape)
        self._rest = sound[len(frames) * HOP :]
        waiting = frames if self._waiting is None else self._waiting.then(frames)
        for start in range(0, len(waiting) - _CHUNK + 1, _CHUNK):
            self._take(waiting.part(start, start + _CHUNK))
        self._waiting = waiting.last(len(waiting) % _CHUNK)

    def _take(self, chunk: Frames) -> None:
        before, self._now = self._now, self._now + len(chunk)
        self._recent = (chunk if self._recent is None else self._recent.then(chunk)).last(_MEMORY)
        self._sort(chunk, before)
        window = self._recent.last(MATCH_FRAMES)
        shape = shape_of(window)
        for follower in self._followers:
            follower.follow(window, shape, self._now)

    def _sort(self, chunk: Frames, before: int) -> None:
        """Say what kind the chunk is; a run of sound that is too short to tell waits for more of it."""
        if float((chunk.level > ACTIVE_DBFS).mean()) < _SILENT_SHARE:
            self._settle(before)
            self._add(Kind.SILENCE, before, self._now)
            self._pause += len(chunk)
            return
        if self._pause >= _PAUSE:
            self._run_start = before
        self._pause = 0
        self._pending = before if self._pending is None else self._pending
        if self._now - self._run_start >= _ENOUGH_FOR_KIND:
            self._settle(self._now)

    def _settle(self, until: int) -> None:
        if self._pending is None or self._recent is None:
            return
        frames = self._recent.last(min(_KIND_FRAMES, self._now - self._run_start))
        kind = kind_of(frames)
        self._add(Kind.SPEECH if kind is Kind.SILENCE else kind, self._pending, until)
        self._pending = None

    def _add(self, kind: Kind, start: int, end: int) -> None:
        if self._spans and self._spans[-1].kind is kind:
            self._spans[-1] = replace(self._spans[-1], end_s=end * HOP_S)
        else:
            self._spans.append(Span(kind, start * HOP_S, end * HOP_S))


def reference_of(name: str, samples: Samples, is_loop: bool) -> Reference:
    """Prepare a registered recording for ears; silence at its ends is cut off.

    Raises:
        UselessReferenceError: it is silent, or shorter than half a second of sound.
    """
    frames, _ = frames_of(samples)
    active = np.flatnonzero(frames.level > ACTIVE_DBFS)
    if len(active) < _TAIL:
        raise UselessReferenceError(name, len(samples) / RATE)
    kept = samples[active[0] * HOP : (active[-1] + 2) * HOP]
    return Reference(name, samples if is_loop else kept, MATCH_FRAMES, is_loop)


class UselessReferenceError(Exception):
    """A recording in which there is nothing to recognise."""

    def __init__(self, name: str, length_s: float) -> None:
        super().__init__(f"{name}: {length_s:.1f} s with hardly any sound: at least half a second is needed")
        self.name, self.length_s = name, length_s
