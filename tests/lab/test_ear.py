from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.lab.ear import HIGH, LOW, PAD, RATE, Caller, Keypad
from sambung.lab.prompts import read_prompts

PROMPTS = read_prompts()


def tones(low: float, high: float, seconds: float, level: float = 4000.0) -> bytes:
    t = np.arange(int(seconds * RATE)) / RATE
    both = level * (np.sin(2 * np.pi * low * t) + np.sin(2 * np.pi * high * t))
    return both.astype("<i2").tobytes()


def hear(pcm: bytes, piece: int = 640) -> list[str]:
    keypad = Keypad()
    return [key for at in range(0, len(pcm), piece) for key in keypad.hear(pcm[at : at + piece])]


@pytest.mark.parametrize("row", range(4))
@pytest.mark.parametrize("column", range(4))
def test_every_key_is_heard_once_however_long_it_is_held(row: int, column: int) -> None:
    for seconds in (0.08, 0.2, 1.0):
        assert hear(tones(LOW[row], HIGH[column], seconds) + bytes(3200)) == [PAD[row][column]]


def test_the_same_key_twice_is_two_keys() -> None:
    nine = tones(852, 1477, 0.1) + bytes(1600)
    assert hear(nine + nine) == ["9", "9"]


@pytest.mark.parametrize("prompt", sorted(PROMPTS))
def test_no_recording_sounds_like_a_key(prompt: str) -> None:
    assert hear(PROMPTS[prompt]) == []


@pytest.mark.parametrize(("low", "high", "level"), [(852, 1477, 100), (852, 1000, 4000), (425, 1477, 4000)])
def test_what_is_too_quiet_or_another_pair_is_no_key(low: float, high: float, level: float) -> None:
    assert hear(tones(low, high, 0.3, level)) == []


@given(st.lists(st.binary(max_size=1000), max_size=10))
def test_any_pieces_of_any_bytes_are_heard(pieces: list[bytes]) -> None:
    keypad, caller = Keypad(), Caller()
    for piece in pieces:
        keypad.hear(piece)
        caller.has_spoken(piece)
    assert keypad.hear(b"") == []


def test_a_caller_has_spoken_only_after_a_pause() -> None:
    caller = Caller()
    assert not caller.has_spoken(bytes(32_000))
    assert not caller.has_spoken(PROMPTS["unavailable"])
    assert caller.has_spoken(bytes(16_000))


def test_a_click_is_nobody_speaking() -> None:
    assert not Caller().has_spoken(tones(697, 1209, 0.1) + bytes(32_000))
