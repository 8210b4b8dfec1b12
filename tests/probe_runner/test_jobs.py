from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from natsd import Nats
from replicas import facts, messages, pending, replica, replicas, write_plan
from targets import PretendProbe, chat_target, job, until

from probe_runner import jobs as jobs_room
from probe_runner.schedule import job_for
from shared.bus import announce
from shared.events import TestInconclusive, TestMissed, TestPassed
from shared.streams import provision
from shared.vocabulary import Cause, Slot

TARGETS = [chat_target(id=f"t{number}") for number in range(5)]


async def test_a_job_is_run_said_and_acknowledged(nats: Nats, tmp_path: Path) -> None:
    wanted = job(chat_target())
    async with replica(nats, write_plan(tmp_path, chat_target()), PretendProbe()) as one, one.working():
        await announce(one.js, wanted)
        await until(lambda: has_ended(nats, 1))
        await until(lambda: is_idle(nats))

    [fact] = await facts(nats)
    assert isinstance(fact, TestPassed)
    assert (fact.test_id, fact.runner) == (wanted.test_id, "r1")
    [stored] = fact.evidence
    assert stored.name.startswith(f"webchat/{fact.started_at.date()}/{wanted.test_id}/")


async def test_competing_workers_end_each_test_once_although_the_server_is_killed(nats: Nats, tmp_path: Path) -> None:
    probe = PretendProbe(takes_s=0.05)
    slot = Slot.containing(datetime.now(UTC), 60)
    wanted = [
        job_for(target, Slot(start=slot.start + timedelta(minutes=n), length_s=60), slot.start)
        for target in TARGETS
        for n in range(8)
    ]
    async with replicas(nats, write_plan(tmp_path, *TARGETS), probe, 3) as three, AsyncExitStack() as stack:
        for each in wanted:
            await announce(three[0].js, each)
        for one in three:
            await stack.enter_async_context(one.working())
        await until(lambda: len(probe.runs) > 10)
        nats.kill()
        await nats.start()
        await until(lambda: has_ended(nats, len(wanted)), 60)

    ended = await facts(nats)
    assert sorted(str(fact.test_id) for fact in ended) == sorted(str(each.test_id) for each in wanted)
    assert {type(fact) for fact in ended} == {TestPassed}


async def test_no_more_jobs_are_taken_than_places_are_free(nats: Nats, tmp_path: Path) -> None:
    probe = PretendProbe(takes_s=0.2)
    async with replica(nats, write_plan(tmp_path, chat_target()), probe, concurrency=2) as one, one.working():
        for _ in range(5):
            await announce(one.js, job(chat_target()))
        await until(lambda: has_ended(nats, 5))

    assert probe.most_at_once == 2


async def test_a_malformed_job_is_parked_and_the_next_is_taken(nats: Nats, tmp_path: Path) -> None:
    async with replica(nats, write_plan(tmp_path, chat_target()), PretendProbe()) as one, one.working():
        await one.js.publish("due.test.webchat.broken", b'{"test_id": 1}')
        await one.js.publish("due.test.webchat.worse", b"\xff\x00")
        await announce(one.js, job(chat_target()))
        await until(lambda: has_ended(nats, 1))
        await until(lambda: is_idle(nats))

    parked = await messages(nats, "DEAD")
    assert [message.subject for message in parked] == ["dead.probe-runner.DUE.1", "dead.probe-runner.DUE.2"]
    assert "test_id: UUID input should be" in parked[0].headers["Sambung-Reason"]
    assert parked[1].data == b"\xff\x00"


async def test_a_job_that_killed_its_runner_three_times_is_inconclusive(nats: Nats, tmp_path: Path) -> None:
    probe = PretendProbe()
    async with replica(nats, write_plan(tmp_path, chat_target()), probe) as one:
        await announce(one.js, job(chat_target()))
        subscription = await one.js.pull_subscribe_bind(stream="DUE", durable="probe-runner")
        for _ in range(jobs_room.TRIES):
            [message] = await subscription.fetch(1)
            await message.nak()
        await subscription.unsubscribe()
        async with one.working():
            await until(lambda: has_ended(nats, 1))

    [fact] = await facts(nats)
    assert isinstance(fact, TestInconclusive)
    assert (fact.cause, fact.detail) == (
        Cause.PROBER_CRASHED,
        "taken 3 times and never finished: its runner died each time",
    )
    assert probe.runs == []


async def test_a_test_that_ended_before_its_job_came_again_is_not_run_again(nats: Nats, tmp_path: Path) -> None:
    probe, wanted = PretendProbe(), job(chat_target())
    async with replica(nats, write_plan(tmp_path, chat_target()), probe) as one, one.working():
        await announce(one.js, wanted)
        await until(lambda: has_ended(nats, 1))
        await one.js.publish("due.test.webchat.again", wanted.model_dump_json().encode())
        await announce(one.js, job(chat_target()))
        await until(lambda: has_ended(nats, 2))
        await until(lambda: is_idle(nats))

    assert len(probe.runs) == 2
    assert len(await facts(nats)) == 2


async def test_a_job_whose_slot_is_long_over_is_missed(nats: Nats, tmp_path: Path) -> None:
    probe, old = PretendProbe(), datetime.now(UTC) - timedelta(minutes=5)
    late = job_for(chat_target(), Slot.containing(old, 60), old)
    async with replica(nats, write_plan(tmp_path, chat_target()), probe) as one, one.working():
        await announce(one.js, late)
        await until(lambda: has_ended(nats, 1))

    [fact] = await facts(nats)
    assert isinstance(fact, TestMissed)
    assert fact.slot == late.slot
    assert probe.runs == []


async def test_a_target_that_left_the_plan_is_inconclusive(nats: Nats, tmp_path: Path) -> None:
    async with replica(nats, write_plan(tmp_path, chat_target()), PretendProbe()) as one, one.working():
        await announce(one.js, job(chat_target(id="gone")))
        await until(lambda: has_ended(nats, 1))

    assert await endings(nats) == [(Cause.PROBER_MISCONFIGURED, "the target is no longer in the plan")]


async def test_a_probe_that_raises_is_inconclusive_and_says_what_it_was(nats: Nats, tmp_path: Path) -> None:
    probe = PretendProbe(RuntimeError("the sound card is on fire"))
    async with replica(nats, write_plan(tmp_path, chat_target()), probe) as one, one.working():
        await announce(one.js, job(chat_target()))
        await until(lambda: has_ended(nats, 1))

    [(cause, detail)] = await endings(nats)
    assert cause is Cause.PROBER_CRASHED
    assert "the sound card is on fire" in detail


async def test_a_job_in_hand_is_given_to_nobody_else(
    nats: Nats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_room, "ALIVE_EVERY_S", 0.3)
    await shorten_ack_wait(nats, 1)
    probe = PretendProbe(takes_s=3)
    plan = write_plan(tmp_path, chat_target())
    async with replicas(nats, plan, probe, 2) as (first, second), first.working(), second.working():
        await announce(first.js, job(chat_target()))
        await until(lambda: has_ended(nats, 1))

    assert len(probe.runs) == 1


async def test_a_job_whose_worker_died_comes_again(nats: Nats, tmp_path: Path) -> None:
    await shorten_ack_wait(nats, 1)
    plan = write_plan(tmp_path, chat_target())
    async with replica(nats, plan, PretendProbe()) as dead:
        await announce(dead.js, job(chat_target()))
        subscription = await dead.js.pull_subscribe_bind(stream="DUE", durable="probe-runner")
        await subscription.fetch(1)
    probe = PretendProbe()
    async with replica(nats, plan, probe) as alive, alive.working():
        await until(lambda: has_ended(nats, 1))

    assert probe.runs == ["webchat"]


async def test_a_worker_that_stops_gives_its_job_back_at_once(nats: Nats, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, chat_target())
    slow = PretendProbe(takes_s=60)
    async with replica(nats, plan, slow) as first, first.working():
        await announce(first.js, job(chat_target()))
        await until(slow.started.is_set)
    quick = PretendProbe()
    async with replica(nats, plan, quick) as second, second.working():
        await until(lambda: has_ended(nats, 1), 10)

    assert (slow.runs, quick.runs) == (["webchat"], ["webchat"])


async def test_without_its_durable_a_worker_complains_does_not_spin_and_works_again_when_it_is_back(
    nats: Nats, tmp_path: Path
) -> None:
    async with replica(nats, write_plan(tmp_path, chat_target()), PretendProbe()) as one, one.working():
        admin = await nats.client("admin")
        await admin.jetstream().delete_consumer("DUE", "probe-runner")
        await until(lambda: "does not answer" in one.health.complaints().get("jobs", ""))
        said = one.client.stats["out_msgs"]
        await asyncio.sleep(1.5)
        assert one.client.stats["out_msgs"] - said < 20

        await provision(admin.jetstream())
        await admin.close()
        await announce(one.js, job(chat_target()))
        await until(lambda: has_ended(nats, 1))
        await until(lambda: "jobs" not in one.health.complaints())


async def test_old_jobs_that_ended_are_not_ended_again_when_the_durable_is_made_anew(
    nats: Nats, tmp_path: Path
) -> None:
    probe = PretendProbe()
    async with replica(nats, write_plan(tmp_path, chat_target()), probe) as one, one.working():
        slot = Slot.containing(datetime.now(UTC), 60)
        for each in (job_for(chat_target(), slot, datetime.now(UTC)), job(chat_target()), job(chat_target())):
            await announce(one.js, each)
        await until(lambda: has_ended(nats, 3))
        admin = await nats.client("admin")
        await admin.jetstream().delete_consumer("DUE", "probe-runner")
        await provision(admin.jetstream())
        await admin.close()
        await until(lambda: is_idle(nats))

    assert len(await facts(nats)) == len(probe.runs) == 3


async def has_ended(nats: Nats, count: int) -> bool:
    admin = await nats.client("admin")
    info = await admin.jetstream().stream_info("TESTS")
    await admin.close()
    return info.state.messages >= count


async def is_idle(nats: Nats) -> bool:
    return await pending(nats) == 0


async def endings(nats: Nats) -> list[tuple[Cause, str]]:
    return [(fact.cause, fact.detail) for fact in await facts(nats) if isinstance(fact, TestInconclusive)]


async def shorten_ack_wait(nats: Nats, seconds: float) -> None:
    admin = await nats.client("admin")
    info = await admin.jetstream().consumer_info("DUE", "probe-runner")
    info.config.ack_wait = seconds
    await admin.jetstream().add_consumer("DUE", info.config)
    await admin.close()
