from __future__ import annotations

import asyncio

import pytest
from natsd import Nats
from samples import card
from structlog.testing import capture_logs
from waiting import eventually

from reporting.targets import Targets
from shared import subjects


@pytest.fixture
async def bucket(nats: Nats):
    client = await nats.client("probe-runner")
    yield await client.jetstream().key_value(subjects.PLAN)
    await client.close()


async def put(bucket, *cards) -> None:
    for one in cards:
        await bucket.put(subjects.target_key(one.id), one.model_dump_json().encode())


async def test_targets_come_and_go_with_the_plan(nats, bucket):
    client = await nats.client("reporting")
    js, targets = client.jetstream(), Targets()
    await targets.look(js)
    assert targets.cards == ()
    await put(bucket, card("b"), card("a"))
    await bucket.put("person.budi", b"{}")
    await targets.look(js)
    assert targets.cards == (card("a"), card("b"))
    await put(bucket, card("a", name="Another name"))
    await bucket.delete(subjects.target_key("b"))
    await targets.look(js)
    assert targets.cards == (card("a", name="Another name"),)
    await client.close()


async def test_a_target_may_have_more_fields_than_a_card(nats, bucket):
    client = await nats.client("reporting")
    body = card("a").model_dump_json().replace("{", '{"menu": ["9"], ', 1)
    await bucket.put(subjects.target_key("a"), body.encode())
    targets = Targets()
    await targets.look(client.jetstream())
    assert targets.cards == (card("a"),)
    await client.close()


async def test_a_target_that_cannot_be_read_is_left_out_and_said(nats, bucket):
    client = await nats.client("reporting")
    await bucket.put(subjects.target_key("broken"), b'{"id": "broken"}')
    await bucket.put(subjects.target_key("noise"), b"\xff\x00")
    await put(bucket, card("a"))
    targets = Targets()
    with capture_logs() as logs:
        await targets.look(client.jetstream())
    assert targets.cards == (card("a"),)
    said = {line["key"]: line["reason"] for line in logs if line["event"] == "target_not_read"}
    assert set(said) == {"target.broken", "target.noise"}
    assert "interval_s: Field required" in said["target.broken"]
    await client.close()


async def test_the_last_known_targets_stay_while_the_bus_is_away(nats, bucket):
    await put(bucket, card("a"))
    client = await nats.client("reporting")
    targets = Targets()
    following = asyncio.create_task(targets.follow(client))

    async def cards():
        return targets.cards

    await eventually(cards)
    nats.kill()
    with capture_logs() as logs:

        async def said():
            return [line for line in logs if line["event"] == "plan_not_read"]

        await eventually(said)
    assert targets.cards == (card("a"),)
    await nats.start()
    again = await nats.client("probe-runner")
    await put(await again.jetstream().key_value(subjects.PLAN), card("b"))
    await eventually(cards, lambda seen: seen == (card("a"), card("b")))
    following.cancel()
    await again.close()
    await client.close()
