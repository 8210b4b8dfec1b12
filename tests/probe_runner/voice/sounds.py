"""Telephone sound for the tests: the lab's prompts, made worse the way a telephone line makes it worse."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from probe_runner.voice.ear.hearing import Ear, reference_of
from probe_runner.voice.ear.likeness import Reference
from probe_runner.voice.ear.listener import samples_of
from probe_runner.voice.ear.sound import RATE, Samples
from probe_runner.voice.ear.tone_plan import TonePlan

PROMPTS = Path(__file__).parents[3] / "sambung" / "lab" / "prompts"
LOOPED = "hold"


def prompt(name: str) -> Samples:
    return samples_of(PROMPTS / f"{name}.wav")


def references(*names: str) -> list[Reference]:
    return [reference_of(name, prompt(name), name == LOOPED) for name in names]


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def tone(seconds: float, hertz: float) -> Samples:
    return (0.2 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def companded(samples: Samples) -> Samples:
    """Through G.711 µ-law and back."""
    mu = 255
    squeezed = np.sign(samples) * np.log1p(mu * np.abs(samples)) / np.log1p(mu)
    coarse = np.round(squeezed * 128) / 128
    return (np.sign(coarse) * ((1 + mu) ** np.abs(coarse) - 1) / mu).astype(np.float32)


def noisy(samples: Samples, level: float) -> Samples:
    noise = np.random.default_rng(7).normal(0, level, len(samples))
    return np.clip(samples + noise, -1, 1).astype(np.float32)


def slipping(samples: Samples, every_s: float) -> Samples:
    """What a jitter buffer does: 20 to 60 ms are left out, silent or said twice, again and again."""
    dice, pieces, at = np.random.default_rng(3), [], 0
    while at < len(samples):
        length = int(dice.exponential(every_s) * RATE) + RATE // 10
        pieces.append(samples[at : at + length])
        at += length
        slip = int(dice.choice([160, 320, 480]))
        what = dice.integers(3)
        if what == 0:
            at += slip
        else:
            pieces.append(silence(slip / RATE) if what == 1 else samples[max(0, at - slip) : at])
    return np.concatenate(pieces)


def cadenced(hertz: Sequence[float], cadence: Sequence[float], times: int) -> Samples:
    """Tones of these frequencies together: so many seconds on, off, on, off ..."""
    stretches = zip(cadence[::2], cadence[1::2], strict=True)
    once = [np.concatenate([sum(tone(on, hz) for hz in hertz), silence(off)]) for on, off in stretches]
    return np.concatenate(once * times)


def hear(
    samples: Samples, *names: str, piece: int = 2_000, plan: TonePlan | None = None, agent_tone_hz: float | None = None
) -> Ear:
    ear = Ear(references(*names), plan, agent_tone_hz)
    for start in range(0, len(samples), piece):
        ear.hear(samples[start : start + piece])
    return ear
