from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from faststream.nats import JStream, NatsBroker, PullSub
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from natsd import Nats
from samples import NOW, PIC, card, passed, uid
from waiting import eventually

from shared import subjects
from shared.asks import AcknowledgeTicket, Refused, TicketsListed, TicketView
from shared.bus import TRIES, NobodyAnswered, announce, ask, cloud_event, make_broker, one_line, say
from shared.events import TestJob
from shared.settings import Settings
from shared.vocabulary import Slot


def question(note: str = "") -> AcknowledgeTicket:
    return AcknowledgeTicket(command_id=uid(1), actor=PIC, ticket=uid("one"), note=note)


def job(number: int = 1) -> TestJob:
    slot = Slot.containing(NOW, 60)
    return TestJob(test_id=uid(number), target=card(f"t{number}"), slot=slot, announced_at=NOW)


@asynccontextmanager
async def serving(nats: Nats, user: str) -> AsyncIterator[NatsBroker]:
    broker = make_broker(Settings(**nats.settings(user)))
    yield broker
    await broker.stop()


@pytest.fixture
async def owner(nats: Nats):
    """Escalation, as far as an ask can tell."""
    async with serving(nats, "escalation") as broker:

        @broker.subscriber(AcknowledgeTicket.subject, queue="escalation")
        async def on_acknowledge(said: AcknowledgeTicket) -> TicketsListed | Refused:
            if said.note == "boom":
                raise RuntimeError("boom")
            if said.note == "no":
                return Refused(refused="not_open", message="It is closed.", values={"ticket": str(said.ticket)})
            return TicketsListed(tickets=())

        await broker.start()
        yield broker


@pytest.fixture
async def asker(nats: Nats):
    client = await nats.client("dashboard")
    yield client
    await client.close()


async def parked(nats: Nats) -> list[tuple[str, bytes, dict[str, str]]]:
    admin = await nats.client("admin")
    js = admin.jetstream()
    state = (await js.stream_info(subjects.DEAD)).state
    numbers = range(state.first_seq, state.last_seq + 1) if state.messages else ()
    found = [await js.get_msg(subjects.DEAD, number) for number in numbers]
    await admin.close()
    return [(message.subject, message.data, message.headers) for message in found]


@pytest.mark.usefixtures("owner")
async def test_an_ask_is_answered_or_refused(asker):
    assert await ask(asker, question(), TicketsListed) == TicketsListed(tickets=())
    refused = await ask(asker, question("no"), TicketsListed)
    assert refused == Refused(refused="not_open", message="It is closed.", values={"ticket": str(uid("one"))})


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "valid dictionary"),
        (b"\xff\x00 no json", "valid dictionary"),
        (b"{}", "ticket: Field required"),
        (b"[1]", "valid dictionary"),
        (question().model_dump_json().replace('"note"', '"nota"').encode(), "nota: Extra inputs"),
        (question().model_dump_json().replace(str(uid("one")), "x").encode(), "ticket: Input should be a valid UUID"),
    ],
)
@pytest.mark.usefixtures("owner")
async def test_a_malformed_ask_is_refused_with_what_is_wrong_and_parked(nats, asker, body, wrong):
    reply = await asker.request(AcknowledgeTicket.subject, body, timeout=5)
    refused = Refused.model_validate_json(reply.data)
    assert refused.refused == "malformed"
    assert wrong in refused.message
    ((subject, data, headers),) = await parked(nats)
    assert subject.startswith("dead.escalation.ASK.")
    assert (data or b"") == body
    assert headers["Sambung-Subject"] == AcknowledgeTicket.subject
    assert headers["Sambung-Reason"] == one_line(refused.message)
    assert await ask(asker, question(), TicketsListed) == TicketsListed(tickets=()), "and the service goes on"


@pytest.mark.usefixtures("owner")
async def test_a_bug_is_answered_as_our_own_and_tells_no_secrets(asker):
    refused = await ask(asker, question("boom"), TicketView)
    assert isinstance(refused, Refused)
    assert refused.refused == "internal"
    assert "boom" not in refused.message


async def test_nobody_answers_when_nobody_listens(asker):
    with pytest.raises(NobodyAnswered, match=re.escape(AcknowledgeTicket.subject)):
        await ask(asker, question(), TicketView)


async def test_nobody_answers_when_the_owner_is_too_slow(nats, asker):
    deaf = await nats.client("escalation")
    await deaf.subscribe("ask.ticket.>")
    await deaf.flush()
    with pytest.raises(NobodyAnswered):
        await ask(asker, question(), TicketView, timeout_s=0.2)
    await deaf.close()


def worker(broker: NatsBroker, on_job) -> None:
    # FastStream's pull has an inbox of its own, which the rights of a user must be told of.
    broker.subscriber(
        subjects.ALL_DUE,
        stream=JStream(subjects.DUE, declare=False),
        durable=subjects.PROBE_WORKERS,
        pull_sub=PullSub(batch_size=1),
        inbox_prefix=b"_INBOX_probe-runner.",
    )(on_job)


async def test_a_job_that_fails_is_tried_again_ever_later_and_then_parked(nats):
    tried: dict[str, list[float]] = {}
    clock = asyncio.get_running_loop().time

    async def on_job(taken: TestJob) -> None:
        tried.setdefault(taken.target.id, []).append(clock())
        if taken.target.id == "t1":
            raise RuntimeError("no telephone")

    async with serving(nats, "probe-runner") as broker:
        worker(broker, on_job)
        await broker.start()
        js = (await broker.connect()).jetstream()
        assert await announce(js, job(1))
        assert await announce(js, job(2))

        async def letters():
            return await parked(nats)

        ((subject, data, headers),) = await eventually(letters, within_s=60)
        assert subject == "dead.probe-runner.DUE.1"
        assert TestJob.model_validate_json(data) == job(1)
        assert "no telephone" in headers["Sambung-Reason"]
        assert headers["Sambung-Subject"] == subjects.due(job(1))
        times = tried["t1"]
        assert (len(times), len(tried["t2"])) == (TRIES, 1)
        pauses = [later - earlier for earlier, later in pairwise(times)]
        assert all(pause >= 0.2 * 2**number for number, pause in enumerate(pauses, 1)), pauses

        async def waiting():
            info = await js.consumer_info(subjects.DUE, subjects.PROBE_WORKERS)
            return info.num_ack_pending + info.num_pending

        await eventually(waiting, lambda number: number == 0)


async def test_a_job_nobody_can_read_is_parked_at_once_and_the_next_is_taken(nats):
    taken: list[str] = []

    async def on_job(one: TestJob) -> None:
        taken.append(one.target.id)

    async with serving(nats, "probe-runner") as broker:
        worker(broker, on_job)
        client: Client = await broker.connect()
        js = client.jetstream()
        await js.publish("due.test.x.now", b'{"test_id": "x"}')
        await js.publish("due.test.y.now", b"\xff")
        await announce(js, job(3))
        await broker.start()

        async def seen():
            return list(taken)

        assert await eventually(seen) == ["t3"]
        letters = await parked(nats)
    assert [letter[0] for letter in letters] == ["dead.probe-runner.DUE.1", "dead.probe-runner.DUE.2"]
    assert "target: Field required" in letters[0][2]["Sambung-Reason"]


async def test_a_fact_is_said_with_the_attributes_of_a_cloud_event(nats):
    client = await nats.client("probe-runner")
    fact = passed(1)
    await say(client.jetstream(), fact, "probe-runner")
    message = await client.jetstream().get_msg(subjects.TESTS, 1)
    assert message.subject == "test.passed.cc-inbound"
    assert message.data == fact.model_dump_json().encode()
    assert cloud_event(fact, "probe-runner").items() <= message.headers.items()
    assert message.headers["Nats-Msg-Id"] == message.headers["ce-id"] == str(fact.id)
    assert message.headers["ce-type"] == "sambung.TestPassed"
    await client.close()


async def test_a_fact_said_twice_is_kept_once(nats):
    client = await nats.client("probe-runner")
    js = client.jetstream()
    for _ in range(3):
        await say(js, passed(1), "probe-runner")
    assert (await js.stream_info(subjects.TESTS)).state.messages == 1
    await client.close()


async def test_a_fact_waits_until_the_bus_is_back(nats):
    client = await nats.client("probe-runner")
    nats.kill()
    saying = [asyncio.create_task(say(client.jetstream(), passed(number), "probe-runner")) for number in range(1, 6)]
    done, _ = await asyncio.wait(saying, timeout=1)
    assert not done
    await nats.start()
    await asyncio.wait_for(asyncio.gather(*saying), 30)
    assert (await client.jetstream().stream_info(subjects.TESTS)).state.messages == 5
    await client.close()


async def test_a_job_is_announced_once_by_however_many_also_after_a_kill(nats):
    first, second = await nats.client("probe-runner"), await nats.client("probe-runner")
    said = await asyncio.gather(*(announce(client.jetstream(), job(1)) for client in (first, second) * 5))
    assert sorted(said) == [False] * 9 + [True]
    nats.kill()
    await nats.start()
    third = await nats.client("probe-runner")
    assert not await announce(third.jetstream(), job(1))
    assert await announce(third.jetstream(), job(2))
    for client in (first, second, third):
        await client.close()


@given(st.text(max_size=3_000))
def test_a_reason_is_fit_for_a_header(text):
    line = one_line(text)
    assert line.isascii()
    assert len(line) <= 1_000
    assert not set(line) & set("\r\n")
