"""Every user against a real server: what it must not say or hear, and what it must be able to."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import nats as natspy
import pytest
from nats.aio.client import Client
from natsd import Nats
from samples import opened, passed
from waiting import eventually

from shared import subjects
from shared.rights import USERS
from shared.settings import Settings

THE_END = "the.end"
ASKS = {
    "ask.test.run",
    "ask.ticket.acknowledge",
    "ask.ticket.close",
    "ask.record.board",
}
FACTS = {"test.passed.cc-inbound", "test.failed.cc-inbound", "ticket.opened.one", "ticket.closed.one"}
RULES = {
    "$JS.API.STREAM.DELETE.TESTS",
    "$JS.API.STREAM.PURGE.TESTS",
    "$JS.API.STREAM.UPDATE.TESTS",
    "$JS.API.STREAM.CREATE.MINE",
    "$JS.API.STREAM.MSG.DELETE.TICKETS",
    "$JS.API.STREAM.SNAPSHOT.TICKETS",
    "$JS.API.CONSUMER.DELETE.TICKETS.ioc",
    "$JS.API.CONSUMER.CREATE.TICKETS.ioc",
    "$JS.API.CONSUMER.CREATE.TICKETS.ioc.ticket.>",
    "$JS.API.CONSUMER.DURABLE.CREATE.TICKETS.ioc",
    "$JS.API.CONSUMER.RESET.TICKETS.ioc",
    "$JS.API.CONSUMER.MSG.NEXT.TICKETS.ioc",
    "$JS.ACK.TICKETS.ioc.1.1.1.1.0",
    "$JS.API.CONSUMER.DELETE.DUE.probe-runner",
    "$JS.API.CONSUMER.MSG.NEXT.DUE.probe-runner",
    "$JS.API.CONSUMER.DELETE.TICKETS.escalation-test-requests",
    "$JS.API.CONSUMER.MSG.NEXT.TICKETS.escalation-test-requests",
    "$SYS.REQ.SERVER.PING",
    "$KV.PLAN.target.x",
    "$O.EVIDENCE.C.x",
    "due.test.cc-inbound.now",
    "dead.lab.TESTS.1",
    "beat.lab.one",
    "anything",
    "order.test.run",
}
SAYABLE = ASKS | FACTS | RULES
HEARABLE = {
    "test.>",
    "ticket.>",
    "due.>",
    "dead.>",
    "beat.>",
    "ask.>",
    "ask.test.>",
    "ask.ticket.>",
    "ask.record.>",
    "$KV.>",
    "$O.>",
    "$JS.>",
    "$SYS.>",
    "_INBOX.>",
    ">",
    "*.>",
    *(user.inbox for user in USERS),
    *(user.inbox.replace(">", "*.one") for user in USERS),
}


@dataclass(frozen=True)
class May:
    """Of ``SAYABLE`` and ``HEARABLE`` what a user is allowed, and what else it needs; all the rest it must not."""

    say: set[str]
    hear: set[str] = field(default_factory=set)


MAY = {
    "admin": May(
        {
            "$JS.API.STREAM.DELETE.TESTS",
            "$JS.API.STREAM.PURGE.TESTS",
            "$JS.API.STREAM.UPDATE.TESTS",
            "$JS.API.STREAM.CREATE.MINE",
            "$JS.API.STREAM.MSG.DELETE.TICKETS",
            "$JS.API.STREAM.SNAPSHOT.TICKETS",
            *(rule for rule in RULES if rule.startswith("$JS.API.CONSUMER.")),
            "$KV.PLAN.target.x",
            "$O.EVIDENCE.C.x",
        },
        {"beat.>", "dead.>"},
    ),
    "supervisor": May({"beat.lab.one", "beat.escalation.one"}),
    "probe-runner": May(
        {
            "test.passed.cc-inbound",
            "test.failed.cc-inbound",
            "due.test.cc-inbound.now",
            "$KV.PLAN.target.x",
            "$O.EVIDENCE.C.x",
            "beat.probe-runner.one",
            "dead.probe-runner.DUE.1",
            "$JS.API.CONSUMER.MSG.NEXT.DUE.probe-runner",
        },
        {"ask.test.>", "order.test.>"},
    ),
    "escalation": May(
        {
            "ticket.opened.one",
            "ticket.closed.one",
            "order.test.run",
            "beat.escalation.one",
            "dead.escalation.TESTS.1",
            "$JS.API.CONSUMER.CREATE.TESTS.escalation-one",
            "$JS.API.CONSUMER.RESET.TESTS.escalation-one",
            "$JS.API.CONSUMER.MSG.NEXT.TICKETS.escalation-test-requests",
        },
        {"ask.ticket.>"},
    ),
    "reporting": May(
        {
            "beat.reporting.one",
            "dead.reporting.TESTS.1",
            "$JS.API.CONSUMER.CREATE.TESTS.reporting-TESTS-one",
            "$JS.API.CONSUMER.CREATE.TICKETS.reporting-TICKETS-one",
            "$JS.API.STREAM.MSG.GET.OBJ_EVIDENCE",
            "$JS.API.DIRECT.GET.KV_PLAN.$KV.PLAN.target.x",
        },
        {"ask.record.>", "beat.>"},
    ),
    "dashboard": May({*ASKS, "beat.dashboard.one"}),
    "ioc": May(
        {
            "ask.ticket.acknowledge",
            "ask.ticket.close",
            "$JS.API.CONSUMER.MSG.NEXT.TICKETS.ioc",
            "$JS.API.CONSUMER.INFO.TICKETS.ioc",
            "$JS.ACK.TICKETS.ioc.1.1.1.1.0",
        },
        {"ticket.>"},
    ),
    "operator": May({"ask.test.run", "ask.record.board"}, {"test.>", "beat.>"}),
}


@asynccontextmanager
async def watched(nats: Nats, user: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A connection of ``user``, and the violations that the server tells it of."""
    violations: list[str] = []

    async def on_error(error: Exception) -> None:
        violations.append(str(error))

    settings = Settings(**nats.settings(user))
    client = await natspy.connect(
        nats.url,
        user=user,
        password=settings.nats_password.get_secret_value(),
        inbox_prefix=settings.inbox,
        error_cb=on_error,
    )
    yield client, violations
    await client.close()


async def all_told(client: Client, violations: list[str]) -> None:
    """The server tells of violations in their order: when it told of the last, it told of all."""
    await client.publish(THE_END, b"")

    async def told() -> bool:
        return any(THE_END in text for text in violations)

    await eventually(told)


def denied(violations: list[str], verb: str) -> set[str]:
    found = [re.search(rf'(?i)permissions violation for {verb} to "([^"]+)"', text) for text in violations]
    return {match[1].lower() for match in found if match}


def low(names: set[str]) -> set[str]:
    """nats-py hands the server's words on in lower case."""
    return {name.lower() for name in names}


def test_the_table_names_every_user():
    assert set(MAY) == {user.name for user in USERS}


@pytest.mark.parametrize("user", MAY)
async def test_a_user_says_what_it_may_and_nothing_else(nats: Nats, user: str):
    async with watched(nats, user) as (client, violations):
        for subject in SAYABLE | MAY[user].say:
            await client.publish(subject, b"")
        await all_told(client, violations)
    assert denied(violations, "publish") == low(SAYABLE - MAY[user].say) | {THE_END}


@pytest.mark.parametrize("user", MAY)
async def test_a_user_hears_what_it_may_and_nothing_else(nats: Nats, user: str):
    mine = {pattern for pattern in HEARABLE if pattern.startswith(f"_INBOX_{user}.")}
    async with watched(nats, user) as (client, violations):
        for subject in HEARABLE:
            await client.subscribe(subject)
        await all_told(client, violations)
    assert denied(violations, "subscription") == low(HEARABLE - MAY[user].hear - mine)


async def test_what_may_not_be_said_does_not_arrive(nats: Nats):
    async with watched(nats, "probe-runner") as (client, _):
        await client.publish(opened().subject, opened().model_dump_json().encode())
        await client.publish(passed().subject, passed().model_dump_json().encode())
        await client.flush()
    admin = await nats.client("admin")
    js = admin.jetstream()
    assert (await js.stream_info(subjects.TICKETS)).state.messages == 0
    assert (await js.stream_info(subjects.TESTS)).state.messages == 1
    await admin.close()


async def test_the_ioc_reads_tickets_live_and_from_its_durable(nats: Nats):
    escalation, ioc = await nats.client("escalation"), await nats.client("ioc")
    live = await ioc.subscribe("ticket.>")
    await ioc.flush()
    fact = opened()
    await escalation.jetstream().publish(fact.subject, fact.model_dump_json().encode())
    assert (await live.next_msg(5)).data == fact.model_dump_json().encode()
    durable = await ioc.jetstream().pull_subscribe_bind(stream=subjects.TICKETS, durable=subjects.IOC)
    (message,) = await durable.fetch(1, timeout=5)
    await message.ack_sync()
    assert message.data == fact.model_dump_json().encode()
    for client in (escalation, ioc):
        await client.close()


async def test_an_answer_may_be_given_to_whoever_asked(nats: Nats):
    async with watched(nats, "escalation") as (owner, wrong), watched(nats, "ioc") as (asker, _):

        async def answer(message):
            await message.respond(b"yes")

        await owner.subscribe("ask.ticket.>", cb=answer)
        await owner.flush()
        assert (await asker.request("ask.ticket.acknowledge", b"", timeout=5)).data == b"yes"
    assert wrong == []


@pytest.mark.parametrize("login", [{}, {"user": "admin", "password": "guess"}, {"user": "nobody", "password": "x"}])
async def test_nobody_comes_in_without_a_password(nats: Nats, login: dict[str, str]):
    async def ignore(_error: Exception) -> None:
        """The refusal is raised as well."""

    with pytest.raises(natspy.errors.Error):
        await natspy.connect(nats.url, allow_reconnect=False, max_reconnect_attempts=1, error_cb=ignore, **login)
