"""What a telephone line does to sound, 20 ms at a time: level, noise, coding, loss, a jitter buffer that slips.

Whole recordings can be spoilt before a call as well: by GSM, an echo, a room.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import soundfile

from probe_runner.voice.ear.sound import HOP, RATE, Samples


@dataclass(frozen=True)
class Line:
    """How bad a line is.

    ``gain_db``, ``noise_dbfs``, ``constant`` (a DC offset, of full scale) are added before coding. ``loss``: share of
    the packets; ``burst``: how many are lost in a row, in the mean. ``is_concealed``: what is lost is filled with what
    came before, fading; otherwise silent. ``slip_every_s``: the jitter buffer skips or stretches 20 to 60 ms.
    """

    coding: str = "alaw"
    gain_db: float = 0.0
    noise_dbfs: float | None = None
    constant: float = 0.0
    loss: float = 0.0
    burst: float = 1.0
    is_concealed: bool = True
    slip_every_s: float | None = None


class Channel:
    """Carries frames of 160 samples over a line; ``None`` is a frame that was never sent."""

    def __init__(self, line: Line, dice: np.random.Generator) -> None:
        self._line, self._dice = line, dice
        self._last = np.zeros(HOP, np.float32)
        self._lost_in_a_row = self._skip = 0
        self.sent = self.lost = 0

    def carry(self, frame: Samples | None) -> Iterator[Samples]:
        """The frames that arrive for one that was sent: mostly one, none or several where the buffer slips."""
        if frame is None:
            yield np.zeros(HOP, np.float32)
            return
        self.sent += 1
        arrived = self._conceal() if self._is_lost() else self._coded(frame)
        every = self._line.slip_every_s
        slip = int(self._dice.integers(-3, 4)) if every and self._dice.random() < HOP / RATE / every else 0
        self._skip += max(0, -slip)
        if self._skip:
            self._skip -= 1
            return
        for _ in range(1 + max(0, slip)):
            yield arrived

    def _is_lost(self) -> bool:
        line = self._line
        if not line.loss:
            return False
        goes_on = 1 - 1 / line.burst
        begins = line.loss * (1 - goes_on) / (1 - line.loss)
        is_lost = bool(self._dice.random() < (goes_on if self._lost_in_a_row else begins))
        self._lost_in_a_row = self._lost_in_a_row + 1 if is_lost else 0
        self.lost += is_lost
        return is_lost

    def _conceal(self) -> Samples:
        fade = 0.7**self._lost_in_a_row if self._line.is_concealed else 0.0
        return (self._last * fade).astype(np.float32)

    def _coded(self, frame: Samples) -> Samples:
        line = self._line
        sound = frame * 10 ** (line.gain_db / 20) + line.constant
        if line.noise_dbfs is not None:
            sound = sound + self._dice.normal(0, 10 ** (line.noise_dbfs / 20), len(frame))
        self._last = companded(np.clip(sound, -1, 1).astype(np.float32), line.coding)
        return self._last


def companded(sound: Samples, coding: str) -> Samples:
    """Through G.711 and back: its two laws as continuous curves at 8 bits a sample (ITU-T G.711)."""
    return _table(coding)[(sound * 32767).astype(np.int16)]


@cache
def _table(coding: str) -> Samples:
    """What becomes of every 16-bit sample, negative ones at the end as numpy counts."""
    every = np.concatenate([np.arange(32768), np.arange(-32768, 0)]).astype(np.float32) / np.float32(32767)
    return _by_mu(every) if coding == "ulaw" else _by_a(every)


def _by_mu(sound: Samples) -> Samples:
    mu = 255.0
    squeezed = np.sign(sound) * np.log1p(mu * np.abs(sound)) / np.log1p(mu)
    coarse = np.round(squeezed * 127) / 127
    return (np.sign(coarse) * ((1 + mu) ** np.abs(coarse) - 1) / mu).astype(np.float32)


def _by_a(sound: Samples) -> Samples:
    a, size = 87.6, np.abs(sound)
    high = (1 + np.log(np.maximum(a * size, 1))) / (1 + np.log(a))
    squeezed = np.where(size < 1 / a, a * size / (1 + np.log(a)), high)
    coarse = (np.floor(squeezed * 128) + 0.5).clip(0.5, 127.5) / 128
    low = coarse * (1 + np.log(a)) / a
    wide = np.where(coarse < 1 / (1 + np.log(a)), low, np.exp(coarse * (1 + np.log(a)) - 1) / a)
    return (np.sign(sound) * wide * (sound != 0)).astype(np.float32)


def by_gsm(sound: Samples) -> Samples:
    """Through a GSM full-rate telephone and back (06.10)."""
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format="WAV", subtype="GSM610")
    file.seek(0)
    coded, _ = soundfile.read(file, dtype="float32")
    return coded[: len(sound)]


def echoing(sound: Samples, after_s: float, db: float) -> Samples:
    """With itself again, later and softer."""
    late = np.zeros_like(sound)
    shift = int(after_s * RATE)
    late[shift:] = sound[: len(sound) - shift]
    return (sound + late * 10 ** (db / 20)).astype(np.float32)


def banded(sound: Samples, low_hz: float = 300.0, high_hz: float = 3400.0) -> Samples:
    """Only the band that an old telephone lets through."""
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[(hertz < low_hz) | (hertz > high_hz)] = 0
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


def added(sound: Samples, more: Samples) -> Samples:
    """Both at once, as long as the first; the second goes round."""
    if not len(more):
        return sound
    return (sound + np.resize(more, len(sound))).astype(np.float32)


def carried(sound: Samples, line: Line, dice: np.random.Generator) -> Samples:
    """A whole stretch of sound over a line."""
    channel = Channel(line, dice)
    whole = len(sound) // HOP * HOP
    frames = [out for start in range(0, whole, HOP) for out in channel.carry(sound[start : start + HOP])]
    return np.concatenate(frames) if frames else np.zeros(0, np.float32)


def some_line(dice: np.random.Generator) -> Line:
    """A line as customers have it: one in three good, the others with one or several faults that can be borne."""
    coding = str(dice.choice(["alaw", "ulaw"], p=[0.7, 0.3]))
    if dice.random() < 1 / 3:
        return Line(coding)
    return Line(
        coding,
        gain_db=float(dice.choice([0, 0, -6, -12, -20, 4, 10])),
        noise_dbfs=float(dice.uniform(-70, -48)) if dice.random() < 0.4 else None,
        constant=0.01 if dice.random() < 0.1 else 0.0,
        loss=float(dice.choice([0, 0, 0.005, 0.01, 0.03])),
        burst=float(dice.choice([1, 3])),
        is_concealed=bool(dice.random() < 0.7),
        slip_every_s=float(dice.uniform(1, 8)) if dice.random() < 0.3 else None,
    )
