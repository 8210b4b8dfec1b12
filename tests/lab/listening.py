"""Finds a prompt in the recording of a call; helpers for the lab's tests."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

RATE = 8000


def read_wav(path: Path) -> np.ndarray:
    """Read 8 kHz mono 16-bit as floats."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)


def find(recording: np.ndarray, prompt: np.ndarray) -> tuple[float, float]:
    """Find where a prompt fits best: (normalised correlation -1 to 1, second in the recording)."""
    return find_each(recording, [prompt])[0]


def find_each(recording: np.ndarray, prompts: list[np.ndarray]) -> list[tuple[float, float]]:
    """Find where each of several prompts fits best; the recording is transformed once."""
    size = 1 << (len(recording) + max(len(prompt) for prompt in prompts)).bit_length()
    spectrum = np.fft.rfft(recording, size)
    energy = np.concatenate([[0.0], np.cumsum(recording**2)])
    return [_fit(spectrum, energy, prompt, size) for prompt in prompts]


def _fit(spectrum: np.ndarray, energy: np.ndarray, prompt: np.ndarray, size: int) -> tuple[float, float]:
    places = len(energy) - len(prompt)
    if places < 1:
        return 0.0, 0.0
    product = np.fft.irfft(spectrum * np.conj(np.fft.rfft(prompt, size)), size)[:places]
    window = energy[len(prompt) :] - energy[:places]
    score = product / np.sqrt(np.maximum(window, 1.0) * np.sum(prompt**2))
    best = int(np.argmax(score))
    return float(score[best]), best / RATE


def loudness(recording: np.ndarray, start: float, end: float) -> float:
    """Root mean square of a stretch, in 16-bit steps."""
    part = recording[int(start * RATE) : int(end * RATE)]
    return float(np.sqrt(np.mean(part**2))) if len(part) else 0.0
