"""A failed call as its test leaves it: a recording whose every second sounds different, and its timeline."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import soundfile
from pretend import World

from shared.events import TestFailed
from shared.vocabulary import Cause, Concern, Evidence, EvidenceKind, Finding, Grade, Step

RATE = 8_000
LENGTH_S = 20
BEGIN_S = 1.2
"""When the recording begins; all times of the timeline count from dialling."""


def hertz(second: int) -> int:
    """The tone of a second of the recording."""
    return 300 + 60 * second


def samples() -> np.ndarray:
    """Twenty seconds, each with a tone of its own, some loud and some hardly there."""
    time = np.arange(RATE) / RATE
    loud = (0.05, 0.4, 0.5, 0.45, 0.02, 0.3, 0.35, 0.02, 0.6, 0.55, 0.6, 0.5, 0.6, 0.02, 0.4, 0.45, 0.02, 0.5, 0.1, 0.0)
    fade = 0.6 + 0.4 * np.abs(np.sin(2 * np.pi * 3.1 * time))
    seconds = [loud[at] * fade * np.sin(2 * np.pi * hertz(at) * time) for at in range(LENGTH_S)]
    return np.concatenate(seconds).astype(np.float32)


def recording() -> bytes:
    """The same as Ogg/Opus."""
    into = io.BytesIO()
    with soundfile.SoundFile(into, "w", samplerate=RATE, channels=1, format="OGG", subtype="OPUS") as file:
        for start in range(0, RATE * LENGTH_S, RATE):  # the encoder takes long pieces on the stack
            file.write(samples()[start : start + RATE])
    return into.getvalue()


def peaks() -> list[int]:
    frames = np.abs(samples()).reshape(-1, RATE // 25)
    return [int(peak) for peak in np.rint(frames.max(axis=1) * 100)]


def timeline(**changes: Any) -> dict[str, Any]:
    """The file, as the voice probe would write it. The queue's music is never followed by an agent."""
    kinds = [
        ("ringback", 0.3, 1.2, 0.9, None),
        ("silence", 1.2, 2.2, 1.0, None),
        ("speech", 2.2, 5.2, 0.95, None),
        ("silence", 5.2, 6.2, 1.0, None),
        ("speech", 6.2, 8.2, 0.9, None),
        ("silence", 8.2, 9.2, 1.0, None),
        ("music", 9.2, 14.2, 0.97, None),
        ("no_rtp", 14.2, 15.2, 1.0, None),
        ("speech", 15.2, 17.2, 0.8, 6.2),
        ("silence", 17.2, 18.2, 1.0, None),
        ("busy", 18.2, 20.2, 0.99, None),
        ("other", 20.2, 21.2, 0.5, None),
    ]
    matches = [
        ("greeting", "ivr-greeting.wav", 2.2, 5.1, 0.0, 2.9, 3.0, 0.97),
        ("transfer", "transfer.wav", 6.3, 8.1, 0.1, 1.9, 2.0, 0.93),
        ("hold_music", "hold.wav", 9.2, 14.1, 12.0, 16.9, 60.0, 0.88),
        ("queue", "all-busy.wav", 15.3, 17.1, 0.0, 1.8, 1.9, 0.91),
    ]
    made = {
        "version": 1,
        "now_s": 21.3,
        "recording_s": BEGIN_S,
        "heard_until_s": 21.2,
        "peaks": {"per_s": 25, "values": peaks()},
        "spans": [
            {"kind": kind, "start_s": start, "end_s": end, "sureness": sureness, "repeats_s": repeats}
            for kind, start, end, sureness, repeats in kinds
        ],
        "matches": [
            dict(zip(("name", "file", "start_s", "end_s", "from_s", "to_s", "length_s", "score"), match, strict=True))
            for match in matches
        ],
        "signalling": {
            "ringing_s": 0.3,
            "answered_s": 1.1,
            "ended_s": 21.2,
            "code": 200,
            "reason": "OK",
            "keys_s": [5.6],
            "signs": [
                {"name": "progress", "at_s": 0.4, "note": "183"},
                {"name": "identity_changed", "at_s": 9.0, "note": '"Antrean 1" <sip:queue1@10.20.1.5>'},
                {"name": "reinvited", "at_s": 9.1, "note": ""},
            ],
            "gaps": [[14.2, 15.2]],
            "codec": "PCMA",
        },
        "loudness": {"speech_dbfs": -21.4, "clipped_percent": 0.0},
        "voice": {"press": "9", "tone_plan": "id"},
        "milestones": [
            ["dialled", 0.0],
            ["ringing", 0.3],
            ["answered", 1.1],
            ["greeting_heard", 2.2],
            ["key_pressed", 5.6],
            ["transfer_heard", 6.3],
            ["hold_music_heard", 9.2],
            ["queue_heard", 15.3],
            ["hung_up", 21.2],
        ],
    }
    return made | changes


FINDINGS = (
    Finding(name="greeting_matched", is_for=True, at_s=1.0, note="second 0.0 to 2.9 of 3.0, correlation 0.97"),
    Finding(name="identity_changed", is_for=True, at_s=7.8, note='connected to "Antrean 1"'),
    Finding(name="hold_music_matched", is_for=True, at_s=8.0, note="second 12.0 to 16.9 of 60.0, correlation 0.88"),
    Finding(name="no_rtp_gap", is_for=False, at_s=13.0, note="1.0 s without an RTP packet"),
    Finding(name="announcement_repeated", is_for=False, at_s=14.0, note="the same as at second 6.2 (weight -5)"),
    Finding(name="busy_tone_heard", is_for=False, at_s=17.0, note="4 times, 2.0 s of it together"),
)

CONCERNS = (
    Concern(name="jitter_ms", grade=Grade.CRITICAL, value=34.2, limit=30.0),
    Concern(name="mos", grade=Grade.WARNING, value=3.91, limit=4.0),
    Concern(name="greeting_drift", grade=Grade.WARNING, note="recognised with a correlation of 0.66 only"),
)


def failed_call(world: World, at: datetime, file: bytes | None = None, **more: Any) -> TestFailed:
    """A test of the failing line that ended just now. ``file``: what stands in place of its timeline."""
    name = f"call-{len(world.objects)}"
    told = json.dumps(timeline()).encode() if file is None else file
    steps = tuple(Step(name=step, at_s=at_s) for step, at_s in timeline()["milestones"])
    values = {
        "started_at": at - timedelta(seconds=22),
        "detail": "no agent after 20 s of queueing",
        "steps": steps,
        "findings": FINDINGS,
        "measures": {"post_dial_delay_s": 0.3, "answer_time_s": 1.1, "jitter_ms": 34.2, "mos": 3.91},
        "concerns": CONCERNS,
        "evidence": _evidence(world, name, told),
    }
    fact: TestFailed = world.test("ivr-gangguan", at, Cause.QUEUE_TIMEOUT, **values | more)
    return fact


def _evidence(world: World, name: str, told: bytes) -> tuple[Evidence, ...]:
    return (
        world.keep(EvidenceKind.RECORDING, f"{name}/call.ogg", "audio/ogg", recording()),
        world.keep(EvidenceKind.TIMELINE, f"{name}/timeline.json", "application/json", told),
        world.keep(EvidenceKind.SIP_TRACE, f"{name}/sip.txt", "text/plain", b"INVITE sip:x SIP/2.0\n"),
    )
