"""How alike a stretch of sound and a registered recording are, and where in the recording it would be. Pure numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probe_runner.voice.ear.sound import ACTIVE_DBFS, RATE, Numbers, Samples, frames_of, shape_of

_PARTS, _SLIP = 7, 3
"""A window is compared in this many parts, each of which may lie so many frames beside its place: packets that come
late and a jitter buffer that skips or stretches move sound by 20 to 60 ms within a second or two."""
_QUIET_PLACE = 0.25
"""Places with less than this share of the usual movement are mostly pause: there is nothing to recognise."""

_PAUSE_SHARE = 0.5


@dataclass(frozen=True)
class Likeness:
    """How well a stretch fits: normalised correlation (-1 to 1), and the frame where it begins there."""

    score: float
    at_frame: int


class Stretch:
    """Shapes of consecutive frames (n, 16), prepared for comparing ``width`` other frames with every place in it.

    ``least``: places that move less than this are judged as if they moved so much.
    """

    def __init__(self, shape: Numbers, width: int, least: float = 1e-6) -> None:
        self.shape, self.width = shape, width
        self.places = len(shape) - width + 1
        self._padded = np.pad(shape, ((_SLIP, _SLIP), (0, 0)))
        self._parts = np.unique(np.linspace(0, width, _PARTS, endpoint=False).astype(int))
        moved = self._movement_by_place()
        self._movement = np.maximum(moved, max(_QUIET_PLACE * float(np.median(moved)), least))

    def _movement_by_place(self) -> Numbers:
        """How much the shape moves about its own mean in the window at every place.

        The stretch to compare has its own mean taken out, so that of the window is only missing here, in the norm.
        """
        squares = _rolling((self.shape**2).sum(axis=1), self.width)
        sums = _rolling(self.shape, self.width)
        counts = _rolling((self.shape != 0).any(axis=1), self.width)
        moved: Numbers = (squares - (sums**2).sum(axis=1) / np.maximum(counts, 1)).astype(np.float32)
        return moved

    def likeness(self, shape: Numbers, first: int = 0, last: int | None = None) -> Likeness:
        """Compare the shape of ``width`` frames with the places from ``first`` up to ``last``, usually with all."""
        first, last = max(first, 0), min(self.places if last is None else last, self.places)
        if first >= last:
            return Likeness(0.0, 0)
        rows = self._padded[first : last + self.width + 2 * _SLIP]
        products = np.ascontiguousarray(rows @ shape.T)  # every frame here with every frame there
        norm = np.sqrt(self._movement[first:last] * max(float((shape**2).sum()), 1e-6))
        score = self._fits(products, last - first) / norm
        best = int(score.argmax())
        return Likeness(float(score[best]), first + best)

    def _fits(self, products: Numbers, places: int) -> Numbers:
        """How well the window fits at every place, each of its parts there or a little beside it."""
        row, column = products.strides
        shape = (places + 2 * _SLIP, self.width)
        diagonals = np.lib.stride_tricks.as_strided(products, shape, (row, row + column), writeable=False)
        parts = np.add.reduceat(diagonals, self._parts, axis=1)
        best = parts[:places].copy()
        for slip in range(1, 2 * _SLIP + 1):
            np.maximum(best, parts[slip : slip + places], out=best)
        fits: Numbers = best.sum(axis=1)
        return fits


def _rolling(values: Numbers, width: int) -> Numbers:
    """The sum of every ``width`` neighbours along the first axis."""
    sums = np.cumsum(np.concatenate([np.zeros_like(values[:1], np.float64), values]), axis=0)
    rolling: Numbers = sums[width:] - sums[:-width]
    return rolling


def likeness_of(shape: Numbers, there: Numbers) -> float:
    """The plain normalised correlation of two shapes of the same length; 0 where one is shorter."""
    if len(there) < len(shape):
        return 0.0
    both = float(np.vdot(shape, shape) * np.vdot(there, there))
    return float(np.vdot(shape, there) / np.sqrt(max(both, 1e-9)))


class Reference:
    """A registered recording, prepared for comparing windows of ``width`` frames with every place in it.

    ``name`` is its role, ``file`` tells it from others of that role. A recording that is played in a loop is compared
    across its seam as well. One that is shorter than the window is looked for as a whole in what was heard.
    """

    def __init__(self, name: str, samples: Samples, width: int, is_loop: bool, file: str = "") -> None:
        frames, _ = frames_of(samples)
        self.name, self.file, self.is_loop = name, file, is_loop
        self.length = len(frames)
        self.length_s = len(samples) / RATE
        self.width = min(width, self.length)
        self._is_active = frames.level > ACTIVE_DBFS
        shape = shape_of(frames)
        self.shape = np.concatenate([shape, shape[: self.width]]) if is_loop else shape
        self.beginning = shape[: self.width]
        self.stretch = Stretch(self.shape, self.width)

    def likeness(self, shape: Numbers, first: int = 0, last: int | None = None) -> Likeness:
        """Compare the shape of ``width`` frames with the places from ``first`` up to ``last``."""
        return self.stretch.likeness(shape, first, last)

    def likeness_at(self, shape: Numbers, at_frame: int) -> float:
        """The same, for any number of frames, at one known place only; 0 where the reference is over."""
        place = at_frame % self.length if self.is_loop else at_frame
        return 0.0 if place < 0 else likeness_of(shape, self.shape[place : place + len(shape)])

    def is_silent_at(self, at_frame: int, count: int) -> bool:
        """Whether the recording itself pauses there, at least for the most part; it does not after its end."""
        place = at_frame % self.length if self.is_loop else at_frame
        there = self._is_active[max(place, 0) : max(place, 0) + count]
        return len(there) > 0 and float(there.mean()) <= _PAUSE_SHARE
