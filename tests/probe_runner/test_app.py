from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from chat_peer import HELLO, JOINED, MENU, WAIT, Peer, chat_peer
from natsd import Nats
from replicas import body, facts, messages, pending, write_plan
from targets import PretendProbe, chat_target, probes, until

from probe_runner.app import make_app
from probe_runner.digital.webchat import make_webchat_probe
from probe_runner.probe import Probe
from probe_runner.settings import ProbeRunnerSettings
from shared.asks import Refused, RunTest, RunTicketTest, TestAnnounced
from shared.bus import ask
from shared.events import TestPassed
from shared.vocabulary import Actor, Origin

BUDI = Actor(id="budi")
FAR = chat_target(interval_s=86_400)


@asynccontextmanager
async def running(nats: Nats, plan: Path, probe: Probe) -> AsyncIterator[httpx.AsyncClient]:
    """The service in this process, and a client of its HTTP port."""
    app = make_app(ProbeRunnerSettings(**nats.settings("probe-runner", plan=plan)), probes(probe))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=10) as http:
            await until(lambda: answers(http))
            yield http
    finally:
        server.should_exit = True
        await task


async def answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/livez")).status_code == 200
    except httpx.TransportError:
        return False


async def is_ready(http: httpx.AsyncClient) -> bool:
    return (await http.get("/readyz")).status_code == 200


async def asked(nats: Nats, **more: Any) -> TestAnnounced | Refused:
    client = await nats.client("escalation" if "ticket" in more else "dashboard")
    kind = RunTicketTest if "ticket" in more else RunTest
    question = kind.model_validate({"command_id": uuid4(), "actor": BUDI, "target": "webchat", **more})
    answer = await ask(client, question, TestAnnounced)
    await client.close()
    return answer


async def test_a_scheduled_test_runs_from_the_plan_file_to_the_fact(nats: Nats, tmp_path: Path) -> None:
    async def human(peer: Peer) -> None:
        await peer.say(MENU)
        await peer.hear()
        await peer.say(WAIT, JOINED, HELLO)
        await peer.hear_out()

    async with chat_peer(human) as (address, _):
        plan = write_plan(tmp_path, chat_target(address=address, interval_s=10))
        async with running(nats, plan, make_webchat_probe()) as http:
            await until(lambda: ended(nats), 30)
            metrics = (await http.get("/metrics")).text

    fact = (await facts(nats))[0]
    assert isinstance(fact, TestPassed)
    assert (fact.origin, fact.state) == (Origin.SCHEDULED, "agent_confirmed")
    assert fact.slot is not None
    assert [each.name.rsplit("/")[-1] for each in fact.evidence] == ["transcript.json"]
    assert "sambung_slots_announced_total" in metrics
    assert 'sambung_tests_total{channel="webchat",outcome="passed"}' in metrics


async def ended(nats: Nats) -> bool:
    return len(await messages(nats, "TESTS")) > 0 and await pending(nats) == 0


async def test_a_test_asked_for_is_announced_once_however_often_the_command_comes(nats: Nats, tmp_path: Path) -> None:
    command, ticket, wanted = uuid4(), uuid4(), uuid4()
    async with running(nats, write_plan(tmp_path, FAR), PretendProbe()) as http:
        await until(lambda: is_ready(http))
        first = await asked(nats, command_id=command)
        assert first == await asked(nats, command_id=command)
        retest = await asked(nats, test_id=wanted, origin="retest", ticket=ticket, is_drill=True)
        assert retest == await asked(nats, test_id=wanted, origin="retest", ticket=ticket, is_drill=True)
        assert retest == TestAnnounced(test_id=wanted)

    jobs = [body(message) for message in await messages(nats, "DUE")]
    on_demand = [job for job in jobs if job["origin"] == "on_demand"]
    retests = [job for job in jobs if job["origin"] == "retest"]
    assert (len(on_demand), len(retests)) == (1, 1)
    assert retests[0]["ticket"] == str(ticket)
    assert retests[0]["requested_by"]["id"] == "budi"
    assert retests[0]["is_drill"] is True


async def test_what_cannot_be_tested_is_refused_with_what_can(nats: Nats, tmp_path: Path) -> None:
    async with running(nats, write_plan(tmp_path, FAR, chat_target(id="other", interval_s=86_400)), PretendProbe()):
        unknown = await asked(nats, target="nope")

    assert isinstance(unknown, Refused)
    assert (unknown.refused, unknown.values) == ("unknown_target", {"target": "nope"})
    assert "Known: other, webchat" in unknown.message


async def test_beyond_its_cap_a_test_by_hand_is_refused_and_one_a_ticket_orders_never(
    nats: Nats, tmp_path: Path
) -> None:
    async with running(nats, write_plan(tmp_path, FAR), PretendProbe()) as http:
        await until(lambda: is_ready(http))
        said = [await asked(nats) for _ in range(7)]
        ordered = [await asked(nats, test_id=uuid4(), origin="retest", ticket=uuid4()) for _ in range(3)]

    assert [isinstance(one, TestAnnounced) for one in (*said, *ordered)] == [True] * 6 + [False] + [True] * 3
    refused = said[6]
    assert isinstance(refused, Refused)
    assert refused.refused == "too_many_tests"
    again = datetime.fromisoformat(refused.values["possible_at"])
    assert timedelta(minutes=58) < again - datetime.now(UTC) < timedelta(minutes=61)
    assert "they are used up. The next is possible at" in refused.message


async def test_a_malformed_ask_is_refused_and_parked(nats: Nats, tmp_path: Path) -> None:
    async with running(nats, write_plan(tmp_path, FAR), PretendProbe()):
        client = await nats.client("dashboard")
        reply = await client.request(RunTest.subject, b'{"target": "../x"}', timeout=5)
        await client.close()

    assert b'"refused":"malformed"' in reply.data
    assert len(await messages(nats, "DEAD")) == 1


async def test_without_a_plan_it_lives_but_is_not_ready(nats: Nats, tmp_path: Path) -> None:
    async with running(nats, tmp_path / "none.toml", PretendProbe()) as http:
        await asyncio.sleep(0)
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert "plan" in answer.json()["missing"]


async def test_it_starts_without_the_bus_and_works_when_it_comes(nats: Nats, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, FAR)
    async with running(nats, plan, PretendProbe()) as http:
        await until(lambda: is_ready(http))
        nats.kill()
        await until(lambda: is_not_ready(http))
        await nats.start()
        await until(lambda: is_ready(http), 40)
        assert isinstance(await asked(nats), TestAnnounced)


async def is_not_ready(http: httpx.AsyncClient) -> bool:
    return not await is_ready(http)


@pytest.mark.parametrize("outcome", ["passed", "failed", "inconclusive", "missed"])
async def test_its_asyncapi_document_names_every_fact_it_says(nats: Nats, tmp_path: Path, outcome: str) -> None:
    async with running(nats, write_plan(tmp_path, FAR), PretendProbe()) as http:
        document = (await http.get("/asyncapi.json")).json()

    channels = [channel["address"] for channel in document["channels"].values()]
    assert f"test.{outcome}.{{target}}" in channels
    assert "ask.test.run" in channels
