"""A kept call as it lies in a folder: ``timeline.json``, ``call.ogg`` or ``call.wav``, and ``test.json``, its verdict.

Reads files that may be anybody's: regular ones only, bounded, and told by name when they cannot be used.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from pydantic import TypeAdapter, ValidationError

from probe_runner.regular_file import open_regular
from probe_runner.voice.ear.listener import at_telephone_rate
from probe_runner.voice.ear.sound import Samples
from probe_runner.voice.record import LARGEST, LONGEST_S, Record, TimelineRefused, read_timeline
from shared.events import AnyTestFact

TIMELINE, TEST = "timeline.json", "test.json"
RECORDINGS = ("call.ogg", "call.wav")
SOUNDS = (".ogg", ".wav", ".flac")
RATES = (8_000, 16_000)
"""What a telephone call is recorded at; a file that claims more could fill the memory."""
LARGEST_FACT = 4_000_000
_FACT: TypeAdapter[AnyTestFact] = TypeAdapter(AnyTestFact)


@dataclass(frozen=True)
class Keepsake:
    """A kept call. ``samples``: at 8 kHz, none if nothing was recorded. ``test``: how it had ended, if known."""

    record: Record
    samples: Samples
    test: AnyTestFact | None


def read_keepsake(place: Path) -> Keepsake:
    """What lies in a folder, or beside a recording.

    Raises:
        NotKept: the timeline or the recording is not there, or cannot be read; says which.
    """
    folder = place if place.is_dir() else place.parent
    record = _record(folder / TIMELINE)
    is_recorded = record.signalling.recording_s is not None
    samples = _samples(_recording(place, folder)) if is_recorded else np.zeros(0, np.float32)
    return Keepsake(record, samples, _test(folder / TEST))


def _recording(place: Path, folder: Path) -> Path:
    if place.suffix in SOUNDS:
        return place
    found = next((folder / name for name in RECORDINGS if (folder / name).exists()), None)
    if found is None:
        raise NotKept(folder, f"there is no {' or '.join(RECORDINGS)} in it, though the call was recorded")
    return found


def _record(file: Path) -> Record:
    data = _bytes(file, LARGEST)
    if data is None:
        raise NotKept(file, f"no such file; a call is judged by its recording and the {TIMELINE} beside it")
    try:
        return read_timeline(data)
    except TimelineRefused as refusal:
        raise NotKept(file, str(refusal)) from refusal


def _test(file: Path) -> AnyTestFact | None:
    data = _bytes(file, LARGEST_FACT)
    try:
        return None if data is None else _FACT.validate_json(data)
    except ValidationError as error:
        raise NotKept(file, f"not a test's conclusion ({error.error_count()} places are wrong)") from error


def _bytes(file: Path, most: int) -> bytes | None:
    try:
        with open_regular(file) as stream:
            data = stream.read(most + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotKept(file, error.strerror or "not readable") from error
    if len(data) > most:
        raise NotKept(file, f"larger than {most} bytes")
    return data


def _samples(file: Path) -> Samples:
    try:
        with open_regular(file) as stream, soundfile.SoundFile(stream) as sound:
            if sound.samplerate not in RATES or sound.channels != 1:
                raise NotKept(file, f"{sound.channels} channels of {sound.samplerate} Hz; 1 of 8000 or 16000 is read")
            heard = sound.read(int(LONGEST_S * sound.samplerate), dtype="float32")
            return at_telephone_rate(np.clip(np.nan_to_num(heard), -1, 1), sound.samplerate)
    except OSError as error:
        raise NotKept(file, error.strerror or "not readable") from error
    except (RuntimeError, ValueError) as error:  # libsndfile's own
        raise NotKept(file, f"not readable as sound ({error})") from error


class NotKept(Exception):  # noqa: N818  says what is the matter
    """A call of which not enough is there to look at it again."""

    def __init__(self, place: Path, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place, self.why = place, why
