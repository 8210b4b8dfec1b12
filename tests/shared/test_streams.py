from __future__ import annotations

from dataclasses import replace

import pytest
from nats.js.errors import APIError
from natsd import Nats
from samples import NOW, card, passed, uid

from shared import subjects
from shared.bus import announce, say
from shared.events import TestJob
from shared.streams import DURABLES, OBJECT_STORES, STREAMS, provision
from shared.vocabulary import Slot


@pytest.fixture
async def js(nats: Nats):
    client = await nats.client("admin")
    yield client.jetstream()
    await client.close()


@pytest.fixture
async def speaker(nats: Nats):
    client = await nats.client("probe-runner")
    yield client.jetstream()
    await client.close()


async def state(js) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in [*(stream.name for stream in STREAMS), "KV_PLAN", "OBJ_EVIDENCE"]:
        info = await js.stream_info(name)
        found[name] = (info.created, info.config, info.state.messages)
    for stream, durable in DURABLES:
        info = await js.consumer_info(stream, durable.durable_name)
        found[f"{stream}/{durable.durable_name}"] = (info.created, info.config, info.num_pending, info.num_ack_pending)
    return found


async def test_provisioning_again_changes_nothing(js, speaker):
    await say(speaker, passed(1), "probe-runner")
    await (await speaker.key_value(subjects.PLAN)).put("target.x", b"1")
    await (await speaker.object_store(subjects.EVIDENCE)).put("call", b"1")
    before = await state(js)
    await provision(js)
    await provision(js)
    assert await state(js) == before


async def test_limits_that_drifted_are_restored_and_the_facts_stay(js, speaker):
    await say(speaker, passed(1), "probe-runner")
    right = (await js.stream_info(subjects.TESTS)).config
    await js.update_stream(replace(right, max_age=60.0, max_bytes=1_000_000, duplicate_window=1.0, description="mine"))
    assert (await js.stream_info(subjects.TESTS)).config != right
    await provision(js)
    info = await js.stream_info(subjects.TESTS)
    assert (info.config, info.state.messages) == (right, 1)


async def test_a_durable_that_drifted_or_is_gone_is_restored(js):
    _, right = DURABLES[0]
    await js.add_consumer(subjects.DUE, config=replace(right, max_deliver=1, ack_wait=1))
    await js.delete_consumer(subjects.TICKETS, subjects.IOC)
    await provision(js)
    config = (await js.consumer_info(subjects.DUE, subjects.PROBE_WORKERS)).config
    assert (config.max_deliver, config.ack_wait) == (-1, 30)
    assert (await js.consumer_info(subjects.TICKETS, subjects.IOC)).name == subjects.IOC


async def test_every_stream_has_a_limit_and_a_time(js):
    for name in [*(stream.name for stream in STREAMS), *(f"OBJ_{store.bucket}" for store in OBJECT_STORES)]:
        config = (await js.stream_info(name)).config
        assert config.max_bytes > 0, name
        assert config.max_age > 0, name
    assert (await js.stream_info("KV_PLAN")).config.max_bytes > 0


async def test_a_due_subject_holds_one_job_also_when_it_was_taken_and_the_server_was_killed(nats, js, speaker):
    job = TestJob(test_id=uid(1), target=card(), slot=Slot.containing(NOW, 60), announced_at=NOW)
    assert await announce(speaker, job)
    subscription = await speaker.pull_subscribe_bind(durable=subjects.PROBE_WORKERS, stream=subjects.DUE)
    (message,) = await subscription.fetch(1)
    await message.ack_sync()
    nats.kill()
    await nats.start()
    assert not await announce(speaker, job.model_copy(update={"test_id": uid(2)}))
    assert (await js.stream_info(subjects.DUE)).state.messages == 1


async def test_a_full_due_stream_is_no_job_announced_before(js, speaker):
    config = (await js.stream_info(subjects.DUE)).config
    await js.update_stream(replace(config, max_bytes=100))
    job = TestJob(test_id=uid(1), target=card(), slot=Slot.containing(NOW, 60), announced_at=NOW)
    with pytest.raises(APIError, match="maximum bytes"):
        await announce(speaker, job)


async def test_the_dead_letter_makes_room_for_the_newest(js, speaker):
    for body in (b"first", b"again"):
        await speaker.publish(subjects.dead("probe-runner", "DUE", 1), body)
    info = await js.stream_info(subjects.DEAD)
    assert info.state.messages == 1
    assert (await js.get_msg(subjects.DEAD, info.state.last_seq)).data == b"again"
