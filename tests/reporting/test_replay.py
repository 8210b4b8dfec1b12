from __future__ import annotations

from natsd import Nats
from recording import publish, running_reporting, started_reporting
from samples import at, failed, happened, opened, passed, uid
from waiting import eventually

from reporting.database import Database
from reporting.periods import Period
from reporting.records import Records
from reporting.replay import follow, forget
from reporting.settings import ReportingSettings
from shared.events import Fact

TESTS = [
    (passed if number % 3 else failed)(number, measures={"agent_time_s": number / 7}, is_drill=number % 5 == 0)
    for number in range(1, 401)
]
TICKET = [opened(), *(happened("FailureRepeated", version) for version in range(2, 51)), happened("Closed", 51)]


async def say_all(nats: Nats) -> None:
    for user, facts in (("probe-runner", TESTS), ("escalation", TICKET)):
        client = await nats.client(user)
        await publish(client, *facts)
        await client.close()


def recorded(database: Database) -> tuple[list[Fact], object, list[Fact], object, object]:
    records, tests, before = Records(database), [], None
    while True:
        page = records.tests(before, 100)
        tests += page.items
        if (before := page.next) is None:
            break
    view = records.ticket(uid("one"))
    timeline = records.timeline(view) if view else []
    return tests, view, timeline, records.latest(["cc-inbound"]), records.agent_time(Period(at(0), at(1_000)))


def is_whole(seen: tuple[list[Fact], object, list[Fact], object, object]) -> bool:
    return len(seen[0]) == len(TESTS) and len(seen[2]) == len(TICKET)


async def test_running_replicas_rebuild_the_record_by_themselves(nats: Nats, url: str) -> None:
    await say_all(nats)
    async with running_reporting(nats, url, "one") as one, running_reporting(nats, url, "two"):

        async def look():
            return recorded(one.database)

        before = await eventually(look, is_whole)
        async with started_reporting(nats, url, "replay", "replay") as replay:
            said, _ = await replay.communicate()
        assert replay.returncode == 0
        assert said.decode().startswith("record wiped (had read: TESTS 400, TICKETS 51); running replicas read again")
        assert await eventually(look, is_whole) == before
        assert before[0] == TESTS[::-1]
        whole = sum(round(number / 7, 3) for number in range(1, 401) if number % 5)
        assert before[4] == {"cc-inbound": round(whole, 3)}


async def test_without_a_running_service_it_follows_by_itself_and_says_how_far_it_is(nats: Nats, url: str) -> None:
    await say_all(nats)
    async with started_reporting(nats, url, "replay", "replay", "--wait") as replay:
        said, _ = await replay.communicate()
    assert replay.returncode == 0
    lines = said.decode().splitlines()
    assert lines[0].startswith("record wiped (had read: nothing)")
    assert "100 % (451 of 451)" in lines
    database = Database(ReportingSettings(**nats.settings("reporting", database_url=url)).database)
    seen = recorded(database)
    database.close()
    assert is_whole(seen)
    assert seen[1].failures == 50


async def test_empty_streams_are_followed_to_their_end_at_once(nats: Nats) -> None:
    settings = ReportingSettings(**nats.settings("reporting"))
    database = Database(settings.database)
    said: list[str] = []
    forget(database)
    await follow(settings, database, said.append)
    database.close()
    assert said == ["100 % (0 of 0)"]
