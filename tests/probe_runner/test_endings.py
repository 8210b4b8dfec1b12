from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from natsd import Nats
from targets import chat_target, job, outcome, until

from probe_runner.conclusion import Run, conclude
from probe_runner.endings import has_ended
from shared.bus import say


@pytest.mark.parametrize("target", ["webchat", "other"])
async def test_a_test_has_ended_once_a_fact_of_its_own_says_so(nats: Nats, target: str) -> None:
    client = await nats.client("probe-runner")
    js, now = client.jetstream(), datetime.now(UTC)
    mine = job(chat_target())
    for each in (job(chat_target(id=target)), job(chat_target(id=target))):
        await say(js, conclude(Run(each, now, now, "r"), outcome()), "probe-runner")
    await js.publish("test.passed.webchat", b"not a fact")
    assert not await has_ended(client, mine)

    await say(js, conclude(Run(mine, now, now, "r"), outcome()), "probe-runner")
    await say(js, conclude(Run(job(chat_target()), now, now, "r"), outcome()), "probe-runner")
    assert await has_ended(client, mine)
    assert not await has_ended(client, mine.model_copy(update={"test_id": uuid4()}))
    await client.close()


async def test_facts_from_before_the_announcement_are_not_read(nats: Nats) -> None:
    client = await nats.client("probe-runner")
    now = datetime.now(UTC)
    mine = job(chat_target())
    await say(client.jetstream(), conclude(Run(mine, now, now, "r"), outcome()), "probe-runner")

    later = mine.model_copy(update={"announced_at": now + timedelta(minutes=5)})
    assert not await has_ended(client, later)
    await client.close()


async def test_while_the_bus_is_away_it_is_asked_again(nats: Nats) -> None:
    client = await nats.client("probe-runner")
    nats.kill()
    looking = asyncio.create_task(has_ended(client, job()))
    await until(lambda: not client.is_connected)
    await nats.start()

    assert await looking is False
    await client.close()
