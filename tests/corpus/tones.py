"""Tones and noises, by script: the network's, the exchange's, and those of a room. 8 kHz samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probe_runner.voice.ear.sound import RATE, Kind, Samples


@dataclass(frozen=True)
class Cadence:
    """Frequencies in Hz, together, in seconds on and off by turns. ``modulated_hz``: amplitude modulation."""

    country: str
    kind: Kind
    hertz: tuple[float, ...]
    seconds: tuple[float, ...]
    modulated_hz: float = 0.0


CADENCES = (
    Cadence("id", Kind.RINGBACK, (425,), (1, 4)),
    Cadence("id", Kind.BUSY, (425,), (0.5, 0.5)),
    Cadence("id", Kind.CONGESTION, (425,), (0.25, 0.25)),
    Cadence("us", Kind.RINGBACK, (440, 480), (2, 4)),
    Cadence("us", Kind.BUSY, (480, 620), (0.5, 0.5)),
    Cadence("us", Kind.CONGESTION, (480, 620), (0.25, 0.25)),
    Cadence("uk", Kind.RINGBACK, (400, 450), (0.4, 0.2, 0.4, 2)),
    Cadence("uk", Kind.BUSY, (400,), (0.375, 0.375)),
    Cadence("uk", Kind.CONGESTION, (400,), (0.4, 0.35, 0.225, 0.525)),
    Cadence("de", Kind.RINGBACK, (425,), (1, 4)),
    Cadence("de", Kind.BUSY, (425,), (0.48, 0.48)),
    Cadence("de", Kind.CONGESTION, (425,), (0.24, 0.24)),
    Cadence("sg", Kind.RINGBACK, (425,), (0.4, 0.2, 0.4, 2), 24),
    Cadence("sg", Kind.BUSY, (425,), (0.75, 0.75)),
    Cadence("sg", Kind.CONGESTION, (425,), (0.25, 0.25)),
)
"""As exchanges of these countries are commonly set: what the corpus plays, not a reference (that is ITU-T E.180)."""

_DTMF = {"1": (697, 1209), "2": (697, 1336), "5": (770, 1336), "9": (852, 1477), "0": (941, 1336), "#": (941, 1477)}
_SIT = (950.0, 1400.0, 1800.0)


def silence(seconds: float) -> Samples:
    """Digital silence."""
    return np.zeros(int(seconds * RATE), np.float32)


def tone(hertz: tuple[float, ...], seconds: float, dbfs: float = -18.0) -> Samples:
    """Frequencies together, with ends of 5 ms."""
    t = np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * f * t) for f in hertz) * 10 ** (dbfs / 20) * np.sqrt(2 / len(hertz))
    edge = np.minimum(1, np.minimum(t, t[::-1]) / 0.005) if len(t) else t
    return (wave * edge).astype(np.float32)


def cadenced(cadence: Cadence, seconds: float, dbfs: float = -18.0) -> Samples:
    """A tone on and off until the time is over."""
    pieces: list[Samples] = []
    made, turn = 0, 0
    while made < seconds * RATE:
        length = cadence.seconds[turn % len(cadence.seconds)]
        is_on = turn % 2 == 0
        pieces.append(tone(cadence.hertz, length, dbfs) if is_on else silence(length))
        made, turn = made + len(pieces[-1]), turn + 1
    sound = np.concatenate(pieces)[: int(seconds * RATE)]
    if cadence.modulated_hz:
        sound *= 0.5 + 0.5 * np.sin(2 * np.pi * cadence.modulated_hz * np.arange(len(sound)) / RATE)
    return sound.astype(np.float32)


def cadence_of(country: str, kind: Kind) -> Cadence:
    """A country's tone."""
    return next(one for one in CADENCES if one.country == country and one.kind is kind)


def information_tone() -> Samples:
    """The special information tone before "the number you have dialled" (ITU-T E.180): three notes upwards."""
    return np.concatenate([tone((hertz,), 0.33) for hertz in _SIT])


def digit(key: str, seconds: float = 0.15) -> Samples:
    """A key in the band (ITU-T Q.23)."""
    return tone(_DTMF[key], seconds, -12.0)


def white(dice: np.random.Generator, seconds: float, dbfs: float) -> Samples:
    """White noise."""
    return dice.normal(0, 10 ** (dbfs / 20), int(seconds * RATE)).astype(np.float32)


def rumbling(dice: np.random.Generator, seconds: float, dbfs: float) -> Samples:
    """Noise that falls by 3 dB an octave, as rooms and roads make it, within the telephone's band."""
    count = int(seconds * RATE)
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum = np.fft.rfft(dice.normal(size=count)) / np.sqrt(np.maximum(hertz, 100))
    spectrum[(hertz < 150) | (hertz > 3600)] = 0
    noise = np.fft.irfft(spectrum, count)
    return (noise * 10 ** (dbfs / 20) / max(float(np.sqrt(np.mean(noise**2))), 1e-9)).astype(np.float32)
