from __future__ import annotations

import asyncio
import random
import signal
import sys

import pytest
from natsd import Nats
from recording import environment, publish, started_reporting
from samples import happened, opened, passed, uid
from waiting import eventually

from reporting.database import Database
from reporting.records import Records
from reporting.settings import ReportingSettings
from reporting.store import Store
from shared import subjects
from shared.asks import BoardRead, ReadBoard
from shared.bus import NobodyAnswered, ask
from shared.inbox import position_name

FACTS = 2_000
KILLS = 5
AHEAD = 150
"""The flow waits for the reader, so that every kill hits it at work."""


async def test_killed_again_and_again_it_records_every_fact_once(nats: Nats, url: str) -> None:
    database = Database(ReportingSettings(**nats.settings("reporting", database_url=url)).database)
    store, client = Store(database), await nats.client("probe-runner")
    admin = await nats.client("admin")
    name = position_name(await admin.jetstream().stream_info(subjects.TESTS))
    tests = [passed(number, f"t{number % 11}") for number in range(1, FACTS + 1)]
    ticket = [opened(), *(happened("FailureRepeated", version) for version in range(2, 201))]

    async def position() -> int:
        return await asyncio.to_thread(store.position, name)

    async def flow() -> None:
        other = await nats.client("escalation")
        for start in range(0, FACTS, 50):
            await publish(client, *tests[start : start + 50])
            await publish(other, *ticket[start // 10 : start // 10 + 5])
            await eventually(position, lambda seen, start=start: seen + AHEAD >= start, 60)
        await other.close()

    flowing = asyncio.create_task(flow())
    for end in sorted(random.sample(range(50, FACTS - 300), KILLS)):
        async with started_reporting(nats, url) as reporting:
            await eventually(position, lambda seen, end=end: seen >= end, 60)
            reporting.send_signal(signal.SIGKILL)
            assert await reporting.wait() == -signal.SIGKILL
    async with started_reporting(nats, url):
        await flowing
        records = Records(database)

        async def seen():
            view = records.ticket(uid("one"))
            return await position(), view.version if view else 0

        await eventually(seen, lambda now: now == (FACTS, 200), 60)
    found, before = [], None
    while True:
        page = records.tests(before, 100)
        found += page.items
        if (before := page.next) is None:
            break
    assert found == tests[::-1]
    view = records.ticket(uid("one"))
    assert view.failures == 200
    assert records.timeline(view) == ticket
    database.close()
    for each in (client, admin):
        await each.close()


async def test_sigterm_ends_it_in_good_order(nats: Nats) -> None:
    client = await nats.client("dashboard")

    async def board():
        try:
            return await ask(client, ReadBoard(command_id=uid(1), actor={"id": "budi"}), BoardRead)
        except NobodyAnswered:
            return None

    async with started_reporting(nats) as reporting:
        await eventually(board)
        reporting.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(reporting.wait(), 20) in {0, -signal.SIGTERM}
    await client.close()


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (["rebuild"], {}, "usage: python -m reporting [replay [--wait]]"),
        ([], {"SAMBUNG_DATABASE_URL": "mysql://me:geheim@db/x"}, "SAMBUNG_DATABASE_URL: Value error, not a database"),
        ([], {"SAMBUNG_HTTP_PORT": "99999"}, "SAMBUNG_HTTP_PORT: Input should be less than or equal to 65535"),
        ([], {"SAMBUNG_DATABASE_PASSWORD_FILE": "/nowhere"}, "No such file or directory: '/nowhere'"),
    ],
)
async def test_what_only_a_person_can_mend_ends_it_with_a_clear_line(nats: Nats, words, variables, said) -> None:
    command = (sys.executable, "-m", "reporting", *words)
    process = await asyncio.create_subprocess_exec(
        *command, env={**environment(nats), **variables}, stderr=asyncio.subprocess.PIPE
    )
    _, wrong = await process.communicate()
    assert process.returncode == 2
    assert said in wrong.decode()
    assert "geheim" not in wrong.decode()
    assert "Traceback" not in wrong.decode()


async def test_a_replay_without_its_database_wipes_nothing_and_says_so(nats: Nats) -> None:
    (nats.folder / "away.db").mkdir()
    url = f"sqlite:///{nats.folder}/away.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "reporting", "replay", env=environment(nats, url), stderr=asyncio.subprocess.PIPE
    )
    _, wrong = await process.communicate()
    assert process.returncode == 1
    assert "nothing wiped, the database is away" in wrong.decode()
