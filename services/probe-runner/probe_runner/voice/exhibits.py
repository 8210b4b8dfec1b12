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
from probe_runner.voice.listener import samples_of
from probe_runner.voice.sound import RATE
from shared.vocabulary import EvidenceKind

LARGEST_TRACE = 1_000_000
_MESSAGE = re.compile(
    r"^(\d\d:\d\d:\d\d\.\d+)\s+\S+\s+\.*((?:TX|RX) \d+ bytes [^\n]*)\n(.*?)^--end msg--$", re.MULTILINE | re.DOTALL
)
_SECRETS = re.compile(r"^((?:Proxy-)?Authorization)\s*:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE | re.IGNORECASE)


def exhibits_of(wav: Path, trace: Path, log: Iterable[Mapping[str, Any]]) -> tuple[Exhibit, ...]:
    """What there is of a call; an exhibit without content is left out."""
    lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in log)
    made = (
        Exhibit(EvidenceKind.RECORDING, "call.ogg", "audio/ogg", recording_of(wav)),
        Exhibit(EvidenceKind.SIP_TRACE, "sip.txt", "text/plain", trace_of(trace).encode()),
        Exhibit(EvidenceKind.PROBE_LOG, "probe.jsonl", "application/x-ndjson", lines.encode()),
    )
    return tuple(exhibit for exhibit in made if exhibit.data)


def recording_of(wav: Path) -> bytes:
    """The recording as Opus in Ogg (RFC 7845), about a tenth of its size; nothing if nothing was recorded."""
    samples = samples_of(wav)
    if not len(samples):
        return b""
    target = io.BytesIO()
    with soundfile.SoundFile(target, "w", samplerate=RATE, channels=1, format="OGG", subtype="OPUS") as file:
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
    messages = (
        f"{at} {what}\n" + _SECRETS.sub(r"\1: (removed)", body) + "\n" for at, what, body in _MESSAGE.findall(text)
    )
    return "".join(messages)
