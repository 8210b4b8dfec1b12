from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pytest
from natsd import Nats
from recording import publish, running_reporting
from samples import NOW, at, card, failed, happened, opened, passed, uid
from waiting import eventually

from reporting.store import Store
from shared import subjects
from shared.asks import (
    BoardRead,
    EvidenceRead,
    ReadBoard,
    ReadEvidence,
    ReadTest,
    ReadTests,
    ReadTicketRecord,
    ReadTicketRecords,
    Refused,
    TestRead,
    TestsRead,
    TicketRead,
    TicketRecordsRead,
)
from shared.events import Fact
from shared.inbox import Move
from shared.vocabulary import Slot, TargetCard, TicketState


async def put_targets(nats: Nats, *cards: TargetCard) -> None:
    client = await nats.client("probe-runner")
    bucket = await client.jetstream().key_value(subjects.PLAN)
    for one in cards:
        await bucket.put(subjects.target_key(one.id), one.model_dump_json().encode())
    await client.close()


async def say(nats: Nats, user: str, *facts: Fact) -> None:
    client = await nats.client(user)
    await publish(client, *facts)
    await client.close()


async def test_the_board_says_how_long_agents_were_kept_today_and_in_the_last_hour(nats: Nats, url: str) -> None:
    """It is 20:30 in Jakarta, so today began 20.5 hours ago."""
    await put_targets(nats, card("cc-inbound"), card("wa-bot"))
    for number, (seconds, ago) in enumerate([(4, 30), (5, 3_599), (7, 3_700), (20, 73_790), (40, 73_900)]):
        fact = passed(number, measures={"agent_time_s": seconds}).model_copy(update={"at": at(-ago)})
        await say(nats, "probe-runner", fact)
    await say(nats, "probe-runner", passed(9, measures={"agent_time_s": 99}, is_drill=True))
    async with running_reporting(nats, url, clock=lambda: at(0)) as reporting:
        board = await eventually(reporting.board, lambda b: len(b.rows) == 2 and len(b.rows[0].recent) == 6)

    first, second = board.rows
    assert (first.agent_time_day_s, first.agent_time_hour_s) == (36.0, 9.0)
    assert (second.agent_time_day_s, second.agent_time_hour_s) == (0.0, 0.0)


async def dead_letters(nats: Nats) -> int:
    client = await nats.client("admin")
    info = await client.jetstream().stream_info(subjects.DEAD)
    await client.close()
    return info.state.messages


async def test_facts_go_in_and_the_board_shows_them(nats: Nats, url: str) -> None:
    await put_targets(nats, card("cc-inbound"), card("wa-bot", interval_s=1_800))
    await say(nats, "probe-runner", passed(1), failed(2))
    await say(nats, "escalation", opened(), opened("two", "gone"))
    async with running_reporting(nats, url, clock=lambda: at(10)) as reporting:
        board = await eventually(
            reporting.board,
            lambda b: len(b.rows) == 2 and b.rows[0].ticket and len(b.rows[0].recent) == 2 and b.notices,
        )
        first, second = board.rows
        assert first.last == failed(2)
        assert first.recent == ("passed", "failed")
        assert first.next_slot == Slot(start=at(60), length_s=60)
        assert first.ticket.number == "SB-one"
        assert (second.last, second.recent, second.ticket) == (None, (), None)
        assert second.next_slot.start == Slot.containing(NOW, 1_800).end
        assert (board.at, board.parked) == (at(10), 0)
        assert board.notices == ("ticket SB-two is opened, but the plan has no target gone",)
        await eventually(reporting.board, lambda b: [beat.service for beat in b.beats] == ["reporting"])

        await say(nats, "probe-runner", passed(3))
        await say(nats, "escalation", happened("Acknowledged", 2), happened("Closed", 3))
        board = await eventually(reporting.board, lambda b: not b.rows[0].ticket and len(b.rows[0].recent) == 3)
        assert board.rows[0].last == passed(3)


async def test_tests_are_read_page_by_page(nats: Nats) -> None:
    facts = [passed(number, "ab"[number % 2]) for number in range(1, 12)]
    await say(nats, "probe-runner", *facts)
    async with running_reporting(nats) as reporting:

        async def newest():
            return (await reporting.read(ReadTests, TestsRead, limit=1)).tests

        await eventually(newest, lambda tests: tests == (facts[-1],))
        found, before = [], None
        while True:
            page = await reporting.read(ReadTests, TestsRead, limit=4, before=before)
            found += page.tests
            if (before := page.next) is None:
                break
        assert found == facts[::-1]
        assert (await reporting.read(ReadTests, TestsRead, target="a")).tests == tuple(facts[1::2][::-1])
        refused = await reporting.ask(ReadTests, TestsRead, before="yesterday")
        assert isinstance(refused, Refused)
        assert (refused.refused, refused.values) == ("bad_cursor", {"before": "yesterday"})
        assert (await reporting.read(ReadTest, TestRead, test_id=facts[0].test_id)).test == facts[0]
        assert (await reporting.read(ReadTest, TestRead, test_id=uid("nobody"))).test is None


async def test_tickets_are_read_with_what_happened_to_them(nats: Nats) -> None:
    facts = [opened(), happened("Acknowledged", 2), happened("Noted", 3), happened("Resolved", 4)]
    await say(nats, "escalation", *facts, opened("two", seconds=9), failed_test := opened("three", "wa-bot", seconds=5))
    async with running_reporting(nats) as reporting:

        async def numbers():
            page = await reporting.read(ReadTicketRecords, TicketRecordsRead)
            return [view.number for view in page.tickets]

        await eventually(numbers, lambda seen: seen == ["SB-two", "SB-three", "SB-one"])
        read = await reporting.read(ReadTicketRecord, TicketRead, ticket=uid("one"))
        assert read.timeline == tuple(facts)
        assert (read.view.state, read.view.version) == (TicketState.RESOLVED, 4)
        first = await reporting.read(ReadTicketRecords, TicketRecordsRead, limit=2)
        rest = await reporting.read(ReadTicketRecords, TicketRecordsRead, limit=2, before=first.next)
        assert [view.number for view in (*first.tickets, *rest.tickets)] == ["SB-two", "SB-three", "SB-one"]
        assert rest.next is None
        only = await reporting.read(ReadTicketRecords, TicketRecordsRead, target=failed_test.target)
        assert [view.number for view in only.tickets] == ["SB-three"]
        refused = await reporting.ask(ReadTicketRecord, TicketRead, ticket=uid("nobody"))
        assert isinstance(refused, Refused)
        assert (refused.refused, refused.values) == ("unknown_ticket", {"ticket": str(uid("nobody"))})


async def test_evidence_comes_in_parts(nats: Nats) -> None:
    body = os.urandom(600_000)
    client = await nats.client("probe-runner")
    await (await client.jetstream().object_store(subjects.EVIDENCE)).put("tests/1/call.ogg", body)
    await client.close()
    async with running_reporting(nats) as reporting:
        data = b""
        while len(data) < len(body):
            part = await reporting.read(ReadEvidence, EvidenceRead, name="tests/1/call.ogg", offset=len(data))
            assert part.size == len(body)
            assert 0 < len(part.data) <= 256 * 1_024
            data += part.data
        assert data == body
        refused = await reporting.ask(ReadEvidence, EvidenceRead, name="tests/2/call.ogg")
        assert isinstance(refused, Refused)
        assert refused.refused == "unknown_evidence"


async def test_a_test_concluded_twice_is_recorded_once(nats: Nats) -> None:
    again = failed(1).model_copy(update={"id": uid("another id"), "at": at(5)})
    await say(nats, "probe-runner", passed(1), again, passed(2))
    async with running_reporting(nats) as reporting:

        async def tests():
            return (await reporting.read(ReadTests, TestsRead)).tests

        assert await eventually(tests, lambda seen: seen and seen[0] == passed(2)) == (passed(2), passed(1))


async def test_what_cannot_be_read_is_parked_and_the_next_is_taken(nats: Nats, url: str) -> None:
    client = await nats.client("probe-runner")
    await publish(client, passed(1))
    await client.jetstream().publish("test.passed.x", b"\xff\x00 no json")
    await client.jetstream().publish("test.passed.x", passed(2).model_dump_json().replace('"id":', '"is":', 1).encode())
    await publish(client, passed(3))
    await client.close()
    async with running_reporting(nats, url) as reporting:

        async def tests():
            return (await reporting.read(ReadTests, TestsRead)).tests

        assert await eventually(tests, lambda seen: len(seen) == 2) == (passed(3), passed(1))
        assert (await eventually(reporting.board, lambda board: board.parked)).parked == 2
    assert await dead_letters(nats) == 2


async def test_what_the_store_cannot_take_is_parked_alone(nats: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.inbox.TRIES", 1)
    take = Store.take

    def take_but_one(store: Store, facts: Sequence[Any], move: Move) -> None:
        if passed(2) in facts:
            raise ArithmeticError("a bug that only one fact brings out")
        take(store, facts, move)

    monkeypatch.setattr(Store, "take", take_but_one)
    await say(nats, "probe-runner", passed(1), passed(2), passed(3))
    async with running_reporting(nats) as reporting:

        async def tests():
            return (await reporting.read(ReadTests, TestsRead)).tests

        assert await eventually(tests, lambda seen: len(seen) == 2) == (passed(3), passed(1))
    assert await dead_letters(nats) == 1


async def test_an_ask_with_a_misspelt_field_is_refused(nats: Nats) -> None:
    async with running_reporting(nats) as reporting:
        body = b'{"command_id": "%s", "actor": {"id": "budi"}, "tarqet": "x"}' % str(uid(1)).encode()
        reply = await reporting.client.request(ReadTests.subject, body, timeout=5)
        refused = Refused.model_validate_json(reply.data)
        assert refused.refused == "malformed"
        assert "tarqet" in refused.message


async def test_two_replicas_share_the_work_and_nothing_comes_twice(nats: Nats, url: str) -> None:
    facts = [passed(number, f"t{number % 7}") for number in range(1, 601)]
    async with running_reporting(nats, url, "one") as one, running_reporting(nats, url, "two") as two:
        for start in range(0, 600, 50):
            await say(nats, "probe-runner", *facts[start : start + 50])
        await say(nats, "escalation", opened(), *(happened("FailureRepeated", version) for version in range(2, 100)))

        async def last():
            read = await two.read(ReadTests, TestsRead, limit=1)
            ticket = await one.ask(ReadTicketRecord, TicketRead, ticket=uid("one"))
            return read.tests, ticket

        def is_all(seen) -> bool:
            return seen[0] == (facts[-1],) and isinstance(seen[1], TicketRead) and seen[1].view.version == 99

        _, ticket = await eventually(last, is_all, 40)
        assert ticket.view.failures == 99
        found, before = [], None
        while True:
            page = await one.read(ReadTests, TestsRead, limit=100, before=before)
            found += page.tests
            if (before := page.next) is None:
                break
        assert found == facts[::-1]


async def test_without_its_database_it_says_so_and_goes_on_when_it_is_back(nats: Nats) -> None:
    (nats.folder / "away.db").mkdir()
    async with running_reporting(nats, f"sqlite:///{nats.folder}/away.db", is_ready=False) as reporting:

        async def ready():
            return await reporting.http("/readyz")

        unready = await eventually(ready, lambda answer: "unable to open database file" in answer.text)
        assert (unready.status_code, unready.json()["ready"]) == (503, False)

        async def refusal():
            return await reporting.try_ask(ReadBoard, BoardRead)

        refused = await eventually(refusal)
        assert (type(refused), refused.refused) == (Refused, "store_away")
        await say(nats, "probe-runner", passed(1))
        (nats.folder / "away.db").rmdir()

        async def tests():
            said = await reporting.ask(ReadTests, TestsRead)
            return said.tests if isinstance(said, TestsRead) else ()

        assert await eventually(tests) == (passed(1),)
        await eventually(ready, lambda answer: answer.status_code == 200)


async def test_a_stream_shorter_than_what_was_read_of_it_is_an_alarm(nats: Nats) -> None:
    from reporting.store import Store  # noqa: PLC0415  only here
    from shared.inbox import Move, position_name  # noqa: PLC0415  only here

    client = await nats.client("admin")
    name = position_name(await client.jetstream().stream_info(subjects.TESTS))
    await client.close()
    async with running_reporting(nats) as first:
        Store(first.database).take([], Move(name, 0, 1_000))
    async with running_reporting(nats, is_ready=False) as reporting:

        async def ready():
            return await reporting.http("/readyz")

        unready = await eventually(ready, lambda answer: "TESTS ends at 0" in answer.text)
        assert unready.status_code == 503


async def test_it_counts_what_it_took_and_what_waits(nats: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reporting.metrics.MEASURE_AGAIN_S", 0.05)
    await say(nats, "probe-runner", passed(1), passed(2))
    async with running_reporting(nats) as reporting:

        async def figures():
            return (await reporting.http("/metrics")).text

        text = await eventually(figures, lambda seen: 'sambung_reporting_facts_taken{stream="TESTS"} 2.0' in seen)
        assert 'sambung_reporting_facts_waiting{stream="TESTS"} 0.0' in text
        assert 'sambung_reporting_facts_taken{stream="TICKETS"} 0.0' in text


async def test_its_document_names_every_ask_it_answers(nats: Nats) -> None:
    async with running_reporting(nats) as reporting:
        document = (await reporting.http("/asyncapi.json")).text
    asks = (ReadBoard, ReadTests, ReadTest, ReadTicketRecord, ReadTicketRecords, ReadEvidence)
    assert [ask.subject for ask in asks if ask.subject not in document] == []
