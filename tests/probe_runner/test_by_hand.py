from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from nats.aio.client import Client
from natsd import Nats
from replicas import body, messages
from targets import chat_target, job, outcome

from probe_runner import by_hand
from probe_runner.by_hand import agent_time_of, announce_by_hand, check_caps, jobs_of
from probe_runner.caps import HOUR, CapReached
from probe_runner.conclusion import Run, conclude
from probe_runner.schedule import job_for
from probe_runner.target import Target
from shared.bus import announce, say
from shared.events import TestJob
from shared.vocabulary import Slot

SIX = chat_target(interval_s=1_800)
SECOND = timedelta(seconds=1)


async def tried(client: Client, one: TestJob, target: Target = SIX) -> CapReached | None:
    try:
        await announce_by_hand(client, one, target)
    except CapReached as reached:
        return reached
    return None


async def concluded(client: Client, target: Target, **measures: float) -> None:
    now = datetime.now(UTC)
    ended = conclude(Run(job(target, is_drill=True), now, now, "r"), outcome(measures=measures))
    await say(client.jetstream(), ended, "probe-runner")


async def count(nats: Nats) -> int:
    return len(await messages(nats, "DUE"))


async def test_replicas_that_are_asked_at_once_announce_no_more_than_the_cap(nats: Nats) -> None:
    async with AsyncExitStack() as stack:
        clients = [await nats.client("probe-runner") for _ in range(3)]
        for client in clients:
            stack.push_async_callback(client.close)
        said = await asyncio.gather(*(tried(client, job(SIX)) for client in clients for _ in range(8)))

    assert await count(nats) == 6
    refused = [reached for reached in said if reached]
    assert len(refused) == 18
    assert {(reached.kind, reached.most) for reached in refused} == {("too_many_tests", 6)}
    first = (await messages(nats, "DUE"))[0]
    assert {reached.at for reached in refused} == {first.time + HOUR}


async def test_one_test_asked_for_many_times_at_once_is_one_job_and_one_use(nats: Nats) -> None:
    async with AsyncExitStack() as stack:
        clients = [await nats.client("probe-runner") for _ in range(3)]
        for client in clients:
            stack.push_async_callback(client.close)
        same = job(SIX)
        assert set(await asyncio.gather(*(tried(client, same) for client in clients * 4))) == {None}
        for _ in range(5):
            assert await tried(clients[0], job(SIX)) is None
        assert await tried(clients[0], job(SIX)) is not None
        assert await tried(clients[1], same) is None, "asked for before the cap was reached"

    assert await count(nats) == 6


async def test_the_count_survives_a_killed_server_and_a_new_replica(nats: Nats) -> None:
    client = await nats.client("probe-runner")
    for _ in range(6):
        assert await tried(client, job(SIX)) is None
    await client.close()
    nats.kill()
    await nats.start()

    fresh = await nats.client("probe-runner")
    assert await tried(fresh, job(SIX)) is not None
    await fresh.close()


async def test_a_job_put_in_just_before_a_kill_counts_and_is_not_announced_again(
    nats: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was never given, so the person asks again with the same command."""
    client, mine = await nats.client("probe-runner"), job(SIX)
    put = by_hand._put

    async def put_and_die(*given: Any) -> bool:
        await put(*given)
        raise asyncio.CancelledError

    monkeypatch.setattr(by_hand, "_put", put_and_die)
    with pytest.raises(asyncio.CancelledError):
        await announce_by_hand(client, mine, SIX)
    monkeypatch.undo()

    assert await tried(client, mine) is None
    assert len(await jobs_of(client, SIX.id, datetime.now(UTC))) == await count(nats) == 1
    await client.close()


async def test_who_is_overtaken_between_counting_and_putting_in_counts_again(
    nats: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, check, overtakers = await nats.client("probe-runner"), check_caps, [job(SIX) for _ in range(6)]

    async def overtaken(*given: Any) -> None:
        await check(*given)
        if overtakers:
            await announce(client.jetstream(), overtakers.pop())

    monkeypatch.setattr(by_hand, "check_caps", overtaken)
    assert await tried(client, job(SIX)) is not None
    assert await count(nats) == 6
    await client.close()


async def test_the_schedule_does_not_use_up_what_is_for_people_but_tickets_and_drills_do(nats: Nats) -> None:
    client, now = await nats.client("probe-runner"), datetime.now(UTC)
    js, slot = client.jetstream(), Slot.containing(now, 1_800)
    for scheduled in (job_for(SIX, slot, now), job_for(SIX, slot.next, now)):
        await announce(js, scheduled)
    for ordered in (job(SIX, origin="confirming"), job(SIX, origin="retest", is_drill=True), job(SIX, is_drill=True)):
        await announce(js, ordered)
    await announce(js, job(chat_target(id="other")))
    await js.publish(f"due.test.{SIX.id}.garbage", b"not a job")

    assert len(await jobs_of(client, SIX.id, now)) == 4, "what nobody can read counts too"
    assert [await tried(client, job(SIX)) is None for _ in range(3)] == [True, True, False]
    await client.close()


async def test_an_hour_later_there_is_room_again_and_not_a_second_sooner(nats: Nats) -> None:
    client = await nats.client("probe-runner")
    for _ in range(6):
        assert await tried(client, job(SIX)) is None
    reached = await tried(client, job(SIX))
    assert reached
    assert reached.at

    with pytest.raises(CapReached):
        await check_caps(client, SIX, reached.at - SECOND)
    await check_caps(client, SIX, reached.at + SECOND)
    await client.close()


async def test_a_plan_that_leaves_none_for_people_says_so(nats: Nats) -> None:
    client = await nats.client("probe-runner")
    reached = await tried(client, job(SIX), chat_target(interval_s=1_800, most_tests_per_hour=2))
    assert reached
    assert (reached.at, reached.values) == (None, {"target": "webchat", "most": "0"})
    assert "The plan leaves none." in str(reached)
    await client.close()


async def test_when_the_agents_time_is_used_up_no_test_by_hand_is_announced(nats: Nats) -> None:
    client = await nats.client("probe-runner")
    sparing = chat_target(most_agent_seconds_per_hour=60)
    await concluded(client, sparing, agent_time_s=30.5)
    await concluded(client, chat_target(id="other"), agent_time_s=500)
    assert await tried(client, job(sparing), sparing) is None
    await concluded(client, sparing, agent_time_s=29.5)

    reached = await tried(client, job(sparing), sparing)
    assert reached
    assert (reached.kind, reached.most) == ("too_much_agent_time", 60)
    assert reached.at
    await check_caps(client, sparing, reached.at + SECOND)
    assert await tried(client, job(sparing), chat_target()) is None, "no cap, no count"
    await client.close()


@pytest.mark.parametrize(
    "garbage",
    [b"", b"{}", b'{"measures": []}', b'{"measures": {"agent_time_s": NaN}}', b'{"measures": {"agent_time_s": "9"}}']
    + [b'{"measures": {"agent_time_s": %s}}' % figure for figure in (b"-5", b"Infinity", b"null", b"1e999")],
)
async def test_what_is_no_figure_takes_no_time(nats: Nats, garbage: bytes) -> None:
    client = await nats.client("probe-runner")
    await client.jetstream().publish("test.passed.webchat", garbage)
    await concluded(client, SIX, agent_time_s=2.5)

    assert [use.amount for use in await agent_time_of(client, SIX.id, datetime.now(UTC))] == [2.5]
    await client.close()


async def test_a_job_by_hand_is_the_job_that_was_made(nats: Nats) -> None:
    client, mine = await nats.client("probe-runner"), job(SIX, test_id=uuid4())
    await announce_by_hand(client, mine, SIX)
    [message] = await messages(nats, "DUE")

    assert TestJob.model_validate(body(message)) == mine
    assert message.subject == f"due.test.webchat.{mine.test_id}"
    await client.close()
