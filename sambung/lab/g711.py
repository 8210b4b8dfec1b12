"""G.711 (ITU-T): 16-bit sound to the bytes of a telephone line; it knows no packet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MU_LAW, A_LAW = 0, 8
"""Payload types (RFC 3551, 6)."""


def encode(pcm: bytes, payload_type: int) -> bytes:
    """Encode 16-bit samples by the law of a payload type; one byte each."""
    samples = np.frombuffer(pcm, "<i2").astype(np.int32)
    return (_a_law(samples) if payload_type == A_LAW else _mu_law(samples)).astype(np.uint8).tobytes()


def _mu_law(samples: NDArray[np.int32]) -> NDArray[np.int32]:
    sign = np.where(samples < 0, 0x80, 0)
    size = np.minimum(np.abs(samples), 32_635) + 132
    segment = np.floor(np.log2(size)).astype(np.int32) - 7
    step: NDArray[np.int32] = 0xFF ^ (sign | segment << 4 | size >> (segment + 3) & 0x0F)
    return step


def _a_law(samples: NDArray[np.int32]) -> NDArray[np.int32]:
    sign = np.where(samples >= 0, 0x80, 0)
    # One step of A-law is 16 of 16 bits; negative numbers are counted from -1.
    size = np.minimum(np.where(samples >= 0, samples, ~samples) >> 4, 2_047)
    segment = np.maximum(np.floor(np.log2(np.maximum(size, 1))).astype(np.int32) - 3, 0)
    step: NDArray[np.int32] = 0x55 ^ (sign | segment << 4 | size >> np.maximum(segment - 1, 0) & 0x0F)
    return step
