"""Calls as timelines, for tables of verdicts: answered at 1 s, greeting at once, key at 4 s, unless told otherwise."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.timeline import Call, Match, Sign, Signalling, SignName, Span
from probe_runner.voice_target import Voice

LENGTHS = {
    "greeting": 6.0,
    "menu": 5.0,
    "transfer": 3.0,
    "hold_music": 8.0,
    "queue": 4.0,
    "closed": 4.0,
    "full": 3.0,
    "agent_greeting": 4.5,
}
ANSWERED, KEY = 1.0, 4.0
SPEECH, MUSIC, TONE, SILENCE = Kind.SPEECH, Kind.MUSIC, Kind.TONE, Kind.SILENCE
BUSY, CONGESTION, RINGBACK = Kind.BUSY, Kind.CONGESTION, Kind.RINGBACK
Heard = tuple[str | Kind, float, float] | Span


def voice(**more: Any) -> Voice:
    names = ("greeting", "transfer", "hold_music", "agent_greeting")
    given: dict[str, Any] = {name: PurePosixPath(f"{name}.wav") for name in names}
    times = {"answer_within_s": 10, "greeting_within_s": 5, "menu_within_s": 4, "agent_within_s": 30}
    return Voice.model_validate({"press": "9", **given, **times, **more})


def call(now: float, *heard: Heard, **said: Any) -> Call:
    """``heard``: a registered name or a kind, from, to. Registered ones make a match and a span of their kind."""
    spans, matches = [], []
    for one in heard:
        if isinstance(one, Span):
            spans.append(one)
            continue
        what, start, end = one
        kind = what if isinstance(what, Kind) else (MUSIC if what == "hold_music" else SPEECH)
        spans.append(Span(kind, start, end))
        if not isinstance(what, Kind):
            length = LENGTHS[what]
            matches.append(Match(what, start, end, 0.0, min(end - start, length), length, 0.9))
    signalling = {"ringing_s": 0.2, "answered_s": ANSWERED, "recording_s": ANSWERED, "packets": 500, **said}
    return Call(now, Signalling(**signalling), tuple(spans), tuple(matches), now)


def pressed(now: float, *heard: Heard, **said: Any) -> Call:
    """The same, the greeting heard and the key pressed."""
    return call(now, ("greeting", ANSWERED, KEY + 0.2), *heard, **{"keys_s": (KEY,), **said})


def signs(*named: tuple[SignName, float] | tuple[SignName, float, str]) -> dict[str, Any]:
    """What was signalled, for the calls above."""
    return {"signs": tuple(Sign(*one) for one in named)}


def cadence(kind: Kind, start: float, end: float, on: float, off: float) -> list[Heard]:
    """A tone with its pauses."""
    beats = range(int((end - start) / (on + off)))
    return [(kind, start + beat * (on + off), start + beat * (on + off) + on) for beat in beats]
