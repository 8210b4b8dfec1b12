"""The plan file and the sound files beside it. Knows no bus."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

import soundfile

from probe_runner.plan import LARGEST, Plan, read_plan
from probe_runner.regular_file import open_regular

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

Fingerprint = tuple[int, int, int]

LARGEST_SOUND = 20_000_000
LONGEST_SOUND_S = 120
WAV = ("WAV", "WAVEX")
"""Both are named .wav; the second is what programs write for other than two channels of 16 bits."""


def load_plan(file: Path) -> Plan:
    """Read and check a plan and its sound files. Raises ``PlanRefused``, or ``OSError`` when it cannot be read."""
    with open_regular(file) as stream:
        text = stream.read(LARGEST + 1)
    folder = file.resolve().parent
    return read_plan(text, str(file), lambda path: sound_fault(folder, path))


def fingerprint(file: Path) -> Fingerprint | None:
    """What differs once the file was changed or replaced; None when it is not there."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def sound_fault(folder: Path, path: PurePosixPath) -> str:
    """Why the sound file cannot be used, or nothing: a WAV file, where links lead to as well inside ``folder``."""
    try:
        file = (folder / path).resolve()
        if not file.is_relative_to(folder.resolve()):
            return "this sound file lies outside the plan's folder"
        with open_regular(file) as stream:
            return _fault_in(stream)
    except FileNotFoundError:
        return "no such sound file beside the plan"
    except OSError as error:
        return f"this sound file cannot be read ({error.strerror or error})"
    except (RuntimeError, ValueError) as error:  # libsndfile's own, links in a circle, a name that cannot be
        return f"not a readable WAV file ({error})"


def _fault_in(stream: BinaryIO) -> str:
    if os.fstat(stream.fileno()).st_size > LARGEST_SOUND:
        return f"this sound file is larger than {LARGEST_SOUND} bytes"
    sound = soundfile.info(stream)
    if sound.format not in WAV:
        return f"not a WAV file but {sound.format}"
    if not 0 < sound.frames <= LONGEST_SOUND_S * sound.samplerate:
        return f"a sound file lasts above 0 to {LONGEST_SOUND_S} s, this one {sound.duration:g} s"
    return ""
