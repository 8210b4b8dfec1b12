"""Sorts sound into silence, music, speech and other while it comes in, and paints that on a strip."""

from __future__ import annotations

import numpy as np

from probe_runner.voice.ear.kinds import KIND_FRAMES, TOLD, Kinds
from probe_runner.voice.ear.sound import ACTIVE_DBFS, Frames, Kind, Numbers
from probe_runner.voice.ear.strip import Strip

_ENOUGH = 30
"""Frames (0.6 s) of a run before it is sorted; one that ends earlier is sorted as it is."""
_PAUSE = 12
_SILENT_SHARE = 0.2
_FEWEST = 5
"""Frames of sound that are worth a name: less (a click, the edge of a tone) is silence."""
_EVERY = 2
"""Only every second chunk of a run that has a name is looked at."""
_SURE_OF_CHANGE = 0.75
"""A run keeps its kind until another is this likely."""
_MEMORY = 0.6
"""How much the newest look counts against those before it in the same run."""
_BACK = 50
"""Frames: when a run changes its kind it is noticed about a second late, half a window and a look."""


class Sorter:
    """Takes frames in and paints what they are; a run of sound that is too short to tell waits for more of it."""

    def __init__(self, strip: Strip, kinds: Kinds) -> None:
        self._strip, self._kinds = strip, kinds
        self._run_start, self._pause = 0, _PAUSE
        self._pending: int | None = None
        self._shares: Numbers | None = None
        self._last: Kind | None = None
        self._sure, self._looks = 0.5, 0

    def take(self, recent: Frames, count: int, now: int, is_tone: np.ndarray) -> None:
        """Sort the newest ``count`` of the recent frames; where ``is_tone``, tones are told by others."""
        before = now - count
        is_sounding = (recent.last(count).level > ACTIVE_DBFS) & ~is_tone
        if float(is_sounding.mean()) < _SILENT_SHARE:
            self._settle(recent, before, now)
            self._strip.paint(Kind.SILENCE, before, now)
            self._pause += count
            return
        if self._pause >= _PAUSE:
            self._run_start, self._shares, self._last = before, None, None
        self._pause = 0
        self._pending = before if self._pending is None else self._pending
        self._looks += 1
        if self._last is not None and self._looks % _EVERY:
            self._strip.paint(self._last, self._pending, now, self._sure)
            self._pending = None
        elif now - self._run_start >= _ENOUGH:
            self._settle(recent, now, now)

    def _settle(self, recent: Frames, until: int, now: int) -> None:
        if self._pending is None:
            return
        start, self._pending = self._pending, None
        frames = recent.last(min(KIND_FRAMES, now - self._run_start))
        if until < now:
            frames = frames.part(0, len(frames) - (now - until))
        if int((frames.level > ACTIVE_DBFS).sum()) < _FEWEST:
            self._strip.paint(Kind.SILENCE, start, until)
            return
        shares = self._kinds.shares(frames)
        self._shares = shares if self._shares is None else _MEMORY * shares + (1 - _MEMORY) * self._shares
        kind = TOLD[int(self._shares.argmax())]
        if self._last is not None and float(self._shares.max()) < _SURE_OF_CHANGE:
            kind = self._last
        has_changed = self._last is not None and kind is not self._last
        start = max(self._run_start, until - _BACK) if has_changed else start
        self._last, self._sure = kind, max(0.5, float(self._shares.max()))
        self._strip.paint(kind, start, until, self._sure)
