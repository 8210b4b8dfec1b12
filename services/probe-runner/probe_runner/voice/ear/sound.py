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
_LONG_LAG = 15
_PEAK_WIDTH = 5
"""Bins on each side (78 Hz) that belong to one tone under the taper above, or to two so near that they beat."""
_SHORTEST_PERIOD, _LONGEST_PERIOD = RATE // 500, RATE // 65
"""Samples: the pitch of voices, from a deep man's to a singing child's."""
_TAPER_ALIKE = np.correlate(_TAPER, _TAPER, "full")[WINDOW - 1 : WINDOW + _LONGEST_PERIOD + 1] / _POWER
_UNTAPERED = np.where(np.arange(_LONGEST_PERIOD + 2) < _SHORTEST_PERIOD, 0, 1 / _TAPER_ALIKE).astype(np.float32)
_UNTAPERED[-1] = 0
"""What undoes the taper in the autocorrelation, and leaves out what no voice's period is."""


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
    """Features of n frames, one row each: see the columns' names below."""

    rows: Numbers

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def power(self) -> Numbers:
        """The power by band, (n, 16)."""
        return self.rows[:, :BANDS]

    @property
    def level(self) -> Numbers:
        """In dBFS: 0 is a sine wave at half the power of the loudest square wave."""
        return self.rows[:, BANDS]

    @property
    def persistence(self) -> Numbers:
        """How alike the spectrum is to the one 100 ms before, 0 to 1."""
        return self.rows[:, BANDS + 1]

    @property
    def held(self) -> Numbers:
        """How alike the spectrum is to the one 300 ms before, 0 to 1."""
        return self.rows[:, BANDS + 2]

    @property
    def purity(self) -> Numbers:
        """The share of the power around the highest peak: close to 1 for a pure tone."""
        return self.rows[:, BANDS + 3]

    @property
    def purity_of_two(self) -> Numbers:
        """The share of the power around the two highest peaks."""
        return self.rows[:, BANDS + 4]

    @property
    def hertz(self) -> Numbers:
        """The frequency of the highest peak."""
        return self.rows[:, BANDS + 5]

    @property
    def second_hertz(self) -> Numbers:
        """The frequency of the second highest peak."""
        return self.rows[:, BANDS + 6]

    @property
    def voicing(self) -> Numbers:
        """How periodic the sound is, 0 to 1."""
        return self.rows[:, BANDS + 7]

    @property
    def pitch(self) -> Numbers:
        """In semitones above 1 Hz; it only means something where the sound is periodic."""
        return self.rows[:, BANDS + 8]

    def part(self, start: int, end: int) -> Frames:
        """The frames from ``start`` up to ``end``."""
        return Frames(self.rows[start:end])

    def last(self, count: int) -> Frames:
        """The newest ``count`` frames."""
        return Frames(self.rows[max(0, len(self) - count) :])

    def then(self, more: Frames) -> Frames:
        """These frames and then more of them."""
        return Frames(np.concatenate([self.rows, more.rows]))


_COLUMNS = BANDS + 9


def _band_matrix() -> Numbers:
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, BANDS + 1)
    hertz = np.fft.rfftfreq(_TRANSFORM, 1 / RATE)
    return np.array([(hertz >= low) & (hertz < high) for low, high in itertools.pairwise(edges)], np.float32)


_TO_BANDS = _band_matrix().T
_HEARD = np.flatnonzero(_TO_BANDS.sum(axis=1))
_BINS = np.arange(len(_HEARD))
_LITTLE = np.float32(1e-9)
_SIDES = np.array([-1, 0, 1])[:, None, None]


def frames_of(samples: Samples, before: Numbers | None = None) -> tuple[Frames, Numbers]:
    """The frames of some samples, and what the next call needs as ``before`` to measure persistence without a seam.

    The last 160 samples (half a window) belong to the next call's first frame as well: give them again.
    """
    before = np.zeros((0, len(_HEARD)), np.float32) if before is None else before
    count = max(0, (len(samples) - WINDOW) // HOP + 1)
    rows = np.empty((count, _COLUMNS), np.float32)
    if count == 0:
        return Frames(rows), before
    halves = samples[: (count + 1) * HOP].reshape(-1, HOP)
    windows = np.concatenate([halves[:-1], halves[1:]], axis=1)
    windows -= windows.mean(axis=1, keepdims=True)  # a converter's constant is no sound
    windows *= _TAPER
    spectrum = np.fft.rfft(windows, _TRANSFORM)
    power = (spectrum.real**2).astype(np.float32, copy=False)
    power += spectrum.imag**2
    power *= np.float32(1 / _POWER)
    heard = power[:, _HEARD[0] : _HEARD[-1] + 1]
    shape = np.log(heard + np.float32(1e-7))
    shape -= shape.mean(axis=1, keepdims=True)
    shape /= np.sqrt(np.einsum("ij,ij->i", shape, shape) + np.float32(1e-9))[:, None]
    joined = np.concatenate([before, shape])
    rows[:, :BANDS] = power @ _TO_BANDS
    rows[:, BANDS] = 10 * np.log10(np.einsum("ij,ij->i", windows, windows) / _POWER + 1e-10)
    rows[:, BANDS + 1] = _persistence(joined, count, _LAG)
    rows[:, BANDS + 2] = _persistence(joined, count, _LONG_LAG)
    _peaks(heard, rows[:, BANDS + 3 : BANDS + 7])
    _periods(power, rows[:, BANDS + 7 :])
    return Frames(rows), joined[-_LONG_LAG:]


def _persistence(shape: Numbers, count: int, lag: int) -> Numbers:
    """How alike each of the last ``count`` spectra is to the one ``lag`` frames before; 0 where there is none."""
    known = max(0, min(count, len(shape) - lag))
    alike = np.zeros(count, np.float32)
    last = len(shape) - known
    alike[count - known :] = np.einsum("ij,ij->i", shape[last:], shape[last - lag : last - lag + known])
    return alike


def _peaks(heard: Numbers, into: Numbers) -> None:
    """The two highest peaks: share of the first, share of both, and their frequencies, (n, 4)."""
    rows, bins = np.arange(len(heard)), heard.shape[1]
    up_to = np.zeros((len(heard), bins + 1), np.float32)
    np.cumsum(heard, axis=1, out=up_to[:, 1:])
    first = heard.argmax(axis=1)
    is_elsewhere = np.abs(_BINS - first[:, None]) > 2 * _PEAK_WIDTH
    peaks = np.array([first, (heard * is_elsewhere).argmax(axis=1)])
    high = np.minimum(peaks + _PEAK_WIDTH + 1, bins)
    shares = (up_to[rows, high] - up_to[rows, np.maximum(peaks - _PEAK_WIDTH, 0)]) / (up_to[:, -1] + _LITTLE)
    inner = np.minimum(np.maximum(peaks, 1), bins - 2)
    beside = _top(np.log(heard[rows, inner + _SIDES] + _LITTLE))
    into[:, 0], into[:, 1] = shares[0], shares[0] + shares[1]
    into[:, 2:] = (_HEARD[0] + inner + beside).T * (RATE / _TRANSFORM)


def _top(around: Numbers) -> Numbers:
    """How far beside the middle of three values the top of the parabola through them lies."""
    left, middle, right = around
    beside: Numbers = np.float32(0.5) * (left - right) / np.minimum(left - 2 * middle + right, -_LITTLE)
    return beside


def _periods(power: Numbers, into: Numbers) -> None:
    """How periodic each frame is, and its pitch, (n, 2): the highest place of the autocorrelation."""
    alike = np.fft.irfft(power)[:, : _LONGEST_PERIOD + 2]
    period = np.maximum((alike * _UNTAPERED).argmax(axis=1), _SHORTEST_PERIOD)
    around = alike[np.arange(len(power)), period + _SIDES[:, 0]]
    beside = np.minimum(np.maximum(_top(around), -1), 1)
    into[:, 0] = np.minimum(around[1] / (alike[:, 0] + _LITTLE) * _UNTAPERED[period], 1)
    into[:, 1] = np.log2(RATE / (period + beside)) * 12


ACTIVE_DBFS = -45.0
"""Louder than this is sound; a G.711 line's own noise lies at -60 to -70."""


def loudest_of(level: Numbers) -> float:
    """The level that 5 % of the frames exceed: how loud the stretch is where it is loud."""
    return float(np.sort(level)[int(0.95 * (len(level) - 1))])


def shape_of(frames: Frames) -> Numbers:
    """How each frame's spectrum differs from the stretch's own mean spectrum, (n, 16); zero in pauses.

    The level goes (each frame's mean is taken out), the colour of voice and line goes (the mean of the sounding
    frames is taken out), and so does the rhythm of speech and pause, in which all announcements are alike.
    """
    loud = loudest_of(frames.level)
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
