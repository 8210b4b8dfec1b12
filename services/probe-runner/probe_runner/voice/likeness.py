"""How alike a stretch of sound and a registered recording are, and where in the recording it would be. Pure numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probe_runner.voice.sound import ACTIVE_DBFS, RATE, Numbers, Samples, frames_of, shape_of

_PARTS, _SLIP = 7, 3
"""A window is compared in this many parts, each of which may lie so many frames beside its place: packets that come
late and a jitter buffer that skips or stretches move sound by 20 to 60 ms within a second or two."""
_QUIET_PLACE = 0.25
"""Places with less than this share of the usual movement are mostly pause: there is nothing to recognise."""

_PAUSE_SHARE = 0.5


@dataclass(frozen=True)
class Likeness:
    """How well a stretch fits a reference: normalised correlation (-1 to 1), and the frame where it begins there."""

    score: float
    at_frame: int


class Reference:
    """A registered recording, prepared for comparing windows of ``width`` frames with every place in it.

    A recording that is played in a loop is compared across its seam as well. One that is shorter than the window
    is compared as a whole.
    """

    def __init__(self, name: str, samples: Samples, width: int, is_loop: bool) -> None:
        frames, _ = frames_of(samples)
        self.name, self.is_loop = name, is_loop
        self.length = len(frames)
        self.length_s = len(samples) / RATE
        self.width = min(width, self.length)
        self._is_active = frames.level > ACTIVE_DBFS
        shape = shape_of(frames)
        self._shape = np.concatenate([shape, shape[: self.width]]) if is_loop else shape
        self._padded = np.pad(self._shape, ((_SLIP, _SLIP), (0, 0)))
        self._parts = np.unique(np.linspace(0, self.width, _PARTS, endpoint=False).astype(int))
        moved = self._movement_by_place()
        self._movement = np.maximum(moved, max(_QUIET_PLACE * float(np.median(moved)), 1e-6))

    def _movement_by_place(self) -> Numbers:
        """How much the shape moves about its own mean in the window at every place.

        The stretch to compare has its own mean taken out, so that of the window is only missing here, in the norm.
        """
        view = np.lib.stride_tricks.sliding_window_view
        squares = view((self._shape**2).sum(axis=1), self.width).sum(axis=1)
        sums = view(self._shape, self.width, axis=0).sum(axis=2)
        counts = view((self._shape != 0).any(axis=1), self.width).sum(axis=1)
        moved: Numbers = squares - (sums**2).sum(axis=1) / np.maximum(counts, 1)
        return moved

    def likeness(self, shape: Numbers) -> Likeness:
        """Compare the shape of ``width`` frames with every place."""
        products = np.ascontiguousarray(self._padded @ shape.T)  # every frame here with every frame there
        score = self._fits(products) / np.sqrt(self._movement * max(float((shape**2).sum()), 1e-6))
        best = int(score.argmax())
        return Likeness(float(score[best]), best)

    def _fits(self, products: Numbers) -> Numbers:
        """How well the window fits at every place, each of its parts there or a little beside it."""
        places = len(self._movement)
        row, column = products.strides
        shape = (places + 2 * _SLIP, self.width)
        diagonals = np.lib.stride_tricks.as_strided(products, shape, (row, row + column), writeable=False)
        parts = np.add.reduceat(diagonals, self._parts, axis=1)
        best = parts[:places].copy()
        for slip in range(1, 2 * _SLIP + 1):
            np.maximum(best, parts[slip : slip + places], out=best)
        fits: Numbers = best.sum(axis=1)
        return fits

    def likeness_at(self, shape: Numbers, at_frame: int) -> float:
        """The same, for any number of frames, at one known place only; 0 where the reference is over."""
        place = at_frame % self.length if self.is_loop else at_frame
        there = self._shape[place : place + len(shape)]
        if place < 0 or len(there) < len(shape):
            return 0.0
        return float((shape * there).sum() / np.sqrt(max(float((shape**2).sum() * (there**2).sum()), 1e-9)))

    def is_silent_at(self, at_frame: int, count: int) -> bool:
        """Whether the recording itself pauses there, at least for the most part; it does not after its end."""
        place = at_frame % self.length if self.is_loop else at_frame
        there = self._is_active[max(place, 0) : max(place, 0) + count]
        return len(there) > 0 and float(there.mean()) <= _PAUSE_SHARE
