"""A call as it is kept: the exhibit ``timeline.json``, written and read back. Knows no file and no rule.

Format, version 1: ``now_s``, ``recording_s``, ``heard_until_s``, ``peaks``, ``spans``, ``matches``, ``signalling``,
``loudness``, ``voice`` (what was expected; secrets only by reference), ``milestones``. All times in seconds since
dialling; subtract ``recording_s`` for those of the recording. Fields that are not known are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from probe_runner.voice.ear.sound import RATE, Samples
from probe_runner.voice.timeline import Call, Loudness, Match, Signalling, Span
from probe_runner.voice_target import Ami, Threshold, Voice
from shared.vocabulary import Line

PEAKS_PER_S = 25
LONGEST_S = 3_600.0
"""More than the longest patience a plan allows."""
LARGEST = 8_000_000
MOST_SPANS, MOST_NOTES = 20_000, 5_000

Second = Annotated[float, Field(ge=0, le=LONGEST_S)]
MOST_PACKETS = 10_000_000
StepName = Annotated[str, StringConstraints(max_length=64)]


def _known_only(given: object) -> object:
    """What is expected by a later version must not make an earlier one refuse the whole call."""
    if not isinstance(given, dict):
        return given
    voice = _fields(Voice, given)
    if isinstance(ami := voice.get("ami"), dict):
        voice["ami"] = _fields(Ami, ami)
    if isinstance(thresholds := voice.get("thresholds"), dict):
        voice["thresholds"] = {
            name: _fields(Threshold, figures) if isinstance(figures, dict) else figures
            for name, figures in thresholds.items()
        }
    return voice


def _fields(model: type[BaseModel], given: dict[Any, Any]) -> dict[Any, Any]:
    return {name: value for name, value in given.items() if name in model.model_fields}


class Peaks(BaseModel):
    """How loud each part of the recording was, for drawing it: the highest sample as a percentage of full scale."""

    model_config = ConfigDict(frozen=True)

    per_s: Annotated[int, Field(ge=1, le=1_000)] = PEAKS_PER_S
    values: Annotated[tuple[Annotated[int, Field(ge=0, le=100)], ...], Field(max_length=int(LONGEST_S) * PEAKS_PER_S)]


class Record(BaseModel):
    """One call as it was kept."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    version: Literal[1] = 1
    now_s: Second
    recording_s: Second | None = None
    heard_until_s: Second = 0.0
    peaks: Peaks = Peaks(values=())
    spans: Annotated[tuple[Span, ...], Field(max_length=MOST_SPANS)] = ()
    matches: Annotated[tuple[Match, ...], Field(max_length=MOST_SPANS)] = ()
    signalling: Signalling = Signalling()
    loudness: Loudness = Loudness()
    voice: Annotated[Voice, BeforeValidator(_known_only)]
    milestones: Annotated[tuple[tuple[StepName, Second], ...], Field(max_length=MOST_NOTES)] = ()

    @model_validator(mode="after")
    def _is_of_one_call(self) -> Record:
        said = self.signalling
        if len(said.signs) > MOST_NOTES or len(said.keys_s) > MOST_NOTES or len(said.gaps) > MOST_SPANS:
            raise ValueError("more was signalled than in any call")
        if not 0 <= said.packets <= MOST_PACKETS:
            raise ValueError(f"packets outside 0 to {MOST_PACKETS}")
        if any(not 0 <= at_s <= LONGEST_S for at_s in _seconds(self)):
            raise ValueError(f"a second outside 0 to {LONGEST_S:g}")
        return self

    @property
    def call(self) -> Call:
        """All that was known of the call at its end."""
        return Call(self.now_s, self.signalling, self.spans, self.matches, self.heard_until_s, self.loudness)


def _seconds(record: Record) -> Iterable[float]:
    said = record.signalling
    once = (said.ringing_s, said.answered_s, said.ended_s, said.recording_s)
    yield from (at_s for at_s in once if at_s is not None)
    yield from said.keys_s
    yield from (sign.at_s for sign in said.signs)
    yield from (at_s for span in record.spans for at_s in (span.start_s, span.end_s))
    yield from (at_s for match in record.matches for at_s in (match.start_s, match.end_s))
    yield from (at_s for gap in said.gaps for at_s in gap)


def timeline_of(call: Call, voice: Voice, milestones: Iterable[tuple[str, float]], samples: Samples) -> bytes:
    """The call as JSON (UTF-8). ``samples``: the whole recording, for the peaks. What is not finite is refused."""
    record = Record(
        now_s=call.now_s,
        recording_s=call.signalling.recording_s,
        heard_until_s=call.heard_until_s,
        peaks=Peaks(values=peaks_of(samples)),
        spans=call.spans[-MOST_SPANS:],
        matches=call.matches[-MOST_SPANS:],
        signalling=call.signalling,
        loudness=call.loudness,
        voice=voice,
        milestones=tuple(milestones),
    )
    return record.model_dump_json().encode()


def peaks_of(samples: Samples) -> tuple[int, ...]:
    """The highest sample of each 1/25 s, 0 to 100."""
    length = RATE // PEAKS_PER_S
    kept = np.abs(samples[: int(LONGEST_S) * RATE])
    padded = np.pad(kept, (0, -len(kept) % length)).reshape(-1, length)
    percent = np.rint(np.minimum(padded.max(axis=1, initial=0.0), 1.0) * 100)
    return tuple(int(value) for value in percent)


def read_timeline(data: bytes) -> Record:
    """The call as it was kept.

    Raises:
        TimelineRefused: too large, not JSON, of another version, or with something that no call has; says where.
    """
    if len(data) > LARGEST:
        raise TimelineRefused(f"{len(data)} bytes; at most {LARGEST}")
    try:
        return Record.model_validate_json(data)
    except ValidationError as error:
        raise TimelineRefused(_spelled(error)) from error


def _spelled(error: ValidationError) -> Line:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where or 'timeline'}: {first['msg']}"[:500]


class TimelineRefused(ValueError):  # noqa: N818  says what happened
    """A kept timeline that cannot be read."""
