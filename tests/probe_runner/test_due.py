from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nats.errors
from natsd import Nats
from replicas import Replica, messages, replica, replicas, write_plan
from targets import PretendProbe, chat_target, until

from shared.vocabulary import Slot

TARGETS = [chat_target(id=f"t{number}", interval_s=60) for number in range(4)]


def moments(slots: int) -> list[datetime]:
    start = Slot.containing(datetime.now(UTC), 60).start
    return [start + timedelta(seconds=60 * number + 30) for number in range(slots)]


async def announce_all(one: Replica, whens: list[datetime]) -> None:
    for moment in whens:
        while True:
            with suppress(nats.errors.Error, TimeoutError):
                await one.announcer.announce_due(one.js, moment)
                break
            await asyncio.sleep(0.05)


def subjects_of(whens: list[datetime]) -> set[str]:
    return {f"due.test.{target.id}.{Slot.containing(moment, 60).token}" for target in TARGETS for moment in whens}


async def test_competing_schedulers_make_one_job_per_slot(nats: Nats, tmp_path: Path) -> None:
    whens = moments(5)
    async with replicas(nats, write_plan(tmp_path, *TARGETS), PretendProbe(), 3) as three:
        await asyncio.gather(*(announce_all(one, whens) for one in three))

    due = await messages(nats, "DUE")
    assert {message.subject for message in due} == subjects_of(whens)
    assert len(due) == len(TARGETS) * len(whens)


async def test_schedulers_make_no_second_job_after_the_server_was_killed(nats: Nats, tmp_path: Path) -> None:
    whens = moments(6)
    plan = write_plan(tmp_path, *TARGETS)
    async with replicas(nats, plan, PretendProbe(), 2) as two:
        await announce_all(two[0], whens[:2])
        rest = asyncio.gather(*(announce_all(one, whens) for one in two))
        await asyncio.sleep(0)
        nats.kill()
        await nats.start()
        await rest
    async with replica(nats, plan, PretendProbe()) as fresh:  # remembers nothing of what was announced
        await announce_all(fresh, whens)

    due = await messages(nats, "DUE")
    assert sorted(message.subject for message in due) == sorted(subjects_of(whens))


async def test_a_scheduler_asks_the_stream_once_per_slot(nats: Nats, tmp_path: Path) -> None:
    async with replica(nats, write_plan(tmp_path, *TARGETS), PretendProbe()) as one:
        [moment] = moments(1)
        await one.announcer.announce_due(one.js, moment)
        said = one.client.stats["out_msgs"]
        await one.announcer.announce_due(one.js, moment + timedelta(seconds=1))

        assert one.client.stats["out_msgs"] == said


async def test_a_scheduler_says_when_it_cannot_announce_and_when_it_can_again(nats: Nats, tmp_path: Path) -> None:
    target = chat_target(id="often", interval_s=10)
    async with replica(nats, write_plan(tmp_path, target), PretendProbe()) as one:
        task = asyncio.create_task(one.announcer.announce_slots(one.client))
        nats.kill()
        await until(lambda: "cannot be announced" in one.health.complaints().get("schedule", ""), 40)
        await nats.start()
        await until(lambda: "schedule" not in one.health.complaints(), 40)

        # The slot may have turned meanwhile: then nothing is due, and nothing wrong, until its jitter is over.
        await until(lambda: is_announced(nats), 40)
        task.cancel()


async def is_announced(nats: Nats) -> bool:
    return bool(await messages(nats, "DUE"))
