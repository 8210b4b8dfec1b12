"""The centre's ear: which keys it hears by their tones, and whether the caller has spoken; sound in, facts out.

Frequencies, levels and times of keys: ITU-T Q.23 and Q.24.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 8_000
FRAME = 160
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
PAD = ("123A", "456B", "789C", "*0#D")
QUIETEST = 300.0
"""Root mean square of the quietest tone that counts, in 16-bit steps: about -40 dBFS."""
PURE = 0.6
"""How much of the energy the two tones must hold."""
TWIST = 8.0
"""How much stronger, in energy, one tone may be than the other: 9 dB."""
FRAMES_OF_A_KEY = 2
LOUD = 200.0
SPOKEN_SECONDS, PAUSE_SECONDS = 0.3, 0.6

_TIMES = np.arange(FRAME) / RATE
_PROBES = np.exp(-2j * np.pi * np.outer((*LOW, *HIGH), _TIMES))


class _Frames:
    """Sound cut into frames of 20 ms, whatever pieces it comes in."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(self, pcm: bytes) -> list[NDArray[np.float64]]:
        self._rest += pcm
        whole = len(self._rest) // (2 * FRAME) * 2 * FRAME
        samples = np.frombuffer(self._rest[:whole], "<i2").astype(float)
        self._rest = self._rest[whole:]
        return list(samples.reshape(-1, FRAME))


class Keypad:
    """Hears keys by their two tones."""

    def __init__(self) -> None:
        self._frames = _Frames()
        self._last: str | None = None
        self._count = 0

    def hear(self, pcm: bytes) -> list[str]:
        """Give the keys that began in this piece; each once, however long it is held."""
        heard = []
        for frame in self._frames.cut(pcm):
            key = key_in(frame)
            self._count = self._count + 1 if key == self._last else 1
            self._last = key
            if key is not None and self._count == FRAMES_OF_A_KEY:
                heard.append(key)
        return heard


class Caller:
    """Hears whether the caller has spoken and now waits for an answer."""

    def __init__(self) -> None:
        self._frames = _Frames()
        self._spoken = self._quiet = 0

    def has_spoken(self, pcm: bytes) -> bool:
        """Tell whether the caller has said something and paused since."""
        for frame in self._frames.cut(pcm):
            is_loud = _loudness(frame) > LOUD
            self._spoken += is_loud
            self._quiet = 0 if is_loud else self._quiet + 1
        per_second = RATE / FRAME
        return self._spoken >= SPOKEN_SECONDS * per_second and self._quiet >= PAUSE_SECONDS * per_second


def key_in(frame: NDArray[np.float64]) -> str | None:
    """Give the key whose tones fill a frame of 20 ms; None when none does."""
    if _loudness(frame) < QUIETEST:
        return None
    energy = np.abs(_PROBES @ frame) ** 2 * 2 / FRAME
    low, high = energy[:4], energy[4:]
    row, column = int(np.argmax(low)), int(np.argmax(high))
    weaker, stronger = sorted((low[row], high[column]))
    if weaker + stronger < PURE * float(np.sum(frame**2)) or stronger > TWIST * weaker:
        return None
    return PAD[row][column]


def _loudness(frame: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(frame**2)))
