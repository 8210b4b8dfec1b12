from __future__ import annotations

import asyncio
import os

import pytest
from natsd import Nats

from reporting import evidence
from reporting.evidence import PART, EvidenceDamaged, EvidenceReader, EvidenceTooLarge, UnknownEvidence
from shared import subjects


@pytest.fixture
async def store(nats: Nats):
    client = await nats.client("probe-runner")
    yield await client.jetstream().object_store(subjects.EVIDENCE)
    await client.close()


@pytest.fixture
async def js(nats: Nats):
    client = await nats.client("reporting")
    yield client.jetstream()
    await client.close()


async def whole(js, name: str, reader: EvidenceReader) -> bytes:
    data, size = await reader.part(js, name, 0)
    while len(data) < size:
        data += (await reader.part(js, name, len(data)))[0]
    return data


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 3 * PART + 17])
async def test_an_object_comes_in_parts_byte_for_byte(store, js, size):
    data = os.urandom(size)
    await store.put("tests/one/call.ogg", data)
    reader = EvidenceReader()
    part, whole_size = await reader.part(js, "tests/one/call.ogg", 0)
    assert (len(part), whole_size) == (min(size, PART), size)
    assert await whole(js, "tests/one/call.ogg", reader) == data
    assert await reader.part(js, "tests/one/call.ogg", size + 5) == (b"", size)


async def test_chunks_of_objects_written_at_the_same_time_are_not_mixed_up(store, js):
    bodies = {f"call-{number}": os.urandom(700_000) for number in range(4)}
    await asyncio.gather(*(store.put(name, data) for name, data in bodies.items()))
    reader = EvidenceReader()
    for name, data in bodies.items():
        assert await whole(js, name, reader) == data


async def test_an_unknown_name_and_a_deleted_object_are_refused(store, js):
    await store.put("gone", b"x")
    await store.delete("gone")
    for name in ("never", "gone"):
        with pytest.raises(UnknownEvidence):
            await EvidenceReader().part(js, name, 0)


async def test_an_object_written_anew_is_not_taken_from_what_is_kept(store, js):
    reader = EvidenceReader()
    await store.put("call", b"first")
    assert await reader.part(js, "call", 0) == (b"first", 5)
    await store.put("call", b"second")
    assert await reader.part(js, "call", 0) == (b"second", 6)


async def test_an_object_too_large_is_refused_before_it_is_read(store, js, monkeypatch):
    monkeypatch.setattr(evidence, "LARGEST", 10)
    await store.put("call", b"x" * 11)
    with pytest.raises(EvidenceTooLarge) as caught:
        await EvidenceReader().part(js, "call", 0)
    assert caught.value.size == 11


async def test_an_object_whose_chunks_are_lost_is_damaged(nats, store, js):
    info = await store.put("call", os.urandom(300_000))
    admin = await nats.client("admin")
    first = await js.get_msg("OBJ_EVIDENCE", 1, f"$O.EVIDENCE.C.{info.nuid}", next=True)
    assert await admin.jetstream().delete_msg("OBJ_EVIDENCE", first.seq)
    await admin.close()
    with pytest.raises(EvidenceDamaged):
        await EvidenceReader().part(js, "call", 0)


async def test_what_is_kept_at_hand_is_bounded(store, js, monkeypatch):
    monkeypatch.setattr(evidence, "KEPT", 250)
    reader = EvidenceReader()
    for number in range(4):
        await store.put(f"call-{number}", bytes([number]) * 100)
        await reader.part(js, f"call-{number}", 0)
    assert [data[0] for data in reader._kept.values()] == [2, 3]
    await store.put("long", b"x" * 300)
    await reader.part(js, "long", 0)
    assert [len(data) for data in reader._kept.values()] == [300]
