from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from kept_call import write_kept
from natsd import Nats
from recorder import recording
from samples import at, passed, test_of, uid

from sambung.evidence import NoEvidence, fetch, lay_out, recorded, recorded_calls
from shared.events import TestFact
from shared.vocabulary import Channel


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_kept(tmp_path_factory.mktemp("kept") / "call")


async def test_a_recorded_test_is_laid_out_as_it_was_stored(nats: Nats, kept: Path, tmp_path: Path) -> None:
    async with recording(nats) as record:
        fact = record.keep(passed(), kept)
        client = await nats.client("operator")
        await lay_out(client, await recorded(client, fact.test_id), tmp_path)
        await client.close()
    for file in ("call.ogg", "timeline.json"):
        assert (tmp_path / file).read_bytes() == (kept / file).read_bytes()
    assert json.loads((tmp_path / "test.json").read_text())["test_id"] == str(fact.test_id)


async def test_evidence_that_is_gone_or_changed_is_told(nats: Nats, kept: Path, tmp_path: Path) -> None:
    async with recording(nats) as record:
        fact = record.keep(passed(), kept)
        client = await nats.client("operator")
        spoiled, gone = fact.evidence
        record.objects[spoiled.name] = bytes(spoiled.size)
        with pytest.raises(NoEvidence, match="was changed"):
            await fetch(client, spoiled)
        record.objects[spoiled.name] = b"short"
        with pytest.raises(NoEvidence, match="cut short"):
            await fetch(client, spoiled)
        del record.objects[gone.name]
        with pytest.raises(NoEvidence, match="no evidence is named"):
            await fetch(client, gone)
        with pytest.raises(NoEvidence, match="no timeline"):
            await lay_out(client, passed(2), tmp_path)
        with pytest.raises(NoEvidence, match="at most"):
            await fetch(client, gone.model_copy(update={"size": 10**9}))
        await client.close()


async def test_what_is_not_on_the_record_ends_the_program_in_words(nats: Nats, capsys) -> None:
    async with recording(nats):
        client = await nats.client("operator")
        with pytest.raises(typer.Exit):
            await recorded(client, uid("nobody"))
        await client.close()
    assert "is on the record" in capsys.readouterr().err


def ran(minute: int, target: str = "cc-inbound", kind: str = "Passed", **more: Any) -> TestFact:
    """A test that began in that minute and took 20 seconds."""
    return test_of(kind, minute, target, started_at=at(60 * minute), **{"at": at(60 * minute + 20), **more})


async def test_a_period_is_read_page_by_page_and_no_further(nats: Nats) -> None:
    async with recording(nats) as record:
        others = [ran(8, channel=Channel.WEBCHAT), ran(7, kind="Missed")]
        record.tests = [ran(9), *others, ran(6), ran(5, "cc-outbound"), ran(4), *map(ran, (1, 0, -1, -2))]
        client = await nats.client("operator")
        found = [test.test_id async for test in recorded_calls(client, at(180), at(540), "")]
        asked = len(record.asked)
        only = [test.target async for test in recorded_calls(client, at(180), at(540), "cc-outbound")]
        await client.close()
    assert found == [uid("cc-inbound/6"), uid("cc-outbound/5"), uid("cc-inbound/4")]
    assert asked == 4
    assert only == ["cc-outbound"]
