from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import soundfile

from probe_runner.plan import PlanRefused
from probe_runner.plan_file import LARGEST_SOUND, load_plan, sound_fault

PLAN = """[[target]]
id = "v"
name = "V"
channel = "voice"
address = "sip:1@h"
[target.voice]
press = "9"
greeting = "hello.wav"
"""


def write_sound(file: Path, seconds: float, kind: str = "WAV", rate: int = 8_000) -> None:
    soundfile.write(file, np.zeros(round(seconds * rate), np.int16), rate, format=kind)


def test_a_wav_file_in_the_folder_is_good_also_by_a_link_that_stays_there(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    (tmp_path / "sounds").mkdir()
    write_sound(tmp_path / "sounds" / "hello.wav", 120, rate=1_000)
    (tmp_path / "hello.wav").symlink_to("sounds/hello.wav")

    assert list(load_plan(tmp_path / "plan.toml").by_id) == ["v"]


def test_a_bad_sound_refuses_the_plan_with_file_line_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN)
    (tmp_path / "hello.wav").write_text("no sound")

    with pytest.raises(PlanRefused) as refused:
        load_plan(file)
    (line,) = refused.value.lines
    assert line.startswith(f"{file}:8: target 'v': voice.greeting: not a readable WAV file (")
    assert line.endswith(": hello.wav")


def test_each_sound_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path) -> None:
    plan = tmp_path / "plan"
    plan.mkdir()
    write_sound(tmp_path / "outside.wav", 1)
    (plan / "link.wav").symlink_to("../outside.wav")
    (plan / "circle.wav").symlink_to("circle.wav")
    os.mkfifo(plan / "pipe.wav")
    write_sound(plan / "long.wav", 121, rate=1_000)
    write_sound(plan / "nothing.wav", 0)
    write_sound(plan / "flac.wav", 1, "FLAC")
    write_sound(plan / "large.wav", 1)
    os.truncate(plan / "large.wav", LARGEST_SOUND + 1)
    reasons = {
        "none.wav": "no such sound file beside the plan",
        "link.wav": "outside the plan's folder",
        "circle.wav": "not a readable WAV file",
        "nul\0.wav": "not a readable WAV file",
        "pipe.wav": "not a regular file",
        "long.wav": "this one 121 s",
        "nothing.wav": "this one 0 s",
        "flac.wav": "not a WAV file but FLAC",
        "large.wav": f"larger than {LARGEST_SOUND} bytes",
    }

    for name, reason in reasons.items():
        assert reason in sound_fault(plan, PurePosixPath(name)), name
