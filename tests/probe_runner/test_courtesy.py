from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client
from natsd import Nats
from targets import chat_target, job, outcome, until

from probe_runner import courtesy
from probe_runner.conclusion import Run, conclude
from probe_runner.courtesy import AgentTimeWatch
from probe_runner.plan_book import PlanBook
from probe_runner.target import Target
from shared.bus import say
from shared.service import Health

SPARING = chat_target(most_agent_seconds_per_hour=60)
NOTICE = "tests kept its agents for 61 s in the last hour, the plan allows 60 s; scheduled tests go on"


async def concluded(client: Client, target: Target, seconds: float) -> None:
    now = datetime.now(UTC)
    ended = conclude(Run(job(target), now, now, "r"), outcome(measures={"agent_time_s": seconds}))
    await say(client.jetstream(), ended, "probe-runner")


def watched(tmp_path: Path, *targets: Target) -> tuple[AgentTimeWatch, Health]:
    health = Health()
    book = PlanBook(tmp_path / "plan.toml", health)
    book.targets = {target.id: target for target in targets}
    book.is_read.set()
    return AgentTimeWatch(book, health), health


async def test_more_agent_time_than_the_cap_is_told_until_the_hour_is_over(nats: Nats, tmp_path: Path) -> None:
    client, now = await nats.client("probe-runner"), datetime.now(UTC)
    watch, health = watched(tmp_path, SPARING, chat_target(id="free"))
    health.notices["plan"] = "of somebody else"
    await concluded(client, chat_target(id="free"), 900)
    await concluded(client, SPARING, 60)
    await watch.look(client, now)
    assert health.notices == {"plan": "of somebody else"}

    await concluded(client, SPARING, 1)
    await watch.look(client, now)
    assert health.notices == {"plan": "of somebody else", "agent time of webchat": NOTICE}

    await watch.look(client, now + timedelta(hours=1, minutes=1))
    assert health.notices == {"plan": "of somebody else"}
    await client.close()


async def test_while_the_bus_is_away_it_looks_again(
    nats: Nats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courtesy, "LOOK_AGAIN_S", 0.05)
    monkeypatch.setattr("probe_runner.stored.ANSWER_LIMIT_S", 0.3)
    client = await nats.client("probe-runner")
    watch, health = watched(tmp_path, SPARING)
    await concluded(client, SPARING, 61)
    nats.kill()
    watching = asyncio.create_task(watch.watch_agent_time(client))
    await until(lambda: not client.is_connected)
    await nats.start()
    await until(lambda: health.notices == {"agent time of webchat": NOTICE})
    watching.cancel()
    await client.close()
