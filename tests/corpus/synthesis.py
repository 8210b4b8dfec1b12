"""Speech by espeak-ng and flite, made once into a folder that git ignores. Knows what is said, not what it means."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from pathlib import Path

import soundfile

from probe_runner.voice.ear.listener import at_telephone_rate
from probe_runner.voice.ear.sound import RATE, Samples

CACHE = Path(__file__).parent / ".cache"
_PACES = {"whisper": "150", "croak": "150"}
_USUAL_PACE = "170"


def say(program: str, voice: str, text: str) -> Samples:
    """A text spoken at 8 kHz: by espeak-ng in Indonesian in one of its voice variants, by flite in English."""
    name = hashlib.sha256(f"{program}/{voice}/{text}".encode()).hexdigest()[:24]
    path = CACHE / f"{name}.wav"
    if not path.is_file():
        _make(program, voice, text, path)
    samples, _ = soundfile.read(path, dtype="float32")
    return samples


def _make(program: str, voice: str, text: str, path: Path) -> None:
    """Written beside and then moved: several processes may want the same words at once."""
    CACHE.mkdir(exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        raw, done = Path(folder) / "raw.wav", Path(folder) / "done.wav"
        subprocess.run(_command(program, voice, text, raw), check=True, capture_output=True)
        samples, rate = soundfile.read(raw, dtype="float32")
        soundfile.write(done, at_telephone_rate(samples, rate), RATE, subtype="PCM_16")
        done.replace(path)


def _command(program: str, voice: str, text: str, path: Path) -> list[str]:
    if program == "flite":
        return ["flite", "-voice", voice, "-t", text, "-o", str(path)]
    pace = _PACES.get(voice, _USUAL_PACE)
    return ["espeak-ng", "-v", f"id+{voice}", "-s", pace, "-w", str(path), text]
