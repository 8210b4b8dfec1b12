"""What was heard before in this same call: queue announcements and hold music come round, a person does not.

The call's own past is kept as shapes, 64 bytes a frame (3 MB in 15 minutes); once a second the newest two seconds
are looked for in it, on a coarse picture first.
"""

from __future__ import annotations

import numpy as np

from probe_runner.voice.ear.following import Found, fits_throughout, goes_on
from probe_runner.voice.ear.likeness import Stretch, likeness_of
from probe_runner.voice.ear.places import STEP, coarse_of, scores_of, window_of
from probe_runner.voice.ear.sound import ACTIVE_DBFS, BANDS, Frames, Numbers
from probe_runner.voice.ear.strip import Strip

LONGEST = 45_000
"""Frames (15 minutes): what comes later is compared with these, but no longer kept."""
SURE_OF_REPEAT = 0.72
"""And every half second must fit. Over the corpus' lines 120 of 120 announcements that came again after music were
found (96 % of their length), and none of 360 pairs of other sentences of one speaker. No pair shared three words in a
row, which may sound the same from a machine."""
_NEAREST = 130
"""Frames (2.6 s): a window must not be compared with itself, nor with the echo of a drum."""
_LONG_ENOUGH = 120
"""Frames (2.4 s): what is shorter may be a phrase that one speaker says twice in the same way."""
_COARSE = 0.4
_BANDS = BANDS // 2
_ABOUT = 6
_FIRST_ROOM = 3_000


class Past:
    """The shapes of all that was heard so far."""

    def __init__(self, width: int) -> None:
        self._width, self._columns = width, width // 4
        self._reach = (self._columns - 1) * 2
        self._shape = np.zeros((_FIRST_ROOM, BANDS), np.float32)
        self._is_active = np.zeros(_FIRST_ROOM, bool)
        self._pictures = np.zeros((_BANDS, _FIRST_ROOM // STEP), np.float32)
        self._energy = np.zeros(_FIRST_ROOM // STEP, np.float32)
        self._end = 0

    def remember(self, shape: Numbers, frames: Frames) -> None:
        """Keep the newest frames' shape; an even number of them."""
        start, end = self._end, self._end + len(frames)
        if end > LONGEST:
            return
        self._make_room(end)
        self._shape[start:end] = shape[-len(frames) :]
        self._is_active[start:end] = frames.level > ACTIVE_DBFS
        known = max(0, start - STEP)
        picture = coarse_of(self._shape[known:end])
        part = slice(known // STEP, known // STEP + len(picture))
        self._pictures[:, part] = picture.T
        self._energy[part] = (picture * picture).sum(axis=1)
        self._end = end

    def _make_room(self, end: int) -> None:
        if end > len(self._shape):
            self._shape = np.concatenate([self._shape, np.zeros_like(self._shape)])
            self._is_active = np.concatenate([self._is_active, np.zeros_like(self._is_active)])
            self._pictures = np.concatenate([self._pictures, np.zeros_like(self._pictures)], axis=1)
            self._energy = np.concatenate([self._energy, np.zeros_like(self._energy)])

    def best(self, shape: Numbers, before: int) -> tuple[int, float]:
        """The frame, at most ``before``, where the shape fits best, and how well."""
        places = min(before, self._end) // STEP - self._reach - 1
        if places <= 0:
            return 0, 0.0
        scores = scores_of(window_of(shape, self._columns), self._pictures[:, : places + self._reach], places)
        sums = np.cumsum(self._energy[: places + self._reach + 2].reshape(-1)) if places else self._energy[:0]
        energy = (sums[self._reach :][:places] - np.concatenate([[0], sums[:-1]])[:places]) / 2
        scores = scores / np.sqrt(np.maximum(energy, 0.25 * float(energy.mean()) + 1e-6))
        at = int(scores.argmax())
        if scores[at] < _COARSE:
            return 0, 0.0
        first = max(0, at * STEP - _ABOUT)
        least = 0.5 * float((shape**2).sum())
        near = Stretch(self._shape[first : at * STEP + _ABOUT + self._width], self._width, least).likeness(shape)
        return first + near.at_frame, near.score

    def likeness_at(self, shape: Numbers, at_frame: int) -> float:
        """How well a shape fits at one place."""
        return (
            0.0 if at_frame < 0 else likeness_of(shape, self._shape[at_frame : min(at_frame + len(shape), self._end)])
        )

    def is_silent_at(self, at_frame: int, count: int) -> bool:
        """Whether nothing sounded there, for the most part."""
        there = self._is_active[max(at_frame, 0) : min(max(at_frame, 0) + count, self._end)]
        return len(there) > 0 and float(there.mean()) <= 0.5  # noqa: PLR2004  half


class Repeats:
    """Looks for the newest sound in the past and paints on the strip what was heard before."""

    def __init__(self, strip: Strip, width: int) -> None:
        self._strip, self._width, self._past = strip, width, Past(width)
        self._found: Found | None = None
        self._lag = 0

    def take(self, window: Frames, shape: Numbers, now: int, count: int) -> None:
        """Take in the newest ``count`` frames; ``window`` and ``shape`` are the newest two seconds."""
        if self._found is not None:
            self._found = goes_on(self._found, self._past, window, shape, now, count)
        self._past.remember(shape, window.last(count))
        if self._found is not None and now - self._found.start >= _LONG_ENOUGH:
            self._strip.repeat(self._lag, self._found.start, now)

    def look(self, shape: Numbers, now: int) -> None:
        """Look for the newest two seconds unless what is heard is already known to be a repetition."""
        if self._found is not None:
            return
        at, score = self._past.best(shape, now - _NEAREST)
        lag = now - self._width - at
        if score >= SURE_OF_REPEAT and fits_throughout(self._past, shape, at):
            self._found = Found(now - self._width, now, lag, score)
            self._lag = lag
