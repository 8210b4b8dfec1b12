"""Calls as timelines, for tables of verdicts: answered at 1 s, greeting at once, key at 4 s, unless told otherwise."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from probe_runner.target import Voice
from probe_runner.voice.sound import Kind
from probe_runner.voice.timeline import Call, Match, Signalling, Span

LENGTHS = {"greeting": 6.0, "transfer": 3.0, "hold_music": 8.0, "agent_greeting": 4.5}
ANSWERED, KEY = 1.0, 4.0
SPEECH, MUSIC, TONE, SILENCE = Kind.SPEECH, Kind.MUSIC, Kind.TONE, Kind.SILENCE
Heard = tuple[str | Kind, float, float]


def voice(**more: Any) -> Voice:
    names = ("greeting", "transfer", "hold_music", "agent_greeting")
    given: dict[str, Any] = {name: PurePosixPath(f"{name}.wav") for name in names}
    times = {"answer_within_s": 10, "greeting_within_s": 5, "menu_within_s": 4, "agent_within_s": 30}
    return Voice.model_validate({"press": "9", **given, **times, **more})


def call(now: float, *heard: Heard, **said: Any) -> Call:
    """``heard``: a registered name or a kind, from, to. Registered ones make a match and a span of their kind."""
    spans, matches = [], []
    for what, start, end in heard:
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
