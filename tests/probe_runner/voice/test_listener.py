from __future__ import annotations

import os
import re
from pathlib import PurePosixPath

import numpy as np
import pytest
import soundfile
from voice.sounds import PROMPTS, hear, prompt, references, silence

from probe_runner.voice.ear.hearing import Ear
from probe_runner.voice.ear.listener import Listener, NoReferenceError, at_telephone_rate, read_reference


async def test_a_recording_is_followed_while_it_grows(tmp_path):
    wav, ear = tmp_path / "call.wav", Ear(references("greeting", "transfer"))
    listener = Listener(wav, ear)
    await listener.listen()
    assert ear.heard_until_s == 0
    sound = np.concatenate([silence(0.5), prompt("greeting"), silence(1)])
    data = bytes(44) + (sound * 32767).astype("<i2").tobytes()
    for end in range(3_001, len(data) + 4_000, 4_001):
        wav.write_bytes(data[:end])
        await listener.listen()
    assert ear.heard_until_s == pytest.approx(len(sound) / 8000, abs=0.3)
    assert [match.name for match in ear.matches] == ["greeting"]
    assert ear.spans == hear(sound, "greeting", "transfer").spans


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_a_reference_of_any_rate_and_any_channels_is_recognised(tmp_path, rate):
    up = np.interp(np.arange(int(len(prompt("agent")) * rate / 8000)) * 8000 / rate, np.arange(37022), prompt("agent"))
    soundfile.write(tmp_path / "agent.wav", np.stack([up, up], axis=1), rate)
    reference = read_reference(tmp_path, "agent_greeting", PurePosixPath("agent.wav"), is_loop=False)
    ear = Ear([reference])
    ear.hear(prompt("agent"))
    assert [match.name for match in ear.matches] == ["agent_greeting"]


def test_resampling_keeps_length_and_loudness():
    sound = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000).astype(np.float32)
    again = at_telephone_rate(sound, 16_000)
    assert len(again) == 8_000
    assert np.abs(again).max() == pytest.approx(1, abs=0.02)


def test_a_reference_is_refused_with_its_name_and_the_reason(tmp_path):
    (tmp_path / "text.wav").write_text("not a sound")
    (tmp_path / "plan").mkdir()
    soundfile.write(tmp_path / "outside.wav", prompt("greeting"), 8_000)
    soundfile.write(tmp_path / "plan" / "silent.wav", silence(3), 8_000)
    soundfile.write(tmp_path / "plan" / "long.wav", silence(121), 8_000)
    (tmp_path / "plan" / "link.wav").symlink_to(PROMPTS / "greeting.wav")
    os.mkfifo(tmp_path / "plan" / "pipe.wav")
    cases = {
        "absent.wav": "No such file",
        "../text.wav": "outside the plan's folder",
        "../outside.wav": "outside the plan's folder",
        "link.wav": "outside the plan's folder",
        "silent.wav": "hardly any sound",
        "long.wav": "longer than 120 s",
        "": "not a regular file",
        "pipe.wav": "not a regular file",
    }
    for name, reason in cases.items():
        with pytest.raises(NoReferenceError, match=rf"greeting.*{re.escape(name)}.*({reason})"):
            read_reference(tmp_path / "plan", "greeting", PurePosixPath(name), is_loop=False)
    with pytest.raises(NoReferenceError, match=r"text\.wav.*cannot be used"):
        read_reference(tmp_path, "greeting", PurePosixPath("text.wav"), is_loop=False)
