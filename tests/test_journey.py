"""One journey through everything, written once, run embedded and scaled.

A call fails, the IOC has a ticket, the board shows it, the claim is tested, the record is whole.
"""

import asyncio
import json
import os
import signal
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from browser import WHY_NOT, has_browser, open_page
from worlds import World, embedded, has_engine, scaled, start_demo

TARGET, NUMBER = "cc-inbound", "1500600"
PATIENCE_S = 90


@pytest.fixture(
    params=[
        pytest.param(embedded, id="embedded"),
        pytest.param(
            scaled,
            id="scaled",
            marks=[
                pytest.mark.containers,
                pytest.mark.skipif(
                    not has_engine(), reason="no container engine answers, so the scaled mode was not run"
                ),
            ],
        ),
    ]
)
async def world(request, tmp_path):
    async with request.param(tmp_path) as running:
        yield running


async def until(look, wanted, patience_s=PATIENCE_S):
    """Look again and again until what is seen is wanted; the last sight is in the error."""
    seen = None
    try:
        async with asyncio.timeout(patience_s):
            while True:
                seen = await look()
                if wanted(seen):
                    return seen
                await asyncio.sleep(0.3)
    except TimeoutError:
        raise AssertionError(f"never came: the last sight was {json.dumps(seen, default=str)[:3000]}") from None


class Ioc:
    """The IOC's own tooling: nats-py and the published contract, nothing else."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.facts: list[dict] = []

    @asynccontextmanager
    async def at_work(self):
        self.client = await self.world.client("ioc")
        reading = asyncio.create_task(self.read())
        try:
            yield self
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await self.client.close()

    async def read(self) -> None:
        consumer = await self.client.jetstream().pull_subscribe_bind(stream="TICKETS", durable="ioc")
        while True:
            try:
                for message in await consumer.fetch(10, timeout=2):
                    self.facts.append(json.loads(message.data))
                    await message.ack()
            except Exception:  # noqa: BLE001  a patient consumer: the bus may be away for a while
                await asyncio.sleep(0.2)

    async def heard(self, kind: str, count: int = 1) -> dict:
        """The ``count``-th fact of a kind about the target."""

        async def look() -> list[dict]:
            return [fact for fact in self.facts if fact["type"] == kind and fact["target"] == TARGET]

        return (await until(look, lambda facts: len(facts) >= count))[count - 1]

    async def says(self, verb: str, ticket: str, **words: str) -> dict:
        answer = await self.world.ask(self.client, f"ask.ticket.{verb}", ticket=ticket, **words)
        assert "refused" not in answer, answer
        return answer


async def run_test(world: World, operator) -> str:
    answer = await world.ask(operator, "ask.test.run", target=TARGET)
    assert "test_id" in answer, answer
    return answer["test_id"]


async def ending(world: World, client, test_id: str) -> dict:
    async def look() -> dict:
        return (await world.ask(client, "ask.record.test", test_id=test_id)).get("test") or {}

    return await until(look, bool)


@pytest.mark.skipif(not has_browser(), reason=WHY_NOT)
async def test_a_failed_call_becomes_a_ticket_that_only_a_passing_retest_closes(world):
    operator, dashboard = await world.client("operator"), await world.client("dashboard")
    try:
        async with Ioc(world).at_work() as ioc, open_page(world.board, Path("test-results")) as page:
            await journey(world, operator, dashboard, ioc, page)
    finally:
        await operator.close()
        await dashboard.close()


async def journey(world, operator, dashboard, ioc, page):
    healthy = await ending(world, dashboard, await run_test(world, operator))
    assert healthy["type"] == "TestPassed", healthy
    await until(lambda: world.row(dashboard, TARGET), lambda row: (row.get("last") or {}).get("type") == "TestPassed")

    await world.switch(NUMBER, "busy")
    failed = await ending(world, dashboard, await run_test(world, operator))
    assert (failed["type"], failed["cause"], failed["leg"]) == ("TestFailed", "telco.busy", "accessibility")
    opened = await ioc.heard("TicketOpened")
    ticket, number = opened["ticket"], opened["number"]
    await ioc.heard("TicketFailureRepeated")  # the confirming test
    await until(lambda: world.row(dashboard, TARGET), lambda row: (row.get("ticket") or {}).get("ticket") == ticket)
    await page.get_by_text(number).first.wait_for(timeout=15_000)

    acknowledged = await ioc.says("acknowledge", ticket, note="on it")
    assert acknowledged["state"] == "acknowledged"
    await ioc.says("resolve", ticket, note="trunk restarted")
    await ioc.heard("TicketReopened")

    await world.switch(NUMBER, None)
    await ioc.says("resolve", ticket, note="trunk replaced")
    closed = await ioc.heard("TicketClosed")
    assert closed["test_id"]
    assert (await ending(world, dashboard, closed["test_id"]))["type"] == "TestPassed"

    assert {fact["ticket"] for fact in ioc.facts if fact["target"] == TARGET} == {ticket}
    await record_is_whole(world, dashboard, ticket)
    await page.goto(f"{world.board}/tickets?ticket={ticket}")
    await page.get_by_text(number).first.wait_for(timeout=15_000)


async def record_is_whole(world, dashboard, ticket):
    async def look() -> dict:
        return await world.ask(dashboard, "ask.record.ticket", ticket=ticket)

    read = await until(look, lambda record: record.get("view", {}).get("state") == "closed")
    kinds = [fact["type"] for fact in read["timeline"]]
    way = ["TicketOpened", "TicketFailureRepeated", "TicketAcknowledged", "TicketResolved", "TicketReopened"]
    assert in_order([*way, "TicketResolved", "TicketTestRequested", "TicketClosed"], kinds), kinds
    assert [fact["version"] for fact in read["timeline"]] == list(range(1, len(kinds) + 1))


def in_order(wanted: list[str], seen: list[str]) -> bool:
    rest = iter(seen)
    return all(word in rest for word in wanted)


async def test_killing_each_program_in_turn_loses_nothing_and_opens_no_second_ticket(tmp_path):
    demo = start_demo(tmp_path / "data", tmp_path / "demo.log")
    try:
        world = await demo.world()
        operator, dashboard = await world.client("operator"), await world.client("dashboard")
        async with Ioc(world).at_work() as ioc:
            await world.switch(NUMBER, "busy")
            tests = [await run_test(world, operator)]
            opened = await ioc.heard("TicketOpened")
            for program in ("probe_runner", "escalation", "reporting", "dashboard", "nats-server"):
                await kill(demo, program)
                tests.append(await run_test(world, operator))

            await ioc.says("acknowledge", opened["ticket"])
            for test_id in tests:
                assert (await ending(world, dashboard, test_id))["cause"] == "telco.busy"
            await world.switch(NUMBER, None)
            await ioc.says("resolve", opened["ticket"])
            for program in ("escalation", "probe_runner", "reporting"):
                await kill(demo, program)
            await ioc.heard("TicketClosed")
            await every_failure_is_on_the_ticket_once(world, dashboard, opened["ticket"], tests)
        await operator.close()
        await dashboard.close()
    finally:
        demo.stop()
        keep(tmp_path / "demo.log")


async def kill(demo, program: str) -> None:
    pid = await until(lambda: asyncio.to_thread(demo.pid_of, program), bool)
    os.kill(pid, signal.SIGKILL)
    await until(lambda: asyncio.to_thread(demo.pid_of, program), lambda new: new not in {0, pid})


async def every_failure_is_on_the_ticket_once(world, dashboard, ticket, tests):
    async def look() -> dict:
        return await world.ask(dashboard, "ask.record.ticket", ticket=ticket)

    read = await until(look, lambda record: record.get("view", {}).get("state") == "closed")
    kinds = {"TicketOpened", "TicketFailureRepeated"}
    noted = [fact["test_id"] for fact in read["timeline"] if fact["type"] in kinds]
    assert len(noted) == len(set(noted))
    assert set(tests) <= set(noted)


def keep(log: Path) -> None:
    """Leave the log where a person finds it when a run failed."""
    kept = Path("test-results")
    kept.mkdir(exist_ok=True)
    (kept / "demo-killed.log").write_bytes(log.read_bytes())
