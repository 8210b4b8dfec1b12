"""A kept call for tests: a healthy one with the lab's prompts, as a folder with timeline, recording and verdict."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import soundfile

from probe_runner.voice.ear.sound import RATE, Samples
from probe_runner.voice.record import timeline_of
from probe_runner.voice.timeline import Call, Signalling
from probe_runner.voice_target import Voice
from shared.events import TestFact

PROMPTS = Path(__file__).parent.parent / "sambung" / "lab" / "prompts"
REFERENCES = {"greeting": "greeting", "transfer": "transfer", "hold_music": "hold", "agent_greeting": "agent"}
ANSWERED, KEY = 1.0, 8.0


def voice(**more: Any) -> Voice:
    sounds = {role: PurePosixPath(f"{name}.wav") for role, name in REFERENCES.items()}
    return Voice.model_validate({"press": "9", **sounds, "agent_within_s": 30, **more})


def prompt(name: str) -> Samples:
    return soundfile.read(PROMPTS / f"{name}.wav", dtype="float32")[0]


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def healthy() -> Samples:
    """Answered at second 1; greeting; the key at second 8; transfer, hold music twice round, an agent."""
    greeting = prompt("greeting")
    waited = silence(KEY - ANSWERED - len(greeting) / RATE)
    return np.concatenate(
        [
            greeting,
            waited,
            prompt("transfer"),
            prompt("hold"),
            prompt("hold"),
            silence(0.6),
            prompt("agent"),
            silence(3),
        ]
    )


def write_kept(folder: Path, fact: TestFact | None = None, expected: Voice | None = None) -> Path:
    """A folder as evidence is laid out in."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = healthy()
    soundfile.write(folder / "call.ogg", samples, RATE, format="OGG", subtype="VORBIS")
    end_s = ANSWERED + len(samples) / RATE
    said = {"ringing_s": 0.3, "answered_s": ANSWERED, "recording_s": ANSWERED, "packets": 1_500, "keys_s": (KEY,)}
    timeline = timeline_of(Call(end_s, Signalling(**said)), expected or voice(), (), samples)
    (folder / "timeline.json").write_bytes(timeline)
    if fact is not None:
        (folder / "test.json").write_text(fact.model_dump_json())
    return folder
