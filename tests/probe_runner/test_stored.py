from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from nats.js.errors import APIError
from natsd import Nats

from probe_runner.stored import Stored, last_sequence, since

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LONG_AGO = timedelta(days=1)


async def test_the_messages_of_a_subject_are_read_in_order_and_no_more_than_wanted(nats: Nats) -> None:
    client = await nats.client("probe-runner")
    js, begin = client.jetstream(), datetime.now(UTC)
    for number in range(5):
        await js.publish(f"due.test.{'ab'[number % 2]}.{number}", b'{"number": %d}' % number)

    async def read(subject: str, moment: datetime = begin - LONG_AGO, most: int = 9) -> list[Stored]:
        return [message async for message in since(client, "DUE", subject, moment, most)]

    found = await read("due.test.a.*")
    assert [message.body["number"] for message in found] == [0, 2, 4]
    assert [message.subject for message in found] == ["due.test.a.0", "due.test.a.2", "due.test.a.4"]
    assert begin - timedelta(seconds=1) < found[0].at < found[2].at < datetime.now(UTC) + timedelta(seconds=1)
    assert await read("due.test.a.*", most=2) == found[:2]
    assert await read("due.test.a.*", found[1].at) == found[1:]
    assert await read("due.test.a.*", datetime.now(UTC) + LONG_AGO) == []
    assert (await last_sequence(client, "DUE", "due.test.b.*"), await last_sequence(client, "DUE", "due.x.*")) == (4, 0)
    await client.close()


async def test_a_stream_that_is_not_there_is_an_error_and_not_an_empty_one(nats: Nats) -> None:
    client = await nats.client("admin")
    with pytest.raises(APIError):
        await last_sequence(client, "NOWHERE", "x")
    await client.close()


@pytest.mark.parametrize("data", [b"", b"\xff", b"[1]", b'"x"', b"NaN", b"[" * 100_000])
def test_what_is_no_object_has_an_empty_body(data: bytes) -> None:
    assert Stored(1, NOW, "test.passed.a", data).body == {}
