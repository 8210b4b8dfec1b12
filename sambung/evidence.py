"""A recorded test and its evidence, asked of the running product and laid out in a folder. Judges nothing."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from nats.aio.client import Client

from sambung.desk import ask_or_end, end
from shared.asks import EvidenceRead, ReadEvidence, ReadTest, ReadTests, Refused, TestRead, TestsRead
from shared.bus import NobodyAnswered, ask
from shared.events import AnyTestFact
from shared.vocabulary import Actor, Channel, Evidence, EvidenceKind

USER = "operator"
"""Whose right it is to read the record."""
LARGEST = 64 * 1_048_576
PAGE = 100
_WHO = {"actor": Actor(id="terminal", role=USER)}


def _who() -> dict[str, Any]:
    return {"command_id": uuid4(), **_WHO}


async def recorded(client: Client, test_id: UUID) -> AnyTestFact:
    """The test by this id; ends the program in words when there is no record of it."""
    found = (await ask_or_end(client, ReadTest(**_who(), test_id=test_id), TestRead)).test
    return found or end(f"no test {test_id} is on the record")


async def recorded_calls(client: Client, since: datetime, until: datetime, target: str) -> AsyncIterator[AnyTestFact]:
    """Every voice test that began between these moments, newest first; of one target, if named. Asks page by page."""
    cursor: str | None = None
    while True:
        question = ReadTests(**_who(), target=target or None, limit=PAGE, before=cursor)
        page = await ask_or_end(client, question, TestsRead)
        for test in page.tests:
            if test.at < since:
                return
            has_run = test.channel is Channel.VOICE and test.type != "TestMissed"
            if has_run and since <= test.started_at < until:
                yield test
        if page.next is None:
            return
        cursor = page.next


async def lay_out(client: Client, test: AnyTestFact, folder: Path) -> None:
    """Put what judging needs into the folder: the recording, the timeline, and the verdict as ``test.json``.

    Raises ``NoEvidence``: the test has no timeline, or the store no longer has what it had.
    """
    wanted = {one.kind: one for one in test.evidence if one.kind in {EvidenceKind.RECORDING, EvidenceKind.TIMELINE}}
    if EvidenceKind.TIMELINE not in wanted:
        raise NoEvidence("no timeline was kept with it")
    for kind, one in wanted.items():
        file = "timeline.json" if kind is EvidenceKind.TIMELINE else f"call{Path(one.name).suffix}"
        (folder / file).write_bytes(await fetch(client, one))
    (folder / "test.json").write_text(test.model_dump_json(), encoding="utf-8")


async def fetch(client: Client, evidence: Evidence) -> bytes:
    """All bytes of a piece of evidence. Raises ``NoEvidence``: gone, cut short, or changed."""
    if evidence.size > LARGEST:
        raise NoEvidence(f"{evidence.name} has {evidence.size} bytes; at most {LARGEST} are fetched")
    data = b""
    while len(data) < evidence.size:
        part = await _part(client, evidence.name, len(data))
        if not part.data or part.size != evidence.size:
            raise NoEvidence(f"{evidence.name} is cut short")
        data += part.data
    if hashlib.sha256(data).hexdigest() != evidence.sha256:
        raise NoEvidence(f"{evidence.name} was changed: its bytes do not match its checksum")
    return data


async def _part(client: Client, name: str, offset: int) -> EvidenceRead:
    try:
        part = await ask(client, ReadEvidence(**_who(), name=name, offset=offset), EvidenceRead)
    except NobodyAnswered as error:
        end(f"{error}; is the service running?")
    if isinstance(part, Refused):
        raise NoEvidence(part.message)
    return part


class NoEvidence(Exception):  # noqa: N818  says what is the matter
    """A test that cannot be looked at again."""
