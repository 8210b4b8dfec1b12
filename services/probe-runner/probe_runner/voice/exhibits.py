"""Makes the evidence of a call out of its files: recording, SIP trace, log. Decides nothing about them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import soundfile

from probe_runner.probe import Exhibit
from probe_runner.voice.ear.listener import samples_of
from probe_runner.voice.ear.sound import RATE
from shared.vocabulary import EvidenceKind

LARGEST_TRACE = 1_000_000
COMPRESSION = 0.9
"""The library's word for Vorbis quality 0.1: 2.0 kB and 0.2 % of a core per second of call. Opus, by the same library
and at any of its settings, takes 1.2 to 3.1 % (benchmarked on speech, music and pauses)."""
_MESSAGE = re.compile(
    r"^(\d\d:\d\d:\d\d\.\d+)\s+\S+\s+\.*((?:TX|RX) \d+ bytes [^\n]*)\n(.*?)^--end msg--$", re.MULTILINE | re.DOTALL
)
_CREDENTIALS = re.compile(
    r"^((?:Proxy-)?(?:Authorization|Authentication-Info))\s*:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE | re.IGNORECASE
)
_KEYS = re.compile(r"^(a=crypto:|a=key-mgmt:|k=)[^\n]*", re.MULTILINE | re.IGNORECASE)
"""RFC 4568, RFC 4567, and RFC 4566, 5.12: keys of the media."""
_PASSWORD = re.compile(r"(\bsips?:[^\s:@;<>]{0,128}):[^\s@;<>]{1,128}@", re.IGNORECASE)
"""Of a URI (RFC 3261, 19.1.1), which should have none."""


def exhibits_of(wav: Path, trace: Path, log: Iterable[Mapping[str, Any]], timeline: bytes = b"") -> tuple[Exhibit, ...]:
    """What there is of a call; an exhibit without content is left out. ``timeline``: as ``record`` writes it."""
    lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in log)
    made = (
        Exhibit(EvidenceKind.RECORDING, "call.ogg", "audio/ogg", recording_of(wav)),
        Exhibit(EvidenceKind.TIMELINE, "timeline.json", "application/json", timeline),
        Exhibit(EvidenceKind.SIP_TRACE, "sip.txt", "text/plain", trace_of(trace).encode()),
        Exhibit(EvidenceKind.PROBE_LOG, "probe.jsonl", "application/x-ndjson", lines.encode()),
    )
    return tuple(exhibit for exhibit in made if exhibit.data)


def recording_of(wav: Path) -> bytes:
    """The recording as Vorbis in Ogg, an eighth of its size; nothing if nothing was recorded."""
    samples = samples_of(wav)
    if not len(samples):
        return b""
    target = io.BytesIO()
    how = {"format": "OGG", "subtype": "VORBIS", "compression_level": COMPRESSION}
    with soundfile.SoundFile(target, "w", samplerate=RATE, channels=1, **how) as file:
        for start in range(0, len(samples), RATE):  # the encoder takes long pieces on the stack
            file.write(samples[start : start + RATE])
    return target.getvalue()


def trace_of(log: Path) -> str:
    """The SIP messages in the library's log, with their times and without credentials."""
    try:
        with log.open("rb") as file:
            text = file.read(LARGEST_TRACE).decode("utf-8", "replace").replace("\r\n", "\n")
    except FileNotFoundError:
        return ""
    return "".join(f"{at} {what}\n{without_secrets(body)}\n" for at, what, body in _MESSAGE.findall(text))


def without_secrets(message: str) -> str:
    """A SIP message with neither credentials nor the keys of its media."""
    message = _CREDENTIALS.sub(r"\1: (removed)", message)
    return _PASSWORD.sub(r"\1:(removed)@", _KEYS.sub(r"\1(removed)", message))
