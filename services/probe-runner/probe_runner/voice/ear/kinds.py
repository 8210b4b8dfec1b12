"""Music, speech or other sound: a small network on features of one to two seconds. Its weights are data.

``kinds.json`` is made by ``tests/corpus/train_kinds.py``, which names the recordings it learnt from.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from probe_runner.voice.ear.sound import BANDS, Frames, Kind, Numbers

TOLD = (Kind.MUSIC, Kind.SPEECH, Kind.OTHER)
KIND_FRAMES = 80
"""1.6 s: three to five syllables, or a bar of music."""

_WEIGHTS = Path(__file__).with_name("kinds.json")
_RANGE_DB, _PAUSE_DB, _DIP_DB = 40.0, 18.0, 10.0
_VOICED = 0.55
_MODULATIONS = ((2, 6), (6, 12), (12, 23), (23, 41), (41, 64))
"""Bins of a 128 point transform at 50 frames a second: 0.8 to 2.3 Hz, then to 4.7, 9, 16 and 25 Hz."""


@cache
def _taper(count: int) -> Numbers:
    return np.hanning(count + 2)[1:-1].astype(np.float32)


def features_of(frames: Frames) -> Numbers:
    """What the network looks at: none depends on the absolute level or on the colour of the line."""
    level = frames.level
    ordered = np.sort(level)
    loud = float(ordered[int(0.95 * (len(ordered) - 1))])
    is_active = level > loud - _PAUSE_DB
    parts = (
        _of_level(np.maximum(level - loud, -_RANGE_DB), ordered - loud),
        _of_columns(frames.rows[is_active, BANDS + 1 : BANDS + 8]),
        _of_colour(frames.power[is_active]),
        _of_pitch(frames.pitch, (frames.voicing > _VOICED) & is_active, int(is_active.sum())),
        np.log([len(level)]),
    )
    return np.concatenate(parts).astype(np.float32)


def _of_level(level: Numbers, ordered: Numbers) -> Numbers:
    """Pauses, steps and rhythm of the loudness."""
    count = len(level)
    ranks = np.maximum(ordered[[count // 20, count // 4, count // 2, 3 * count // 4]], -_RANGE_DB) / _RANGE_DB
    steps = [np.abs(level[lag:] - level[:-lag]).mean() / 10 if count > lag else 0.0 for lag in (1, 4)]
    pauses = [(level < -_PAUSE_DB).mean(), (level < -_DIP_DB).mean()]
    spectrum = np.abs(np.fft.rfft((level - level.mean()) * _taper(count), 128)) ** 2
    total = spectrum[2:].sum() + 1.0
    return np.array([*ranks, *steps, *pauses, *(spectrum[low:high].sum() / total for low, high in _MODULATIONS)])


def _of_columns(columns: Numbers) -> Numbers:
    """How persistent, pure and periodic the sounding frames are: 10th, 50th and 90th percentile and mean."""
    columns = columns[:, [0, 1, 2, 3, 6]]
    ordered, count = np.sort(columns, axis=0), len(columns)
    return np.concatenate([*ordered[[count // 10, count // 2, 9 * count // 10]], columns.mean(axis=0)])


def _of_colour(power: Numbers) -> Numbers:
    """How the spectrum is shaped and how fast it moves, apart from its loudness."""
    shape = np.log10(power + np.float32(1e-9) + power.max(axis=1, keepdims=True) * np.float32(1e-4))
    shape -= shape.mean(axis=1, keepdims=True)
    mean, relief = shape.mean(axis=0), np.sqrt((shape * shape).mean(axis=1))
    moves = [np.abs(shape[lag:] - shape[:-lag]).mean() if len(shape) > lag else 0.0 for lag in (1, 4)]
    swing = np.sqrt(((shape - mean) ** 2).mean(axis=0))
    tilts = [mean[:4].mean(), mean[4:10].mean(), mean[10:].mean()]
    return np.array([*moves, swing[:6].mean(), swing[6:].mean(), relief.mean(), relief.std(), *tilts])


def _of_pitch(pitch: Numbers, is_voiced: np.ndarray, active: int) -> Numbers:
    """How the pitch moves: a voice glides, a note stands and then jumps."""
    told = [is_voiced.sum() / max(active, 1)]
    for lag in (1, 4, 10):
        both = is_voiced[lag:] & is_voiced[:-lag]
        moved = np.abs(pitch[lag:] - pitch[:-lag])[both]
        count = len(moved)
        told += [(moved < edge).mean() if count else 0.0 for edge in (0.15, 0.5, 1.5)]
        told.append(count / len(pitch))
    return np.array([*told, pitch[is_voiced].std() / 10 if is_voiced.any() else 0.0])


@dataclass(frozen=True)
class Kinds:
    """The network: what each feature is on average, how it varies, and the weights and biases of each layer."""

    mean: Numbers
    spread: Numbers
    layers: tuple[tuple[Numbers, Numbers], ...]

    def shares(self, frames: Frames) -> Numbers:
        """How likely these frames are music, speech and other; together 1."""
        value = np.clip((features_of(frames) - self.mean) / self.spread, -5, 5)
        for weights, bias in self.layers[:-1]:
            value = np.tanh(value @ weights + bias)
        weights, bias = self.layers[-1]
        power = value @ weights + bias
        powers = np.exp(power - power.max())
        shares: Numbers = powers / powers.sum()
        return shares


@cache
def trained() -> Kinds:
    """The network as it was trained last."""
    told = json.loads(_WEIGHTS.read_text())
    layers = tuple(
        (np.array(layer["weights"], np.float32), np.array(layer["bias"], np.float32)) for layer in told["layers"]
    )
    return Kinds(np.array(told["mean"], np.float32), np.array(told["spread"], np.float32), layers)
