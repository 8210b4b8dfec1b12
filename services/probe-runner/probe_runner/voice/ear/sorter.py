"""Sorts sound into silence, music, speech and other while it comes in, and paints that on a strip."""

from __future__ import annotations

import numpy as np

from probe_runner.voice.ear.kinds import KIND_FRAMES, TOLD, Kinds
from probe_runner.voice.ear.sound import ACTIVE_DBFS, Frames, Kind, Numbers, loudest_of
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
_FAINT_DB, _FAINT_CHUNKS = 12.0, 3
"""So far below the loud parts of speech, and for so many chunks (0.7 s), nobody speaks: what is heard then is the
room. A sentence has no such pause; its faintest syllables are shorter."""
_STEADY_DB = 9.0
"""A room does not swing by more than this; words spoken faintly do."""
_RISE_DB = 8.0
"""So far above the room somebody speaks close to the telephone."""


class Sorter:
    """Takes frames in and paints what they are; a run of sound that is too short to tell waits for more of it."""

    def __init__(self, strip: Strip, kinds: Kinds) -> None:
        self._strip, self._kinds = strip, kinds
        self._run_start, self._pause = 0, _PAUSE
        self._pending: int | None = None
        self._shares: Numbers | None = None
        self._last: Kind | None = None
        self._sure, self._looks = 0.5, 0
        self._faint = 0
        self._is_room = False

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
            self._begin(before, is_room=False)
        self._pause = 0
        self._pending = before if self._pending is None else self._pending
        self._part(recent, count, now)
        self._looks += 1
        if self._last is not None and self._looks % _EVERY:
            self._strip.paint(self._last, self._pending, now, self._sure)
            self._pending = None
        elif now - self._run_start >= _ENOUGH:
            self._settle(recent, now, now)

    def _begin(self, at: int, *, is_room: bool) -> None:
        self._run_start, self._shares, self._last = at, None, None
        self._faint, self._is_room = 0, is_room

    def _part(self, recent: Frames, count: int, now: int) -> None:
        """Begin a new run where speech gives way to the room, or a voice rises from noise."""
        if self._last not in {Kind.SPEECH, Kind.OTHER} or now - self._run_start <= count:
            self._faint = 0
            return
        before = recent.part(0, len(recent) - count).last(now - count - self._run_start)
        loudness, newest = loudest_of(before.level), recent.last(count).level
        if self._last is Kind.OTHER:
            if float((newest > loudness + _RISE_DB).mean()) >= _SILENT_SHARE:
                self._begin(now - count, is_room=False)
            return
        is_faint = float((newest > loudness - _FAINT_DB).mean()) < _SILENT_SHARE
        self._faint = self._faint + 1 if is_faint else 0
        if self._faint == _FAINT_CHUNKS:
            self._begin(now - _FAINT_CHUNKS * count, is_room=True)
            self._pending = self._run_start

    def _is_only_room(self, frames: Frames) -> bool:
        ordered = np.sort(frames.level)
        return self._is_room and float(ordered[-1 - len(ordered) // 10] - ordered[len(ordered) // 10]) < _STEADY_DB

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
        if kind is Kind.SPEECH and self._is_only_room(frames):
            kind = Kind.OTHER
        if self._last is not None and float(self._shares.max()) < _SURE_OF_CHANGE:
            kind = self._last
        has_changed = self._last is not None and kind is not self._last
        start = max(self._run_start, until - _BACK) if has_changed else start
        self._last, self._sure = kind, max(0.5, float(self._shares.max()))
        self._strip.paint(kind, start, until, self._sure)
