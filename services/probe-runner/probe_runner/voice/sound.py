"""What telephone sound is made of, and how alike two stretches of it are. Knows no file, no call and no clock.

Everywhere: 8 kHz mono samples as floats (-1 to 1), one frame every 20 ms, times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

RATE = 8000
HOP = 160
HOP_S = HOP / RATE
WINDOW = 320
BANDS = 16

Samples = NDArray[np.float32]
Numbers = NDArray[np.float32]

_TRANSFORM = 512
_LOWEST_HZ, _HIGHEST_HZ = 200.0, 3400.0
_TAPER = np.hanning(WINDOW).astype(np.float32)
_POWER = float(_TAPER @ _TAPER)
_FLOOR = 1e-5
"""Added to every band's energy, about the noise of G.711, so that silence is flat and not random."""
_LAG = 5
"""Frames (100 ms) over which persistence is measured: a sung or played note lasts longer, a spoken sound rarely."""
_PARTS, _SLIP = 7, 3
"""A window is compared in this many parts, each of which may lie so many frames beside its place: packets that come
late and a jitter buffer that skips or stretches move sound by 20 to 60 ms within a second or two."""
_PEAK_WIDTH = 3
"""Bins on each side that belong to one pure tone under the taper above."""


class Kind(StrEnum):
    """What a stretch of sound is most like."""

    SILENCE = "silence"
    TONE = "tone"
    MUSIC = "music"
    SPEECH = "speech"


@dataclass(frozen=True)
class Frames:
    """Features of n frames: log energy by band (n, 16), level in dBFS, persistence and purity from 0 to 1."""

    bands: Numbers
    level: Numbers
    persistence: Numbers
    purity: Numbers

    def __len__(self) -> int:
        return len(self.level)

    def part(self, start: int, end: int) -> Frames:
        """The frames from ``start`` up to ``end``."""
        part = slice(start, end)
        return Frames(self.bands[part], self.level[part], self.persistence[part], self.purity[part])

    def last(self, count: int) -> Frames:
        """The newest ``count`` frames."""
        return self.part(max(0, len(self) - count), len(self))

    def then(self, more: Frames) -> Frames:
        """These frames and then more of them."""
        return Frames(
            np.concatenate([self.bands, more.bands]),
            np.concatenate([self.level, more.level]),
            np.concatenate([self.persistence, more.persistence]),
            np.concatenate([self.purity, more.purity]),
        )


def _band_matrix() -> Numbers:
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, BANDS + 1)
    hertz = np.fft.rfftfreq(_TRANSFORM, 1 / RATE)
    return np.array([(hertz >= low) & (hertz < high) for low, high in zip(edges, edges[1:], strict=False)], np.float32)


_TO_BANDS = _band_matrix().T
_HEARD = np.flatnonzero(_TO_BANDS.sum(axis=1))


def frames_of(samples: Samples, before: Numbers | None = None) -> tuple[Frames, Numbers]:
    """The frames of some samples, and what the next call needs as ``before`` to measure persistence without a seam.

    The last 160 samples (half a window) belong to the next call's first frame as well: give them again.
    """
    count = max(0, (len(samples) - WINDOW) // HOP + 1)
    if count == 0:
        nothing = np.zeros(0, np.float32)
        empty = Frames(np.zeros((0, BANDS), np.float32), nothing, nothing, nothing)
        return empty, before if before is not None else np.zeros((0, len(_HEARD)), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP][:count] * _TAPER
    power = (np.abs(np.fft.rfft(windows, _TRANSFORM)) ** 2 / _POWER).astype(np.float32)
    level = 10 * np.log10((windows**2).sum(axis=1) / _POWER + 1e-10)
    heard = power[:, _HEARD]
    shape = np.log10(heard + 1e-7)
    shape -= shape.mean(axis=1, keepdims=True)
    shape /= np.sqrt((shape**2).sum(axis=1, keepdims=True)) + 1e-9
    joined = shape if before is None else np.concatenate([before, shape])
    bands = np.log10(power @ _TO_BANDS + _FLOOR).astype(np.float32)
    frames = Frames(bands, level.astype(np.float32), _persistence(joined, count), _purity(heard))
    return frames, joined[-_LAG:]


def _persistence(shape: Numbers, count: int) -> Numbers:
    """How alike each of the last ``count`` spectra is to the one 100 ms before; 0 where there is none."""
    alike = np.zeros(len(shape), np.float32)
    alike[_LAG:] = (shape[_LAG:] * shape[:-_LAG]).sum(axis=1)
    return alike[len(alike) - count :]


def _purity(heard: Numbers) -> Numbers:
    """The share of each frame's power that lies around its highest peak: close to 1 for a pure tone."""
    padded = np.pad(heard, ((0, 0), (_PEAK_WIDTH, _PEAK_WIDTH)))
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _PEAK_WIDTH + 1, axis=1)
    peak = heard.argmax(axis=1)
    rows = np.arange(len(heard))
    return (around[rows, peak].sum(axis=1) / (heard.sum(axis=1) + 1e-9)).astype(np.float32)


ACTIVE_DBFS = -45.0
"""Louder than this is sound; a G.711 line's own noise lies at -60 to -70."""

_MUSIC_ABOVE = 0.5
_PAUSE_DB = 18.0
_PAUSE_WEIGHT = 0.4
_TONE_ABOVE = 0.9


def kind_of(frames: Frames) -> Kind:
    """What these frames (best one to two seconds) are most like.

    Music holds its spectrum over 100 ms and hardly pauses; speech does neither. The threshold lies between the
    5th percentile of five songs of hold music and the 95th of 150 recorded announcements (two-second windows).
    Singing without instruments passes for speech: no verdict may rest on this alone.
    """
    is_active = frames.level > ACTIVE_DBFS
    if not is_active.any():
        return Kind.SILENCE
    if np.median(frames.purity[is_active]) > _TONE_ABOVE:
        return Kind.TONE
    loud = np.percentile(frames.level, 95)
    pauses = float((frames.level < loud - _PAUSE_DB).mean())
    steady = float(frames.persistence[frames.level > loud - _PAUSE_DB + 3].mean())
    return Kind.MUSIC if steady - _PAUSE_WEIGHT * pauses > _MUSIC_ABOVE else Kind.SPEECH


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
        self._bands = np.concatenate([frames.bands, frames.bands[: self.width]]) if is_loop else frames.bands
        sums = np.lib.stride_tricks.sliding_window_view(self._bands, self.width, axis=0).sum(axis=2)
        squares = np.lib.stride_tricks.sliding_window_view((self._bands**2).sum(axis=1), self.width).sum(axis=1)
        self._padded = np.pad(self._bands, ((_SLIP, _SLIP), (0, 0)), mode="edge")
        self._parts = np.unique(np.linspace(0, self.width, _PARTS, endpoint=False).astype(int))
        self._spread = np.maximum(squares - (sums**2).sum(axis=1) / self.width, 1e-6)

    def likeness(self, bands: Numbers) -> Likeness:
        """Compare ``width`` frames with every place; each band's mean over the window is taken out of both.

        So neither the level nor the voice's or the line's colour counts, only how the sound moves.
        """
        moved = bands - bands.mean(axis=0)
        products = np.ascontiguousarray(self._padded @ moved.T)  # every frame here with every frame there
        fits = self._fits(products)
        score = fits / np.sqrt(self._spread * max(float((moved**2).sum()), 1e-6))
        best = int(score.argmax())
        return Likeness(float(score[best]), best)

    def _fits(self, products: Numbers) -> Numbers:
        """How well the window fits at every place, each of its parts there or a little beside it."""
        places = len(self._spread)
        row, column = products.strides
        shape = (places + 2 * _SLIP, self.width)
        diagonals = np.lib.stride_tricks.as_strided(products, shape, (row, row + column), writeable=False)
        parts = np.add.reduceat(diagonals, self._parts, axis=1)
        best = parts[:places].copy()
        for slip in range(1, 2 * _SLIP + 1):
            np.maximum(best, parts[slip : slip + places], out=best)
        fits: Numbers = best.sum(axis=1)
        return fits

    def likeness_at(self, bands: Numbers, at_frame: int) -> float:
        """The same, for any number of frames, at one known place only; 0 where the reference is over."""
        place = at_frame % self.length if self.is_loop else at_frame
        there = self._bands[place : place + len(bands)]
        if place < 0 or len(there) < len(bands):
            return 0.0
        moved, other = bands - bands.mean(axis=0), there - there.mean(axis=0)
        return float((moved * other).sum() / np.sqrt(max(float((moved**2).sum() * (other**2).sum()), 1e-9)))

    def is_silent_at(self, at_frame: int, count: int) -> bool:
        """Whether the recording itself pauses there; it does not after its end."""
        place = at_frame % self.length if self.is_loop else at_frame
        there = self._is_active[max(place, 0) : max(place, 0) + count]
        return len(there) > 0 and not bool(there.any())


def mos_of(loss_percent: float, jitter_ms: float) -> float:
    """Listening quality (1 to 4.5) of a G.711 call, by the E-model of ITU-T G.107, simplified.

    Ie = 0 and Bpl = 25.1: G.711 with loss concealment, ITU-T G.113 Appendix I; random loss. The one-way delay is
    not known, only what our own jitter buffer adds: a frame and twice the jitter.
    """
    delay_ms = 20 + 2 * jitter_ms
    by_delay = 0.024 * delay_ms + (0.11 * (delay_ms - 177.3) if delay_ms > 177.3 else 0.0)
    by_loss = 95 * loss_percent / (loss_percent + 25.1)
    rating = min(max(93.2 - by_delay - by_loss, 0.0), 100.0)
    return 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6
