from __future__ import annotations

import numpy as np
import pytest
from lab.wire import FROM_MU_LAW

from sambung.lab.g711 import A_LAW, MU_LAW, encode

EVERY_SAMPLE = np.arange(-32768, 32768, dtype="<i2")


def _a_law_table() -> np.ndarray:
    """What the decoder of ITU-T G.711, table 1, gives for each code, in 16-bit steps."""
    codes = np.arange(256) ^ 0x55
    segment, step = codes >> 4 & 7, codes & 0x0F
    size = np.where(segment == 0, step * 16 + 8, (step * 16 + 264) << np.maximum(segment - 1, 0))
    return np.where(codes & 0x80, size, -size).astype(float)


@pytest.mark.parametrize(("law", "table", "bias"), [(MU_LAW, FROM_MU_LAW, 132), (A_LAW, _a_law_table(), 256)])
def test_every_sample_comes_back_within_half_a_step(law: int, table: np.ndarray, bias: int) -> None:
    back = table[np.frombuffer(encode(EVERY_SAMPLE.tobytes(), law), np.uint8)]
    size = np.abs(EVERY_SAMPLE.astype(float))
    assert np.all(np.abs(back - EVERY_SAMPLE) <= (size + bias) / 32 + 1)


def test_silence_is_the_code_of_silence() -> None:
    assert set(encode(bytes(320), MU_LAW)) == {0xFF}
    assert set(encode(bytes(320), A_LAW)) == {0xD5}
