"""Reads sound from files: the plan's registered recordings, and the recording of a call while it grows.

Refuses to know what the sound means.
"""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePosixPath

import numpy as np
import soundfile

from probe_runner.regular_file import open_regular
from probe_runner.voice.ear.hearing import Ear, UselessReferenceError, reference_of
from probe_runner.voice.ear.likeness import Reference
from probe_runner.voice.ear.sound import RATE, Samples

WAV_HEADER = 44
"""Bytes before the first sample in what the library's recorder writes (PCM, one format chunk)."""
MOST_BYTES = RATE * 2 * 3600
LARGEST_REFERENCE = 40_000_000
LONGEST_REFERENCE_S = 120.0


class Listener:
    """Follows one growing recording with an ear; its header's sizes are not read, they are only right at the end."""

    def __init__(self, wav: Path, ear: Ear) -> None:
        self._wav, self.ear = wav, ear
        self._read = 0

    async def listen(self) -> None:
        """Listen to what has been recorded since the last time, without holding up the event loop."""
        await asyncio.to_thread(self.take)

    def take(self) -> None:
        """The same at once, on the thread that asks: a quarter of a second of sound takes one or two milliseconds."""
        samples = samples_of(self._wav, self._read)
        self._read += 2 * len(samples)
        if len(samples):
            self.ear.hear(samples)


def samples_of(wav: Path, after_bytes: int = 0) -> Samples:
    """The samples of a recording, complete or not, from a byte of its sound on; none if there is no file yet."""
    try:
        with wav.open("rb") as file:
            file.seek(WAV_HEADER + after_bytes)
            data = file.read(max(0, MOST_BYTES - after_bytes))
    except FileNotFoundError:
        return np.zeros(0, np.float32)
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)


def read_reference(folder: Path, name: str, path: PurePosixPath, *, is_loop: bool) -> Reference:
    """Prepare a registered recording of a role: any sound file of 0.5 to 120 s, brought to 8 kHz mono.

    Raises:
        NoReferenceError: it is not there, not inside ``folder``, not readable as sound, too long or silent.
    """
    file = (folder / path).resolve()
    try:
        if not file.is_relative_to(folder.resolve()):
            raise NoReferenceError(name, path, "it lies outside the plan's folder")
        if file.stat().st_size > LARGEST_REFERENCE:
            raise NoReferenceError(name, path, f"it is larger than {LARGEST_REFERENCE} bytes")
        with open_regular(file) as stream, soundfile.SoundFile(stream) as sound:
            if sound.frames > LONGEST_REFERENCE_S * sound.samplerate:
                raise NoReferenceError(name, path, f"it is longer than {LONGEST_REFERENCE_S:g} s")
            samples = sound.read(dtype="float32", always_2d=True).mean(axis=1)
            return reference_of(name, at_telephone_rate(samples, sound.samplerate), is_loop, path.as_posix())
    except OSError as error:
        raise NoReferenceError(name, path, error.strerror or "not readable") from error
    except (RuntimeError, UselessReferenceError) as error:
        raise NoReferenceError(name, path, str(error)) from error


def at_telephone_rate(samples: Samples, rate: int) -> Samples:
    """The same sound at 8 kHz: its spectrum, cut or padded."""
    if rate == RATE:
        return samples
    length = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(length // 2 + 1, spectrum.dtype)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    return (np.fft.irfft(kept, length) * (length / len(samples))).astype(np.float32)


class NoReferenceError(Exception):
    """A recording of the plan that cannot be used."""

    def __init__(self, name: str, path: PurePosixPath, why: str) -> None:
        super().__init__(f"the recording {name} = {str(path)!r} cannot be used: {why}")
        self.name, self.path, self.why = name, path, why
