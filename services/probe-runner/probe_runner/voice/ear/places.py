"""Finds the few places in many recordings where a window may fit, on a coarse picture of them: cheap, not yet sure.

A coarse frame is the mean of four frames (80 ms) in eight bands; there is one every two frames (40 ms).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probe_runner.voice.ear.sound import Numbers

STEP = 2
_FRAMES, _BANDS = 4, 8
_QUIET_PLACE = 0.25


@dataclass(frozen=True)
class Place:
    """Where a window may fit: which recording, at which frame, and how well on the coarse picture (-1 to 1)."""

    which: int
    at_frame: int
    score: float


def coarse_of(shape: Numbers) -> Numbers:
    """The coarse picture of a shape of n frames, (n // 2 - 1, 8)."""
    count = len(shape) // STEP
    pairs = shape[: count * STEP].reshape(count, STEP, _BANDS, 2).sum(axis=(1, 3))
    coarse: Numbers = pairs[:-1] + pairs[1:]
    return coarse


class Places:
    """Coarse pictures in a row, with room between them so that no window lies across two."""

    def __init__(self, shapes: list[Numbers], width: int) -> None:
        self._columns = width // _FRAMES
        self._reach = (self._columns - 1) * (_FRAMES // STEP)
        pictures, self._starts, at = [], [], 0
        for shape in shapes:
            picture = coarse_of(shape)
            self._starts.append(at)
            pictures += [picture, np.zeros((self._reach + 1, _BANDS), np.float32)]
            at += len(picture) + self._reach + 1
        joined = np.concatenate(pictures) if pictures else np.zeros((0, _BANDS), np.float32)
        self._pictures, self._norm = np.ascontiguousarray(joined.T), self._norms(joined)
        self._ends = [*self._starts[1:], at]

    def _norms(self, pictures: Numbers) -> Numbers:
        energy = (pictures * pictures).sum(axis=1)
        places = max(0, len(pictures) - self._reach)
        step = _FRAMES // STEP
        total = sum(
            (energy[column * step : column * step + places] for column in range(self._columns)), np.zeros(places)
        )
        usual = float(np.median(total[total > 0])) if (total > 0).any() else 1.0
        norms: Numbers = (1 / np.sqrt(np.maximum(total, _QUIET_PLACE * usual))).astype(np.float32)
        return norms

    def best(self, shape: Numbers, at_least: float) -> list[Place]:
        """The best place of each recording for the shape of ``width`` frames, where it is good enough."""
        score = self._scores(shape)
        places = []
        for which, (start, end) in enumerate(zip(self._starts, self._ends, strict=True)):
            part = score[start : end - self._reach - 1]
            best = int(part.argmax()) if len(part) else 0
            if len(part) and part[best] >= at_least:
                places.append(Place(which, best * STEP, float(part[best])))
        return places

    def _scores(self, shape: Numbers) -> Numbers:
        places = len(self._norm)
        scores: Numbers = scores_of(window_of(shape, self._columns), self._pictures, places) * self._norm
        return scores


def window_of(shape: Numbers, columns: int) -> Numbers:
    """The coarse frames of a window that do not overlap, (columns, 8), of length 1 together."""
    window = coarse_of(shape)[:: _FRAMES // STEP][:columns]
    unit: Numbers = window / max(float(np.sqrt((window * window).sum())), 1e-6)
    return unit


def scores_of(window: Numbers, pictures: Numbers, places: int) -> Numbers:
    """The correlation of a window with every place in pictures (8, n), not normalised."""
    products = window @ pictures
    scores = np.zeros(places, np.float32)
    for column in range(len(window)):
        at = column * (_FRAMES // STEP)
        scores += products[column, at : at + places]
    return scores
