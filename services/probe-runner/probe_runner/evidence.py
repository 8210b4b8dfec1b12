"""The object store EVIDENCE: puts a test's exhibits there. Knows no verdict; what it cannot store loses no test."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING

import nats
import structlog

from shared import subjects
from shared.vocabulary import Evidence, Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from nats.js import JetStreamContext

    from probe_runner.probe import Exhibit

LARGEST = 64 * 1_048_576
PATIENCE_S = 60.0

log = structlog.get_logger()


async def store(
    js: JetStreamContext, exhibits: Sequence[Exhibit], target: str, day: date, test_id: UUID, at_s: float
) -> tuple[tuple[Evidence, ...], tuple[Step, ...]]:
    """What was stored, and a step for each exhibit that was not. ``at_s``: when, in seconds after the test began."""
    stored: list[Evidence] = []
    notes: list[Step] = []
    for exhibit in exhibits:
        name = name_for(exhibit.file, target, day, test_id)
        try:
            await _put(js, name, exhibit.data)
        except (nats.errors.Error, TimeoutError, TooLarge) as error:
            log.warning("evidence_not_stored", name=name, error=repr(error))
            note = f"{exhibit.file}: {error!r}"[:500]
            notes.append(Step(name="evidence.not_stored", at_s=at_s, is_ok=False, note=note))
        else:
            stored.append(_evidence(exhibit, name))
    return tuple(stored), tuple(notes)


def name_for(file: str, target: str, day: date, test_id: UUID) -> str:
    """``<target>/<YYYY-MM-DD>/<test>/<file>``; the file keeps only letters, digits and ``._-``."""
    clean = re.sub(r"[^A-Za-z0-9._-]", "_", file)[-80:] or "exhibit"
    return f"{target}/{day.isoformat()}/{test_id}/{clean}"


async def _put(js: JetStreamContext, name: str, data: bytes) -> None:
    if len(data) > LARGEST:
        raise TooLarge(len(data))
    async with asyncio.timeout(PATIENCE_S):
        bucket = await js.object_store(subjects.EVIDENCE)
        await bucket.put(name, data)


def _evidence(exhibit: Exhibit, name: str) -> Evidence:
    digest = hashlib.sha256(exhibit.data).hexdigest()
    size = len(exhibit.data)
    return Evidence(kind=exhibit.kind, name=name, media_type=exhibit.media_type, size=size, sha256=digest)


class TooLarge(Exception):  # noqa: N818  says what it is
    """An exhibit that no test makes."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes; at most {LARGEST}")
