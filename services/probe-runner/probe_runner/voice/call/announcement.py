"""What the probe says to an agent: the plan's own words, or the built-in ones. Makes the file that is played."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import soundfile

from probe_runner.regular_file import open_regular
from probe_runner.voice.ear.listener import LARGEST_REFERENCE, NoReferenceError, at_telephone_rate
from probe_runner.voice.ear.sound import RATE
from probe_runner.voice_target import Voice

BUILT_IN = Path(__file__).with_name("announcement.wav")
"""“Panggilan uji sistem. Terima kasih.”: made by ``make_announcement``."""
LONGEST_S = 15.0
"""A challenge may ask a whole question; more is a mistake."""


@dataclass(frozen=True)
class Announcement:
    """A sound of 16 bit at 8 kHz, ready to be played."""

    wav: Path
    seconds: float


def announcement_for(voice: Voice, references: Path, folder: Path) -> Announcement:
    """The target's announcement as a file in ``folder``, or the built-in one.

    Raises:
        NoReferenceError: it is not there, not inside ``references``, not readable as sound, or too long.
    """
    if voice.announcement is None:
        return Announcement(BUILT_IN, soundfile.info(BUILT_IN).duration)
    path = voice.announcement
    file = (references / path).resolve()
    try:
        if not file.is_relative_to(references.resolve()) or file.stat().st_size > LARGEST_REFERENCE:
            raise NoReferenceError("announcement", path, "it lies outside the plan's folder, or is too large")
        with open_regular(file) as stream, soundfile.SoundFile(stream) as sound:
            if not 0 < sound.frames <= LONGEST_S * sound.samplerate:
                raise NoReferenceError("announcement", path, f"it is empty or longer than {LONGEST_S:g} s")
            samples = at_telephone_rate(sound.read(dtype="float32", always_2d=True).mean(axis=1), sound.samplerate)
    except OSError as error:
        raise NoReferenceError("announcement", path, error.strerror or "not readable") from error
    except RuntimeError as error:  # libsndfile's own
        raise NoReferenceError("announcement", path, str(error)) from error
    ready = folder / "announcement.wav"
    soundfile.write(ready, samples, RATE, subtype="PCM_16")
    return Announcement(ready, len(samples) / RATE)
