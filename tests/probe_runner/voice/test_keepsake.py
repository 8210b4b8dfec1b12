from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from kept_call import healthy, voice, write_kept
from samples import failed

from probe_runner.voice.memory.keepsake import NotKept, read_keepsake
from probe_runner.voice.record import LARGEST, timeline_of
from probe_runner.voice.timeline import Call, Signalling


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return write_kept(tmp_path / "call", failed())


def refusal(place: Path) -> str:
    with pytest.raises(NotKept) as refused:
        read_keepsake(place)
    return str(refused.value)


def test_a_kept_call_is_read_with_its_sound_and_its_verdict(kept: Path) -> None:
    found = read_keepsake(kept)
    assert found.record.voice == voice()
    assert len(found.samples) == pytest.approx(len(healthy()), abs=800)
    assert found.test == failed()


def test_a_recording_may_be_a_wav_of_another_rate(kept: Path) -> None:
    (kept / "call.ogg").unlink()
    soundfile.write(kept / "mine.wav", np.repeat(healthy(), 2), 16_000)
    assert len(read_keepsake(kept / "mine.wav").samples) == len(healthy())


def test_a_call_that_was_never_recorded_needs_no_sound(kept: Path) -> None:
    (kept / "call.ogg").unlink()
    unheard = timeline_of(Call(9.0, Signalling(ended_s=8.0, code=486)), voice(), (), healthy()[:0])
    (kept / "timeline.json").write_bytes(unheard)
    assert len(read_keepsake(kept).samples) == 0


def test_samples_that_are_no_numbers_are_silence(kept: Path) -> None:
    (kept / "call.ogg").unlink()
    broken = np.array([np.nan, np.inf, -np.inf, 0.5] * 8_000, np.float32)
    soundfile.write(kept / "call.wav", broken, 8_000, subtype="FLOAT")
    samples = read_keepsake(kept).samples
    assert (samples[:4] == np.array([0, 1, -1, 0.5], np.float32)).all()


def test_only_what_a_telephone_is_recorded_at_is_read(kept: Path) -> None:
    (kept / "call.ogg").unlink()
    soundfile.write(kept / "call.wav", np.zeros((100, 2), np.float32), 48_000)
    assert "2 channels of 48000 Hz; 1 of 8000 or 16000 is read" in refusal(kept)


def test_a_pipe_or_what_is_too_large_is_not_read(kept: Path) -> None:
    (kept / "timeline.json").write_bytes(b" " * (LARGEST + 1))
    assert f"larger than {LARGEST} bytes" in refusal(kept)
    (kept / "timeline.json").unlink()
    os.mkfifo(kept / "timeline.json")
    assert "not a regular file" in refusal(kept)


def test_a_folder_that_is_not_there_says_what_is_needed(tmp_path: Path) -> None:
    assert "a call is judged by its recording and the timeline.json beside it" in refusal(tmp_path / "nowhere")
