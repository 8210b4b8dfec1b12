"""What was heard, frame by frame: painted once, painted over when more is known, told as spans."""

from __future__ import annotations

import numpy as np

from probe_runner.voice.ear.sound import HOP_S, Kind
from probe_runner.voice.timeline import Span

_KINDS = (None, *Kind)
_CODES = {kind: code for code, kind in enumerate(_KINDS)}
_FIRST_ROOM = 3_000
_STILL_WET = 750
"""Frames (15 s) that may still be painted over; what lies further back is told once and kept."""


class Strip:
    """One label per frame, in two layers: tones, which are known to the frame, cover every other kind."""

    def __init__(self) -> None:
        self._kinds = np.zeros(_FIRST_ROOM, np.uint8)
        self._tones = np.zeros(_FIRST_ROOM, np.uint8)
        self._sureness = np.ones(_FIRST_ROOM, np.float32)
        self._lags = np.zeros(_FIRST_ROOM, np.int32)
        self._end = 0
        self._dry: list[Span] = []
        self._dry_until = 0
        self._told: list[Span] | None = None

    def paint(self, kind: Kind, start: int, end: int, sureness: float = 1.0) -> None:
        """Say what the frames from ``start`` up to ``end`` are; what lies before them must have been painted."""
        self._make_room(end)
        start = max(start, self._dry_until)
        self._kinds[start:end] = _CODES[kind]
        self._sureness[start:end] = sureness
        self._end = max(self._end, end)

    def cover(self, kind: Kind | None, start: int, end: int) -> None:
        """Say what tone, or which pause between tones, it is; ``None`` takes the cover away again."""
        self._make_room(end)
        self._tones[max(start, self._dry_until) : end] = _CODES[kind]

    def repeat(self, lag: int, start: int, end: int) -> None:
        """Say that these frames were heard before, so many frames earlier."""
        self._make_room(end)
        self._lags[max(start, self._dry_until) : end] = lag

    def share_of(self, kind: Kind, start: int, end: int) -> float:
        """How much of a stretch was painted so, 0 to 1, tones aside."""
        part = self._kinds[max(start, 0) : max(end, 0)]
        return float((part == _CODES[kind]).mean()) if len(part) else 0.0

    def _make_room(self, end: int) -> None:
        self._told = None
        while end > len(self._kinds):
            for name in ("_kinds", "_tones", "_sureness", "_lags"):
                old = getattr(self, name)
                empty = np.ones_like(old) if name == "_sureness" else np.zeros_like(old)
                setattr(self, name, np.concatenate([old, empty]))

    def spans(self) -> list[Span]:
        """All that was painted, in order and without gaps."""
        if self._told is None:
            self._told = [*self._dry, *self._wet()]
            self._dry_up(self._told)
        return self._told

    def _wet(self) -> list[Span]:
        """What may still be painted over."""
        if self._end <= self._dry_until:
            return []
        part = slice(self._dry_until, self._end)
        tones, lags, sureness = self._tones[part], self._lags[part], self._sureness[part]
        labels = np.where(tones > 0, tones, self._kinds[part]) + (lags << 8)
        starts = np.concatenate([[0], 1 + np.flatnonzero(labels[1:] != labels[:-1])])
        ends = [*starts[1:].tolist(), len(labels)]
        sure = np.where(tones[starts] > 0, 1, np.add.reduceat(sureness, starts) / (ends - starts))
        columns = starts.tolist(), ends, labels[starts].tolist(), sure.tolist()
        return [self._span(*values) for values in zip(*columns, strict=True)]

    def _span(self, start: int, end: int, label: int, sureness: float) -> Span:
        kind, lag, start = _KINDS[label & 255] or Kind.SILENCE, label >> 8, start + self._dry_until
        repeats = (start - lag) * HOP_S if lag else None
        return Span(kind, start * HOP_S, (end + self._dry_until) * HOP_S, round(sureness, 2), repeats)

    def _dry_up(self, told: list[Span]) -> None:
        """Keep for good what ended long ago."""
        wet_s = (self._end - _STILL_WET) * HOP_S
        while len(self._dry) < len(told) - 1 and told[len(self._dry)].end_s < wet_s:
            self._dry.append(told[len(self._dry)])
            self._dry_until = round(self._dry[-1].end_s / HOP_S)
