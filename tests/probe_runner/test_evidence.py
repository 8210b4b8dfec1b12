from __future__ import annotations

import hashlib
from datetime import date
from uuid import UUID

import pytest
from natsd import Nats
from targets import exhibit

from probe_runner import evidence
from probe_runner.evidence import name_for, store
from shared.vocabulary import Evidence

DAY, TEST = date(2026, 11, 22), UUID(int=7)


async def test_what_is_stored_can_be_read_back_by_its_name_and_checksum(nats: Nats) -> None:
    client = await nats.client("probe-runner")
    data = bytes(range(256)) * 2_000

    [stored], notes = await store(client.jetstream(), [exhibit(data, "call.ogg")], "webchat", DAY, TEST, 9)

    admin = await nats.client("admin")
    bucket = await admin.jetstream().object_store("EVIDENCE")
    assert (await bucket.get(stored.name)).data == data
    assert stored.name == f"webchat/2026-11-22/{TEST}/call.ogg"
    assert (stored.size, stored.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert notes == ()
    await client.close()
    await admin.close()


async def test_what_cannot_be_stored_is_noted_and_the_rest_is_kept(nats: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "LARGEST", 10)
    client = await nats.client("probe-runner")

    stored, [note] = await store(
        client.jetstream(), [exhibit(b"x" * 11, "big.ogg"), exhibit(b"{}")], "webchat", DAY, TEST, 9
    )

    assert [each.name.rsplit("/")[-1] for each in stored] == ["transcript.json"]
    assert (note.name, note.is_ok, note.at_s) == ("evidence.not_stored", False, 9)
    assert "11 bytes" in note.note
    await client.close()


async def test_a_store_that_is_gone_loses_no_test(nats: Nats) -> None:
    admin = await nats.client("admin")
    await admin.jetstream().delete_stream("OBJ_EVIDENCE")
    await admin.close()
    client = await nats.client("probe-runner")

    stored, notes = await store(client.jetstream(), [exhibit(), exhibit()], "webchat", DAY, TEST, 9)

    assert (stored, len(notes)) == ((), 2)
    await client.close()


@pytest.mark.parametrize("file", ["../../x", "call ulang.ogg", "", "x" * 500, "a/b.ogg", "\u00e9\n.txt"])
def test_a_name_stays_inside_its_test_whatever_the_file_is_called(file: str) -> None:
    name = name_for(file, "t" * 64, DAY, TEST)

    assert name.count("/") == 3
    Evidence(kind="transcript", name=name, media_type="text/plain", size=0, sha256="0" * 64)
