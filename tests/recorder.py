"""A pretend record on a real bus: answers what the terminal asks of reporting, with the published contract."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nats.aio.msg import Msg
from natsd import Nats

from shared.asks import Answer, EvidenceRead, ReadEvidence, ReadTest, ReadTests, Refused, TestRead, TestsRead
from shared.events import TestFact
from shared.vocabulary import Evidence, EvidenceKind

PART = 10_000
PAGE = 2


@dataclass
class Recorder:
    """``tests``: newest first. ``objects``: the evidence store."""

    tests: list[TestFact] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def keep(self, fact: TestFact, folder: Path) -> TestFact:
        """Record the fact with what lies in the folder as its evidence."""
        kinds = {"call.ogg": EvidenceKind.RECORDING, "timeline.json": EvidenceKind.TIMELINE}
        evidence = []
        for file, kind in kinds.items():
            data, name = (folder / file).read_bytes(), f"{fact.target}/2026-11-22/{fact.test_id}/{file}"
            self.objects[name] = data
            digest = hashlib.sha256(data).hexdigest()
            evidence.append(Evidence(kind=kind, name=name, media_type="x/y", size=len(data), sha256=digest))
        self.tests.append(fact.model_copy(update={"evidence": tuple(evidence)}))
        return self.tests[-1]

    def answer(self, subject: str, data: bytes) -> Answer:
        self.asked.append(subject)
        if subject == ReadTest.subject:
            wanted = ReadTest.model_validate_json(data).test_id
            return TestRead(test=next((test for test in self.tests if test.test_id == wanted), None))
        if subject == ReadTests.subject:
            return self._page(ReadTests.model_validate_json(data))
        question = ReadEvidence.model_validate_json(data)
        whole = self.objects.get(question.name)
        if whole is None:
            return Refused(refused="unknown_evidence", message=f"no evidence is named {question.name}")
        part = whole[question.offset : question.offset + PART]
        return EvidenceRead(data=base64.b64encode(part), size=len(whole))

    def _page(self, question: ReadTests) -> TestsRead:
        fits: list[Any] = [test for test in self.tests if question.target in {None, test.target}]
        start = int(question.before or 0)
        more = str(start + PAGE) if start + PAGE < len(fits) else None
        return TestsRead(tests=tuple(fits[start : start + PAGE]), next=more)


@asynccontextmanager
async def recording(nats: Nats) -> AsyncIterator[Recorder]:
    """Answer as the user ``reporting`` does."""
    recorder, client = Recorder(), await nats.client("reporting")

    async def on_ask(message: Msg) -> None:
        await message.respond(recorder.answer(message.subject, message.data).model_dump_json().encode())

    await client.subscribe("ask.record.>", cb=on_ask)
    await client.flush()
    try:
        yield recorder
    finally:
        await client.close()
