from __future__ import annotations

import wave
from pathlib import Path

import pytest

from sambung.lab.make_prompts import CADENCES, SPOKEN, hold_music
from sambung.lab.prompts import FOLDER, FRAME_BYTES, WrongPromptFormatError, read_prompts

MEGABYTE = 1_000_000


def test_every_prompt_is_there_in_whole_frames() -> None:
    prompts = read_prompts()
    assert prompts.keys() == {*SPOKEN, *CADENCES, "hold", "milliwatt"}
    assert all(len(pcm) % FRAME_BYTES == 0 for pcm in prompts.values())


def test_the_prompts_together_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1.5 * MEGABYTE


def test_the_hold_music_loops_without_a_click() -> None:
    song = hold_music()
    inside = max(abs(song[1:] - song[:-1]))
    assert abs(song[0] - song[-1]) <= inside


def test_a_prompt_in_another_format_is_refused_by_name(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "wide.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(320))
    with pytest.raises(WrongPromptFormatError, match=r"wide\.wav is 16000 Hz"):
        read_prompts(tmp_path)
