"""A call's ``timeline.json`` as the store gives it: checked, bounded, and nothing believed. Knows no page.

Times are seconds since dialling. What is not known here is ignored: the format only grows.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

LARGEST = 8 * 1_048_576
"""Bytes; an hour of peaks and sounds is a tenth of it."""

LONGEST_S = 86_400.0
MOST = 20_000
"""Of spans, matches, signs, gaps, keys and milestones, each."""

MOST_PEAKS = 400_000
LONGEST_NOTE = 500

Second = Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False)]
Moment = Annotated[float, Field(ge=-LONGEST_S, le=LONGEST_S, allow_inf_nan=False)]
"""What we did before dialling has a negative one."""

Share = Annotated[float, Field(ge=0, le=1.01, allow_inf_nan=False)]
"""0 to 1, and what rounding makes of 1."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
Note = Annotated[str, AfterValidator(lambda note: note[:LONGEST_NOTE])]


class Part(BaseModel):
    """A part of the file: frozen."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Peaks(Part):
    """How loud the recording was: the peak of every 1/``per_s`` second, 0 to 100."""

    per_s: Annotated[float, Field(gt=0, le=1_000)] = 25
    values: Annotated[tuple[Annotated[int, Field(ge=0, le=100)], ...], Field(max_length=MOST_PEAKS)] = ()

    @property
    def length_s(self) -> float:
        """How long the recording is."""
        return len(self.values) / self.per_s

    def thinned(self, most: int) -> Peaks:
        """The same in ``most`` values at the most: each the highest of those it stands for."""
        each = -(-len(self.values) // most)
        if each <= 1:
            return self
        kept = tuple(max(self.values[start : start + each]) for start in range(0, len(self.values), each))
        return Peaks(per_s=self.per_s / each, values=kept)


class Span(Part):
    """A stretch of one kind of sound. ``repeats_s``: when the same was heard before."""

    kind: Name
    start_s: Second
    end_s: Second
    sureness: Share = 1.0
    repeats_s: Second | None = None


class Match(Part):
    """A registered recording that was recognised: its role, its file, which part of it, and how alike."""

    name: Name
    file: Note = ""
    start_s: Second
    end_s: Second
    from_s: Second = 0
    to_s: Second = 0
    length_s: Second = 0
    score: Share = 0


class Sign(Part):
    """One thing signalled."""

    name: Name
    at_s: Moment
    note: Note = ""


class Signalling(Part):
    """What SIP and RTP said. ``gaps``: from, to without any packet."""

    ringing_s: Second | None = None
    answered_s: Second | None = None
    ended_s: Second | None = None
    code: Annotated[int, Field(ge=0, le=999)] = 0
    reason: Note = ""
    keys_s: Annotated[tuple[Second, ...], Field(max_length=MOST)] = ()
    signs: Annotated[tuple[Sign, ...], Field(max_length=MOST)] = ()
    gaps: Annotated[tuple[tuple[Second, Second], ...], Field(max_length=MOST)] = ()


class Expected(Part):
    """What of the target's expectations is told beside the call: the keys to press."""

    press: Annotated[str, AfterValidator(lambda keys: keys[:32])] = ""


class Timeline(Part):
    """A call as it was signalled, heard and recognised."""

    version: Literal[1]
    now_s: Second
    recording_s: Second | None = None
    peaks: Peaks = Peaks()
    spans: Annotated[tuple[Span, ...], Field(max_length=MOST)] = ()
    matches: Annotated[tuple[Match, ...], Field(max_length=MOST)] = ()
    signalling: Signalling = Signalling()
    voice: Expected = Expected()
    milestones: Annotated[tuple[tuple[Name, Moment], ...], Field(max_length=MOST)] = ()

    @property
    def begin_s(self) -> float:
        """When the recording begins."""
        return self.recording_s or 0.0

    @property
    def end_s(self) -> float:
        """Where the axis ends: with the call or with the recording, whichever is later."""
        return min(max(self.now_s, self.begin_s + self.peaks.length_s, 1.0), LONGEST_S)


class Unreadable(Exception):  # noqa: N818  the name says what happened
    """The file is no timeline. ``place``: where in it, and what stands there that may not."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


def timeline_of(data: bytes) -> Timeline:
    """The file, understood. Raises ``Unreadable``."""
    if len(data) > LARGEST:
        raise Unreadable(f"{len(data)} bytes, at most {LARGEST}")
    try:
        return Timeline.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise Unreadable(f"{place}: {first['msg']}" if place else first["msg"]) from None
