"""The whole service against a real nats-server with the rights on; the probe-runner and the people are played."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from gate import Gate
from natsd import Nats
from postgres import fresh_database
from pydantic import TypeAdapter
from tellings import BUDI, failed, inconclusive, passed, uid, wish

from escalation.app import durable_for, make_app
from escalation.application import Tickets
from escalation.settings import Settings
from shared.asks import (
    AcknowledgeTicket,
    CancelTicket,
    CloseTicket,
    ListTickets,
    NoteTicket,
    ReadTicket,
    Refused,
    ResolveTicket,
    RunTicketTest,
    TestAnnounced,
    TicketRead,
    TicketsListed,
    TicketView,
)
from shared.bus import ask, say
from shared.events import AnyTicketFact, TicketFact
from shared.inbox import StoreAway
from shared.vocabulary import Origin, TicketState

FACTS: TypeAdapter[TicketFact] = TypeAdapter(AnyTicketFact)


@dataclass
class Stage:
    """A running escalation and everybody around it."""

    nats: Nats
    app: Any
    settings: Settings
    probe_runner: Any = None
    ioc: Any = None
    asked: list[RunTicketTest] = field(default_factory=list)
    heard: list[TicketFact] = field(default_factory=list)

    async def tell(self, fact: Any) -> None:
        await say(self.probe_runner.jetstream(), fact, "probe-runner")

    async def ask(self, question: Any, answer: Any) -> Any:
        return await ask(self.ioc, question, answer)

    async def until(self, condition: Callable[[], Any]) -> Any:
        async with asyncio.timeout(20):
            while not (found := condition()):
                await asyncio.sleep(0.02)
        return found

    async def heard_one(self, kind: str) -> Any:
        return await self.until(lambda: next((fact for fact in self.heard if fact.type == kind), None))

    async def ready(self) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/readyz")

    async def wait_until_ready(self) -> None:
        async with asyncio.timeout(20):
            while (await self.ready()).status_code != httpx.codes.OK:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def playing(nats: Nats, database_url: str, open_tickets: Any = None, **more: Any) -> AsyncIterator[Stage]:
    settings = Settings(**nats.settings("escalation", database_url=database_url, **more))
    opener = open_tickets or (lambda: Tickets(settings.event_store))
    stage = Stage(nats, make_app(settings, opener, lambda: datetime.now(UTC)), settings)
    stage.probe_runner, stage.ioc = await nats.client("probe-runner"), await nats.client("ioc")

    async def hear(message: Any) -> None:
        stage.heard.append(FACTS.validate_json(message.data))

    await stage.ioc.subscribe("ticket.>", cb=hear)
    await stage.app.start()
    try:
        yield stage
    finally:
        await stage.app.stop()
        await stage.probe_runner.close()
        await stage.ioc.close()


async def announce_tests(stage: Stage) -> None:
    """Be a probe-runner that announces what is asked of it."""

    async def on_run(message: Any) -> None:
        question = RunTicketTest.model_validate_json(message.data)
        stage.asked.append(question)
        await message.respond(TestAnnounced(test_id=question.test_id).model_dump_json().encode())

    await stage.probe_runner.subscribe("order.test.run", cb=on_run)


@pytest.fixture
async def stage(nats: Nats, database_url: str) -> AsyncIterator[Stage]:
    async with playing(nats, database_url) as set_up:
        await set_up.wait_until_ready()
        yield set_up


async def test_a_failing_test_becomes_a_ticket_that_the_ioc_hears_of(stage):
    await stage.tell(failed())

    opened = await stage.heard_one("TicketOpened")

    assert (opened.target, opened.test_id) == ("cc-inbound", failed().test_id)
    listed = await stage.ask(ListTickets(command_id=uuid4(), actor=BUDI), TicketsListed)
    assert [one.ticket for one in listed.tickets] == [opened.ticket]


async def test_a_person_acknowledges_and_a_repeated_command_does_nothing_twice(stage):
    await stage.tell(failed())
    opened = await stage.heard_one("TicketOpened")
    command = wish(AcknowledgeTicket, opened.ticket, note="on it")

    first = await stage.ask(command, TicketView)
    again = await stage.ask(command, TicketView)
    other = await stage.ask(wish(AcknowledgeTicket, opened.ticket), TicketView)

    assert first.state is TicketState.ACKNOWLEDGED
    assert again == first
    assert (other.refused, other.values["by"]) == ("already_acknowledged", "budi")
    read = await stage.ask(wish(ReadTicket, opened.ticket), TicketRead)
    assert [fact.type for fact in read.timeline] == ["TicketOpened", "TicketTestRequested", "TicketAcknowledged"]


async def test_a_claim_is_tested_and_a_pass_closes(stage):
    await announce_tests(stage)
    await stage.tell(failed())
    opened = await stage.heard_one("TicketOpened")

    claimed = await stage.ask(wish(ResolveTicket, opened.ticket, note="card changed"), TicketView)
    asked = await stage.until(lambda: next((one for one in stage.asked if one.origin is Origin.RETEST), None))
    await stage.tell(passed(asked.test_id, origin=Origin.RETEST, started_at=datetime.now(UTC)))
    closed = await stage.heard_one("TicketClosed")

    assert claimed.state is TicketState.RESOLVED
    assert (asked.test_id, asked.ticket, asked.target) == (claimed.retest, opened.ticket, "cc-inbound")
    assert closed.test_id == asked.test_id


async def test_a_claim_that_does_not_hold_reopens(stage):
    await announce_tests(stage)
    await stage.tell(failed())
    opened = await stage.heard_one("TicketOpened")

    await stage.ask(wish(ResolveTicket, opened.ticket), TicketView)
    asked = await stage.until(lambda: next((one for one in stage.asked if one.origin is Origin.RETEST), None))
    await stage.tell(failed(asked.test_id, origin=Origin.RETEST, started_at=datetime.now(UTC)))
    reopened = await stage.heard_one("TicketReopened")

    assert reopened.test_id == asked.test_id
    read = await stage.ask(wish(ReadTicket, opened.ticket), TicketRead)
    assert read.view.state is TicketState.REOPENED


async def test_an_unconfirmed_ticket_asks_for_a_confirming_test_and_a_failure_confirms(stage):
    await announce_tests(stage)
    await stage.tell(failed(is_drill=True))

    asked = await stage.until(lambda: stage.asked)
    await stage.tell(failed(asked[0].test_id, origin=Origin.CONFIRMING, is_drill=True))
    await stage.heard_one("TicketFailureRepeated")

    assert (asked[0].origin, asked[0].is_drill, asked[0].actor.id) == (Origin.CONFIRMING, True, "escalation")
    listed = await stage.ask(ListTickets(command_id=uuid4(), actor=BUDI), TicketsListed)
    assert listed.tickets[0].is_confirmed


async def test_people_note_close_and_cancel(stage):
    await stage.tell(failed())
    await stage.tell(failed(target="cc-bot"))
    await stage.until(lambda: len([fact for fact in stage.heard if fact.type == "TicketOpened"]) == 2)
    one, two = (fact.ticket for fact in stage.heard if fact.type == "TicketOpened")

    noted = await stage.ask(wish(NoteTicket, one, note="waiting for the carrier"), TicketView)
    closed = await stage.ask(wish(CloseTicket, one, reason="mended and tried by hand"), TicketView)
    cancelled = await stage.ask(wish(CancelTicket, two, reason="planned work"), TicketView)
    refused = await stage.ask(wish(NoteTicket, two, note="too late"), TicketView)

    assert noted.state is TicketState.OPENED
    assert (closed.state, cancelled.state) == (TicketState.CLOSED, TicketState.CANCELLED)
    assert refused.refused == "ticket_over"


async def test_what_is_no_ask_and_what_asks_for_nothing_is_refused(stage):
    malformed = await stage.ioc.request("ask.ticket.acknowledge", b'{"ticket": "what?"}', timeout=5)
    unknown = await stage.ask(wish(AcknowledgeTicket, uid("never was")), TicketView)

    assert json.loads(malformed.data)["refused"] == "malformed"
    assert unknown.refused == "ticket_unknown"


async def test_a_malformed_test_is_parked_and_the_next_is_taken(stage):
    await stage.probe_runner.jetstream().publish("test.failed.cc-inbound", b"garbage")
    await stage.tell(failed())

    await stage.heard_one("TicketOpened")

    admin = await stage.nats.client("admin")
    parked = await admin.jetstream().get_msg("DEAD", seq=1)
    await admin.close()
    assert (parked.subject, parked.data) == ("dead.escalation.TESTS.1", b"garbage")


async def test_a_wish_waits_for_a_probe_runner_and_keeps_no_other_waiting(stage):
    await stage.tell(failed())
    await stage.tell(failed(target="cc-bot"))
    await stage.until(lambda: len([fact for fact in stage.heard if fact.type == "TicketOpened"]) == 2)
    one, two = (fact.ticket for fact in stage.heard if fact.type == "TicketOpened")
    await stage.ask(wish(ResolveTicket, one), TicketView)  # nobody there to test it yet

    await announce_tests(stage)
    await stage.ask(wish(ResolveTicket, two), TicketView)

    wanted = lambda: {question.ticket for question in stage.asked if question.origin is Origin.RETEST}  # noqa: E731
    await stage.until(lambda: two in wanted())
    await stage.until(lambda: one in wanted())


async def test_a_store_that_is_away_at_first_is_waited_for(nats, tmp_path: Path):
    here = asyncio.Event()
    settings = Settings(**nats.settings("escalation", database_url=f"sqlite:///{tmp_path}/late.db"))

    def open_tickets() -> Tickets:
        if not here.is_set():
            raise StoreAway("no route to the database")
        return Tickets(settings.event_store)

    async with playing(nats, settings.database_url, open_tickets) as stage:
        await stage.tell(failed())
        unready = await stage.ready()
        answer = await stage.ask(ListTickets(command_id=uuid4(), actor=BUDI), TicketsListed)

        here.set()
        await stage.wait_until_ready()
        await stage.heard_one("TicketOpened")

    assert unready.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "store" in unready.json()["missing"]
    assert isinstance(answer, Refused)
    assert answer.refused == "store_away"


async def test_a_database_that_goes_away_is_waited_for_and_nothing_is_lost(nats):
    gate = Gate(fresh_database())
    await gate.open()
    async with playing(nats, gate.url) as stage:
        await stage.wait_until_ready()
        await stage.tell(failed("before"))
        opened = await stage.heard_one("TicketOpened")

        await gate.shut()
        await stage.tell(failed("meanwhile"))
        answer = await stage.ask(wish(AcknowledgeTicket, opened.ticket), TicketView)
        async with asyncio.timeout(20):
            while (unready := await stage.ready()).status_code == httpx.codes.OK:
                await asyncio.sleep(0.05)
        await gate.open()
        await stage.heard_one("TicketFailureRepeated")
        await stage.wait_until_ready()

    assert "store" in unready.json()["missing"]
    assert answer.refused == "store_away"
    await gate.shut()


async def test_metrics_tell_what_is_open_and_what_waits(stage):
    await stage.tell(failed())
    await stage.heard_one("TicketOpened")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=stage.app), base_url="http://here") as client:
        async with asyncio.timeout(20):
            while "sambung_escalation_tickets_open 1.0" not in (await client.get("/metrics")).text:
                await asyncio.sleep(0.1)
        told = (await client.get("/metrics")).text

    assert "sambung_escalation_facts_taken 1.0" in told
    assert "sambung_escalation_outbox_published 2.0" in told


async def test_an_inconclusive_test_opens_nothing(stage):
    await stage.tell(inconclusive())
    await stage.tell(failed(target="cc-bot"))

    await stage.heard_one("TicketOpened")

    assert {fact.target for fact in stage.heard} == {"cc-bot"}


def test_a_durable_has_no_dot_in_its_name():
    assert durable_for("host.example-7") == "escalation-host-example-7"
