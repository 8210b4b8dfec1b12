"""What telephone sound is made of, and how alike two stretches of it are. Knows no file, no call and no clock.

Everywhere: 8 kHz mono samples as floats (-1 to 1), one frame every 20 ms, times in seconds.
"""

from __future__ import annotations

import itertools
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
_RANGE_DB = 30.0
"""What lies further below the loud parts is a pause, or the line's noise."""
_LAG = 5
"""Frames (100 ms) over which persistence is measured: a sung or played note lasts longer, a spoken sound rarely."""
_PEAK_WIDTH = 3
"""Bins on each side that belong to one pure tone under the taper above."""


class Kind(StrEnum):
    """What a stretch of sound is most like.

    ``NO_RTP``: nothing was sent at all, which silence is not. ``RINGBACK``, ``BUSY`` and ``CONGESTION`` are told by
    frequency and cadence together (ITU-T E.180); ``TONE`` is any other. ``OTHER``: noise that is none of these.
    """

    SILENCE = "silence"
    NO_RTP = "no_rtp"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    TONE = "tone"
    MUSIC = "music"
    SPEECH = "speech"
    OTHER = "other"

    @property
    def is_silent(self) -> bool:
        """Nothing to hear."""
        return self in {Kind.SILENCE, Kind.NO_RTP}

    @property
    def is_tone(self) -> bool:
        """A tone of the network or the exchange."""
        return self in {Kind.RINGBACK, Kind.BUSY, Kind.CONGESTION, Kind.TONE}


@dataclass(frozen=True)
class Frames:
    """Features of n frames: power by band (n, 16), level in dBFS, persistence and purity from 0 to 1."""

    power: Numbers
    level: Numbers
    persistence: Numbers
    purity: Numbers

    def __len__(self) -> int:
        return len(self.level)

    def part(self, start: int, end: int) -> Frames:
        """The frames from ``start`` up to ``end``."""
        part = slice(start, end)
        return Frames(self.power[part], self.level[part], self.persistence[part], self.purity[part])

    def last(self, count: int) -> Frames:
        """The newest ``count`` frames."""
        return self.part(max(0, len(self) - count), len(self))

    def then(self, more: Frames) -> Frames:
        """These frames and then more of them."""
        return Frames(
            np.concatenate([self.power, more.power]),
            np.concatenate([self.level, more.level]),
            np.concatenate([self.persistence, more.persistence]),
            np.concatenate([self.purity, more.purity]),
        )


def _band_matrix() -> Numbers:
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, BANDS + 1)
    hertz = np.fft.rfftfreq(_TRANSFORM, 1 / RATE)
    return np.array([(hertz >= low) & (hertz < high) for low, high in itertools.pairwise(edges)], np.float32)


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
    frames = Frames(power @ _TO_BANDS, level.astype(np.float32), _persistence(joined, count), _purity(heard))
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
    purity: Numbers = (around[rows, peak].sum(axis=1) / (heard.sum(axis=1) + 1e-9)).astype(np.float32)
    return purity


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


def shape_of(frames: Frames) -> Numbers:
    """How each frame's spectrum differs from the stretch's own mean spectrum, (n, 16); zero in pauses.

    The level goes (each frame's mean is taken out), the colour of voice and line goes (the mean of the sounding
    frames is taken out), and so does the rhythm of speech and pause, in which all announcements are alike.
    """
    loud = float(np.percentile(frames.level, 95))
    is_active = frames.level > max(loud - _RANGE_DB, ACTIVE_DBFS)
    if not is_active.any():
        return np.zeros_like(frames.power)
    spectrum = np.log10(frames.power + 10 ** ((loud - _RANGE_DB - 3) / 10))
    spectrum -= spectrum.mean(axis=1, keepdims=True)
    spectrum -= spectrum[is_active].mean(axis=0)
    spectrum[~is_active] = 0
    shape: Numbers = spectrum.astype(np.float32)
    return shape


_AUDIBLE_DELAY_MS = 177.3


def mos_of(loss_percent: float, jitter_ms: float) -> float:
    """Listening quality (1 to 4.5) of a G.711 call, by the E-model of ITU-T G.107, simplified.

    Ie = 0 and Bpl = 25.1: G.711 with loss concealment, ITU-T G.113 Appendix I; random loss. The one-way delay is
    not known, only what our own jitter buffer adds: a frame and twice the jitter.
    """
    delay_ms = 20 + 2 * jitter_ms
    by_delay = 0.024 * delay_ms + (0.11 * (delay_ms - _AUDIBLE_DELAY_MS) if delay_ms > _AUDIBLE_DELAY_MS else 0.0)
    by_loss = 95 * loss_percent / (loss_percent + 25.1)
    rating = min(max(93.2 - by_delay - by_loss, 0.0), 100.0)
    return 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6
